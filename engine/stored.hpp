// What arrays hold of a type.
#pragma once

#include <type_traits>

namespace kindred {

/// T; but for bool, of which std::vector gives no spans, a byte.
template <class T>
using stored_t = std::conditional_t<std::is_same_v<T, bool>, unsigned char, T>;

}  // namespace kindred
