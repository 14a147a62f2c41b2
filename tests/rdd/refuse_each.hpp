// Memory that is refused, request after request.
#pragma once

#include <cstdint>
#include <memory>

#include "tests/rdd/everywhere.hpp"
#include "tests/refusing_memory.hpp"

namespace kindred::test {

// Runs a program with each of its requests for memory refused in turn, until none is left to
// refuse.
template <class Program>
std::uint64_t refuse_each(const Program& program) {
  for (std::uint64_t n = 0;; ++n) {
    INFO("request " << n);
    const auto memory = std::make_shared<RefusingMemory>(n);
    Config config;
    config.master = "local[1]";
    bool failed = false;
    {
      Context context(config, memory);
      try {
        program(context);
      } catch (const JobError& error) {
        failed = true;
        REQUIRE(error.failure().type == "kindred::OutOfMemoryError");
        REQUIRE(error.failure().message.find("unpersist") != std::string::npos);
      } catch (const OutOfMemoryError&) {
        failed = true;  // what the driver collects is asked for in the driver
      }
    }
    REQUIRE(memory->used() == 0);
    REQUIRE(failed == memory->refused());
    if (!failed) return n;
  }
}

}  // namespace kindred::test
