// The files that processes hold open in a folder, though they have no names there.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <string>
#include <unistd.h>
#include <vector>

#include "tests/catch.hpp"

namespace kindred::test {

/// A folder for blocks on disk, of its own for a test.
class BlockFolder {
 public:
  BlockFolder() {
    auto name = (std::filesystem::temp_directory_path() / "blocks-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  BlockFolder(const BlockFolder&) = delete;
  BlockFolder& operator=(const BlockFolder&) = delete;
  ~BlockFolder() { std::filesystem::remove_all(path_); }

  const std::string& path() const { return path_; }
  /// Whether there is no file in it that has a name.
  bool empty() const { return std::filesystem::is_empty(path_); }

  /// Paths by which the files can be opened that process `pid` holds open in it.
  std::vector<std::string> open_in(std::int64_t pid) const {
    std::vector<std::string> files;
    const std::filesystem::path all = "/proc/" + std::to_string(pid) + "/fd";
    for (const auto& file : std::filesystem::directory_iterator(all)) {
      std::error_code gone;  // descriptors come and go meanwhile
      const auto target = std::filesystem::read_symlink(file.path(), gone).string();
      if (!gone && target.starts_with(path_ + "/")) files.push_back(file.path().string());
    }
    return files;
  }
  std::vector<std::string> open_here() const { return open_in(::getpid()); }

 private:
  std::string path_;
};

inline void truncate_to_nothing(const std::string& file) {
  REQUIRE(::truncate(file.c_str(), 0) == 0);
}

/// Changes a bit in the middle of a file.
inline void flip_bit(const std::string& file) {
  const int open = ::open(file.c_str(), O_RDWR | O_CLOEXEC);
  REQUIRE(open >= 0);
  const auto middle = ::lseek(open, 0, SEEK_END) / 2;
  char byte = 0;
  REQUIRE(::pread(open, &byte, 1, middle) == 1);
  byte = static_cast<char>(byte ^ 4);
  REQUIRE(::pwrite(open, &byte, 1, middle) == 1);
  ::close(open);
}

}  // namespace kindred::test
