// A file that is read by position.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace kindred::detail {

/// An open regular file. pread() and not mmap(): a mapped file that shrinks ends the process with
/// SIGBUS, a read one with an error. May be read from several threads.
class InputFile {
 public:
  /// Opens it. Throws InputError where it does not exist, is no regular file or may not be read.
  explicit InputFile(std::string path);
  InputFile(InputFile&& other) noexcept
      : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)), size_(other.size_) {}
  InputFile& operator=(InputFile&&) = delete;
  ~InputFile();

  const std::string& path() const { return path_; }
  /// Its size in bytes when it was opened.
  std::uint64_t size() const { return size_; }

  /// Reads `size` bytes at `offset`, fewer only at the file's end. Throws InputError.
  std::size_t read_at(std::uint64_t offset, char* to, std::size_t size) const;
  /// Throws InputError with the path and `why`.
  [[noreturn]] void fail(std::string_view why) const;

 private:
  std::string path_;
  int fd_ = -1;
  std::uint64_t size_ = 0;
};

/// Throws InputError for a file or folder that cannot be opened, by its errno, with what to do.
[[noreturn]] void fail_to_open(const std::string& path, int error);

/// What an error says of a relative path: ": a relative one starts at the working directory, '/a'".
/// Empty for an absolute one.
std::string working_directory_for(const std::string& path);

}  // namespace kindred::detail
