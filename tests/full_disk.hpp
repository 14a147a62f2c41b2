// A disk without room, for real: files of this process may not grow beyond a size.
#pragma once

#include <csignal>
#include <cstddef>
#include <sys/resource.h>

#include "tests/catch.hpp"

namespace kindred::test {

/// While one lives, no file of this process can be written beyond `bytes`: the system's answer is
/// that of a full disk but for its number.
class FullDisk {
 public:
  explicit FullDisk(std::size_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &before_) == 0);
    const rlimit limit{bytes, before_.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;
  ~FullDisk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  void (*handler_)(int);
  rlimit before_{};
};

}  // namespace kindred::test
