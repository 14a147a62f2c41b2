// A file that is written from front to back.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace kindred::detail {

/// Throws InputError: the path, the text of the error number, and what to do about it.
[[noreturn]] void fail_to_write(const std::string& path, int error);

/// A new file, open for writing. Used by one thread.
class OutputFile {
 public:
  /// Creates it; nothing where a file of this name exists. Throws InputError.
  static std::optional<OutputFile> create(std::string path);
  OutputFile(OutputFile&& other) noexcept
      : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)) {}
  OutputFile& operator=(OutputFile&&) = delete;
  ~OutputFile();

  const std::string& path() const { return path_; }
  /// Writes all of it. Throws InputError, of a full disk for example.
  void write(std::string_view bytes);
  /// Closes it: some file systems say only now that the disk is full. Throws InputError.
  void close();

 private:
  OutputFile(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}

  std::string path_;
  int fd_ = -1;
};

}  // namespace kindred::detail
