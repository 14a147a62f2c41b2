#include "kindred/rdd/output_file.hpp"

#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <system_error>
#include <unistd.h>

#include "kindred/engine/error.hpp"

namespace kindred::detail {
namespace {

const char* advice_for_writing(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return "check the path; in a cluster each host needs to reach the same folder there";
    case EACCES:
    case EPERM:
      return "let this user write into the folder (chmod u+wx)";
    case EEXIST:
    case ENOTEMPTY:
      return "it was made while the job ran: name another folder, or remove it";
    case EROFS:
      return "write to a file system that is not mounted read-only";
    case ENOSPC:
    case EDQUOT:
      return "free space on its disk, or write to another one";
    case EFBIG:
      return "use more partitions, or raise the limit of file sizes (ulimit -f)";
    case EMFILE:
    case ENFILE:
      return "raise the limit of open files (ulimit -n)";
    default:
      return "check the folder and its disk";
  }
}

}  // namespace

void fail_to_write(const std::string& path, int error) {
  throw InputError(fmt::format("cannot write '{}': {}; {}", path,
                               std::generic_category().message(error), advice_for_writing(error)));
}

std::optional<OutputFile> OutputFile::create(std::string path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (fd >= 0) return OutputFile(std::move(path), fd);
  if (errno == EEXIST) return {};
  fail_to_write(path, errno);
}

OutputFile::~OutputFile() {
  if (fd_ >= 0) ::close(fd_);
}

void OutputFile::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(fd_, bytes.data(), bytes.size());
    if (written >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      fail_to_write(path_, errno);
    }
  }
}

void OutputFile::close() {
  // Also after an error the descriptor is gone: trying again could close another thread's file.
  if (::close(std::exchange(fd_, -1)) != 0 && errno != EINTR) fail_to_write(path_, errno);
}

}  // namespace kindred::detail
