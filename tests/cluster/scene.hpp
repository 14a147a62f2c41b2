// What tasks in other processes and their test tell each other.
#pragma once

#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

#include "tests/catch.hpp"

namespace kindred::test {

inline constexpr const char* kScene = "KINDRED_TEST_SCENE";

/// A directory that executors know from their environment: make it before they start. One at a
/// time.
class Scene {
 public:
  Scene() {
    auto name = (std::filesystem::temp_directory_path() / "scene-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    directory_ = name;
    ::setenv(kScene, name.c_str(), 1);
    REQUIRE(::mkfifo((name + "/told").c_str(), 0600) == 0);
    told_ = ::open((name + "/told").c_str(), O_RDWR | O_CLOEXEC);
    REQUIRE(told_ >= 0);
  }
  ~Scene() {
    ::unsetenv(kScene);
    ::close(told_);
    std::filesystem::remove_all(directory_);
  }
  Scene(const Scene&) = delete;
  Scene& operator=(const Scene&) = delete;

  /// Waits for the next line that a task told.
  std::string next() {
    std::string line;
    for (char character = 0; ::read(told_, &character, 1) == 1 && character != '\n';) {
      line += character;
    }
    return line;
  }
  /// All lines that were told until now.
  std::vector<std::string> all() {
    REQUIRE(::write(told_, "end of all\n", 11) == 11);
    std::vector<std::string> lines;
    for (auto line = next(); line != "end of all"; line = next()) lines.push_back(line);
    return lines;
  }

 private:
  std::filesystem::path directory_;
  int told_ = -1;
};

/// In a task: tells the test a short line.
inline void tell(const std::string& line) {
  const auto path = std::string(std::getenv(kScene)) + "/told";
  const int file = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  const auto text = line + "\n";
  [[maybe_unused]] const auto written = ::write(file, text.data(), text.size());
  ::close(file);
}

/// In a task: true for the first of all tasks that asks for `name`, in whatever process.
inline bool once(const std::string& name) {
  const auto path = std::string(std::getenv(kScene)) + "/" + name;
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file >= 0) ::close(file);
  return file >= 0;
}

/// True when somebody has asked for `name` by once().
inline bool happened(const std::string& name) {
  return ::access((std::string(std::getenv(kScene)) + "/" + name).c_str(), F_OK) == 0;
}

}  // namespace kindred::test
