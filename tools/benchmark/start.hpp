// The smallest program there is: it answers one trivial job and ends.
#pragma once

#include <string_view>

namespace bench {

/// The argument that makes this program that one; "engine" or "hand" follows.
inline constexpr std::string_view kFirstAnswer = "--first-answer";

/// Runs that job and prints its answer. Returns the exit status.
int first_answer(std::string_view side, int threads);

}  // namespace bench
