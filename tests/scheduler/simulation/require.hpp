// How a simulation says what must not be.
#pragma once

#include <fmt/format.h>
#include <stdexcept>

namespace kindred::simulation {

/// What the scheduler must never do.
struct Broken : std::runtime_error {
  using std::runtime_error::runtime_error;
};

template <class... Arguments>
void require(bool holds, const char* text, const Arguments&... arguments) {
  if (!holds) throw Broken(fmt::format(fmt::runtime(text), arguments...));
}

}  // namespace kindred::simulation
