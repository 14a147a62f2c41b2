// Processes that the benchmark starts.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace bench {

/// A file descriptor that is closed with its owner.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() { close(); }

  int number() const { return number_; }
  void close();

 private:
  int number_;
};

/// A process started from a program's file; waited for at the latest when this object dies.
class Process {
 public:
  /// A descriptor of ours that the process knows by a number.
  struct Given {
    int ours;
    int theirs;
  };

  /// Starts `command`, whose first part is looked up in PATH. Throws std::system_error.
  explicit Process(const std::vector<std::string>& command, std::vector<Given> given = {});
  Process(Process&& other) noexcept : id_(std::exchange(other.id_, -1)) {}
  Process(const Process&) = delete;
  ~Process() { wait(); }

  /// Waits for its end; empty if it ended with status 0, otherwise how it ended.
  std::string wait();

 private:
  int id_ = -1;
};

/// A command that starts this program again with other arguments.
std::vector<std::string> this_program(std::vector<std::string> arguments);

}  // namespace bench
