#include "kindred/rdd/input_file.hpp"

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include "kindred/engine/error.hpp"

namespace kindred::detail {
namespace {

std::string text_of(int error) { return std::generic_category().message(error); }

std::string advice_for_reading(int error, const std::string& path) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      if (!path.starts_with('/')) return "check the path" + working_directory_for(path);
      return "check the path; in a cluster each host needs the file there";
    case EACCES:
    case EPERM:
      return "let this user read it (chmod a+r) and enter its folders";
    default:
      return "check the file and its disk";
  }
}

}  // namespace

std::string working_directory_for(const std::string& path) {
  if (path.starts_with('/')) return {};
  std::error_code ignored;
  return fmt::format(": a relative one starts at the working directory, '{}'",
                     std::filesystem::current_path(ignored).string());
}

void fail_to_open(const std::string& path, int error) {
  throw InputError(fmt::format("cannot read '{}': {}; {}", path, text_of(error),
                               advice_for_reading(error, path)));
}

InputFile::InputFile(std::string path) : path_(std::move(path)) {
  // O_NONBLOCK: opening a named pipe would wait for its writer before it can be refused.
  fd_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd_ < 0) fail_to_open(path_, errno);
  struct stat status {};
  const int error = ::fstat(fd_, &status) != 0 ? errno : S_ISDIR(status.st_mode) ? EISDIR : 0;
  if (error == 0 && S_ISREG(status.st_mode)) {
    size_ = static_cast<std::uint64_t>(status.st_size);
    return;
  }
  ::close(fd_);
  if (error != 0) fail_to_open(path_, error);
  fail("it is not a regular file, and only such can be read by position; copy it into one");
}

InputFile::~InputFile() {
  if (fd_ >= 0) ::close(fd_);
}

std::size_t InputFile::read_at(std::uint64_t offset, char* to, std::size_t size) const {
  std::size_t done = 0;
  while (done < size) {
    const auto got = ::pread(fd_, to + done, size - done, static_cast<off_t>(offset + done));
    if (got == 0) break;
    if (got > 0) {
      done += static_cast<std::size_t>(got);
    } else if (errno != EINTR) {
      fail(text_of(errno) + "; " + advice_for_reading(errno, path_));
    }
  }
  return done;
}

void InputFile::fail(std::string_view why) const {
  throw InputError(fmt::format("cannot read '{}': {}", path_, why));
}

}  // namespace kindred::detail
