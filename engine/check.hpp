// Broken invariants stop the process at once: going on could give a wrong answer.
#pragma once

namespace kindred::detail {

[[noreturn]] void check_failed(const char* condition, const char* file, int line);

}  // namespace kindred::detail

/// Stops the process with file and line where `condition` does not hold; stays on in release
/// builds.
#define KINDRED_CHECK(condition) \
  ((condition) ? void() : ::kindred::detail::check_failed(#condition, __FILE__, __LINE__))
