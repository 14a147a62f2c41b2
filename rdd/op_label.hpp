// Where an op was called, for errors, progress and explain().
#pragma once

#include <memory>
#include <string_view>

#include "kindred/engine/node.hpp"
#include "kindred/rdd/source_location.hpp"

namespace kindred::detail {

/// Shared by the copies of a chain.
using LabelRef = std::shared_ptr<const OpLabel>;

LabelRef make_label(std::string_view op, const SourceLocation& where);

/// Throws the current UsageError or InputError on with the op's call before its text, anything else
/// as it is. Call it inside a catch block only.
[[noreturn]] void rethrow_from_call(const OpLabel& op);

/// f(); what it says of the user's mistake names the op and where it was called. For what an op
/// does at once, in the driver: what its functions throw in a task is call_from()'s.
template <class F>
inline decltype(auto) name_call(const OpLabel& op, F&& f) {
  try {
    return f();
  } catch (...) {
    rethrow_from_call(op);
  }
}

}  // namespace kindred::detail
