// Finds references and pointers among a function's captured bytes: the mistake that no compiler
// reports.
#pragma once

#include <cstddef>

namespace kindred {

struct OpLabel;

namespace detail {

/// Throws UsageError where a word of `bytes` is an address mapped in this process: a captured
/// reference ([&], [this]) or pointer, which means nothing in another process. Padding must have
/// been cleared. `alignment` is that of the captures: in a packed struct a pointer may be anywhere.
void refuse_captured_address(const std::byte* bytes, std::size_t size, std::size_t alignment,
                             const OpLabel& label);

}  // namespace detail
}  // namespace kindred
