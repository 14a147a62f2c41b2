#include "kindred/engine/disk.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>
#include <utility>

#include "kindred/engine/error.hpp"

namespace kindred {
namespace {

constexpr int kNone = -1;

[[noreturn]] void refuse(const std::string& folder, std::string_view what, int error) {
  throw InputError(fmt::format("{} in the folder {}: {}", what, folder, std::strerror(error)));
}

class LocalFile final : public DiskFile {
 public:
  LocalFile(int file, std::string folder) : file_(file), folder_(std::move(folder)) {}
  ~LocalFile() override { ::close(file_); }

  void append(std::string_view bytes) override {
    auto end = end_;
    while (!bytes.empty()) {
      const auto written = ::pwrite(file_, bytes.data(), bytes.size(), static_cast<off_t>(end));
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) refuse(folder_, "cannot write", written < 0 ? errno : ENOSPC);
      bytes.remove_prefix(static_cast<std::size_t>(written));
      end += static_cast<std::uint64_t>(written);
    }
    end_ = end;
  }
  void read(std::uint64_t offset, std::span<char> bytes) const override {
    while (!bytes.empty()) {
      const auto got = ::pread(file_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) refuse(folder_, "cannot read", errno);
      if (got == 0) {
        throw InputError(
            fmt::format("the file in the folder {} is shorter than what was written", folder_));
      }
      bytes = bytes.subspan(static_cast<std::size_t>(got));
      offset += static_cast<std::uint64_t>(got);
    }
  }

 private:
  const int file_;
  const std::string folder_;
  std::uint64_t end_ = 0;
};

// Connections, and the files of the program, must still be opened.
constexpr rlim_t kLeftForOthers = 128;

// Raises the limit to what the system allows, before a file is made: otherwise the program may be
// the first to meet it. Returns it.
rlim_t most_open_files() {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return RLIM_INFINITY;
  const auto before = files.rlim_cur;
  if (before >= files.rlim_max) return before;
  files.rlim_cur = files.rlim_max;
  return ::setrlimit(RLIMIT_NOFILE, &files) == 0 ? files.rlim_max : before;
}

class LocalDisk final : public Disk {
 public:
  explicit LocalDisk(std::string folder) : folder_(std::move(folder)) {}

  std::unique_ptr<DiskFile> create() override {
    const auto most = most_open_files();
    const auto file = open();
    if (file == kNone) refuse(folder_, "cannot create a file", errno);
    // The lowest free number is taken, so it stands for how many are open.
    if (static_cast<rlim_t>(file) + std::min<rlim_t>(kLeftForOthers, most / 2) >= most) {
      ::close(file);
      refuse(folder_, "cannot create a file", EMFILE);
    }
    return std::make_unique<LocalFile>(file, folder_);
  }

 private:
  int open() const {
    const auto file = detail::open_unnamed(folder_);
    // What kernels and file systems say that know no such files.
    const bool unknown = errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL;
    return file == kNone && unknown ? detail::open_unlinked(folder_) : file;
  }

  const std::string folder_;
};

std::string default_folder() {
  const char* folder = std::getenv("TMPDIR");
  return folder != nullptr && *folder != '\0' ? folder : "/tmp";
}

}  // namespace

std::shared_ptr<Disk> local_disk(std::string folder) {
  return std::make_shared<LocalDisk>(folder.empty() ? default_folder() : std::move(folder));
}

namespace detail {

int open_unnamed(const std::string& folder) {
  return ::open(folder.c_str(), O_TMPFILE | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
}

int open_unlinked(const std::string& folder) {
  auto path = folder + "/kindred-XXXXXX";
  const auto file = ::mkostemp(path.data(), O_CLOEXEC);
  if (file != kNone) ::unlink(path.c_str());
  return file;
}

}  // namespace detail
}  // namespace kindred
