// What the joins give for rows that meet, and for those without a partner.
#pragma once

#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>

#include "kindred/rdd/pipeline.hpp"

namespace kindred::detail {

/// Which rows without a partner a join keeps.
enum class JoinKind : std::uint8_t { inner, left_outer, right_outer, full_outer };

inline constexpr bool keeps_left(JoinKind kind) {
  return kind == JoinKind::left_outer || kind == JoinKind::full_outer;
}
inline constexpr bool keeps_right(JoinKind kind) {
  return kind == JoinKind::right_outer || kind == JoinKind::full_outer;
}

/// What a join gives: a side that may have no partner is optional.
template <class K, class V, class W, JoinKind kind>
struct JoinRow {
  using Left = std::conditional_t<keeps_right(kind), std::optional<V>, V>;
  using Right = std::conditional_t<keeps_left(kind), std::optional<W>, W>;
  using type = std::pair<K, std::pair<Left, Right>>;
};

/// Passes on what a join gives for a row of its left side and its partner `w`, a value of the right
/// side or std::nullopt.
template <class K, class V, class Row, class X, class W>
bool give_joined(const X& x, const W& w, Pack<Row>& pack) {
  if constexpr (passed_as_view<Row>) {
    using Views = typename passed_t<Row>::second_type;
    return pack(passed_t<Row>(as_rest<K>(x.first), Views(as_rest<V>(x.second), pass(w))));
  } else {
    return pack(Row(own(x.first), typename Row::second_type(own(x.second), w)));
  }
}

}  // namespace kindred::detail
