#include "kindred/rdd/saved_folder.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include "kindred/engine/error.hpp"
#include "kindred/rdd/op_label.hpp"

namespace kindred::detail {
namespace {

namespace fs = std::filesystem;

// As Spark's, so that names sort as partitions do (below 100,000 of them).
std::string part_name(std::uint32_t partition, OutputCompression compression) {
  return fmt::format("part-{:05}{}", partition, suffix_of(compression));
}

bool is_taken(const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) == 0) return true;  // a link that leads nowhere is there too
  if (errno != ENOENT && errno != ENOTDIR) fail_to_write(path, errno);
  return false;
}

// Absolute, since executors may have another working directory, and without a `.` or a slash at its
// end: the last part is the name that the folder gets in the end.
std::string folder_of(const std::string& path) {
  if (path.find_first_not_of('/') == path.npos) {
    throw UsageError("name the folder to write, it may not exist yet");
  }
  std::error_code error;
  fs::path folder = fs::absolute(path, error);
  // What `..` leaves is the file system's to say: what is before it may be a link.
  if (!error && std::find(folder.begin(), folder.end(), "..") != folder.end()) {
    folder = fs::weakly_canonical(folder, error);
  }
  if (error) fail_to_write(path, error.value());
  auto text = folder.lexically_normal().string();
  while (text.size() > 1 && text.ends_with('/')) text.pop_back();
  return text;
}

// False where it exists. An error names the path that the user gave.
bool make_folder(const std::string& folder, const std::string& path) {
  if (::mkdir(folder.c_str(), 0777) == 0) return true;
  if (errno == EEXIST) return false;
  fail_to_write(path, errno);
}

// Never over something that exists, an empty folder included.
void rename_into_place(const std::string& from, const std::string& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return;
  // Some network file systems do not know the flag.
  if ((errno == EINVAL || errno == ENOSYS) && !is_taken(to) &&
      ::rename(from.c_str(), to.c_str()) == 0) {
    return;
  }
  fail_to_write(to, errno);
}

OutputFile create_attempt(const std::string& temporary, const std::string& part) {
  for (std::uint64_t attempt = 0;; ++attempt) {
    auto file = OutputFile::create(fmt::format("{}/attempts/{}.{}", temporary, part, attempt));
    if (file) return std::move(*file);
  }
}

}  // namespace

SavedFolder::SavedFolder(const std::string& path, const OpLabel& op) : op_(op) {
  name_call(op_, [&] {
    path_ = folder_of(path);
    if (is_taken(path_)) {
      throw InputError(fmt::format(
          "'{}' exists already, and nothing is ever written over: remove it, or name another "
          "folder",
          path_));
    }
    try {
      make_temporary();
    } catch (...) {
      remove_temporary();
      throw;
    }
  });
}

SavedFolder::~SavedFolder() {
  if (!committed_) remove_temporary();
}

void SavedFolder::make_temporary() {
  constexpr std::size_t kLongestName = 200;  // so that what is added to it fits into 255
  const fs::path target(path_);
  std::vector<std::string> missing;
  for (auto folder = target.parent_path(); !is_taken(folder.string());
       folder = folder.parent_path()) {
    missing.push_back(folder.string());
  }
  std::for_each(missing.rbegin(), missing.rend(), [&](const auto& folder) {
    if (make_folder(folder, path_)) made_.push_back(folder);
  });
  const auto name = target.filename().string().substr(0, kLongestName);
  for (std::uint64_t n = 0; temporary_.empty(); ++n) {
    auto folder = (target.parent_path() / fmt::format("_temporary-{}-{}", name, n)).string();
    if (make_folder(folder, path_)) temporary_ = std::move(folder);
  }
  make_folder(temporary_ + "/attempts", path_);
  make_folder(temporary_ + "/parts", path_);
}

void SavedFolder::remove_temporary() {
  std::error_code ignored;
  if (!temporary_.empty()) {
    // Renamed first: tasks of a failed job that still run can make no more files in it.
    const auto removed = temporary_ + ".removed";
    fs::rename(temporary_, removed, ignored);
    fs::remove_all(ignored ? temporary_ : removed, ignored);
  }
  if (committed_) return;
  std::for_each(made_.rbegin(), made_.rend(),
                [](const auto& folder) { ::rmdir(folder.c_str()); });  // if nothing is in it
}

void SavedFolder::commit(std::uint32_t partitions, OutputCompression compression) {
  name_call(op_, [&] { put_in_place(partitions, compression); });
}

void SavedFolder::put_in_place(std::uint32_t partitions, OutputCompression compression) {
  const auto parts = temporary_ + "/parts";
  for (std::uint32_t partition = 0; partition < partitions; ++partition) {
    const auto part = parts + "/" + part_name(partition, compression);
    if (!is_taken(part)) {
      throw InputError(fmt::format(
          "cannot write '{}': its task is done, but '{}' is not there; in a cluster the path "
          "must be on a file system that all hosts share",
          path_, part));
    }
  }
  auto success = OutputFile::create(parts + "/_SUCCESS");
  if (!success) fail_to_write(parts + "/_SUCCESS", EEXIST);
  success->close();
  rename_into_place(parts, path_);
  committed_ = true;
  remove_temporary();
}

PartFile::PartFile(const std::string& temporary, PartitionId partition,
                   OutputCompression compression, const MemoryRef& memory)
    : part_(temporary + "/parts/" + part_name(partition.value, compression)),
      file_(create_attempt(temporary, part_name(partition.value, compression))),
      text_(Accounted<char>(memory)) {
  try {
    out_ = compress_into(file_, compression, memory);
  } catch (...) {
    ::unlink(file_.path().c_str());
    throw;
  }
}

PartFile::~PartFile() {
  if (!committed_) ::unlink(file_.path().c_str());
}

void PartFile::commit() {
  flush();
  out_->finish();
  file_.close();
  if (std::rename(file_.path().c_str(), part_.c_str()) != 0) fail_to_write(part_, errno);
  committed_ = true;
}

void PartFile::flush() {
  out_->write(text_);
  text_.clear();
}

}  // namespace kindred::detail
