// Rows, keys and values as parts of a pair that is passed on.
#pragma once

#include <type_traits>
#include <utility>

#include "kindred/engine/owned.hpp"
#include "kindred/rdd/pipeline.hpp"

namespace kindred::detail {

// A row, or a part of one, of type X as it stands in a pair that is passed on: a view where one can
// be taken of it, an owned value otherwise.
template <class X>
inline constexpr bool carried_as_view =
    Passed<owned_t<X>>::is_view&& rests_as_view<owned_t<X>, std::remove_cvref_t<X>>();
template <class X>
using carried_part_t = std::conditional_t<carried_as_view<X>, passed_t<owned_t<X>>, owned_t<X>>;

template <class X>
carried_part_t<X> carried_part(X&& x) {
  if constexpr (carried_as_view<X>) {
    return as_rest<owned_t<X>>(x);
  } else {
    return own(std::forward<X>(x));
  }
}

}  // namespace kindred::detail
