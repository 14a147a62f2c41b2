// A driver in a process of its own: this executable, running a hidden case.
#pragma once

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <unistd.h>
#include <vector>

#include "tests/catch.hpp"

namespace kindred::test {

/// True in a hidden case that an OtherDriver runs, false where somebody asked Catch for it.
inline bool is_other_driver() {
  if (std::getenv("KINDRED_TEST_OTHER_DRIVER") == nullptr) return false;
  ::unsetenv("KINDRED_TEST_OTHER_DRIVER");
  return true;
}

/// Runs a hidden case, with a temporary directory of its own, until the destructor, which kills it.
class OtherDriver {
 public:
  /// `errors`: where its standard error goes, as a shell writes it.
  explicit OtherDriver(const std::string& hidden_case, const std::string& errors = "2>/dev/null") {
    std::array<char, 4096> path{};
    REQUIRE(::readlink("/proc/self/exe", path.data(), path.size() - 1) > 0);
    auto name = (std::filesystem::temp_directory_path() / "driver-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    directory_ = name;
    const auto command = "echo $$; TMPDIR='" + name + "' KINDRED_TEST_OTHER_DRIVER=1 exec '" +
                         path.data() + "' '" + hidden_case + "' " + errors;
    output_ = ::popen(command.c_str(), "r");
    REQUIRE(output_ != nullptr);
    pid_ = std::stoi(line().value());
  }
  ~OtherDriver() {
    ::kill(pid_, SIGKILL);
    ::pclose(output_);
    std::filesystem::remove_all(directory_);
  }
  OtherDriver(const OtherDriver&) = delete;
  OtherDriver& operator=(const OtherDriver&) = delete;

  /// The next line that it prints, without its end; nothing at the end of all.
  std::optional<std::string> line() {
    char* text = nullptr;
    std::size_t size = 0;
    const auto length = ::getline(&text, &size, output_);
    std::optional<std::string> line;
    if (length > 0) line.emplace(text, text[length - 1] == '\n' ? length - 1 : length);
    std::free(text);
    return line;
  }
  std::vector<std::string> lines() {
    std::vector<std::string> all;
    while (auto next = line()) all.push_back(std::move(*next));
    return all;
  }
  const std::filesystem::path& directory() const { return directory_; }

 private:
  std::filesystem::path directory_;
  FILE* output_ = nullptr;
  int pid_ = 0;
};

}  // namespace kindred::test
