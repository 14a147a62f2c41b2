// Which rows can be the slots of a hash table: small ones whose bytes are their value.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

#include "kindred/engine/bitwise.hpp"
#include "kindred/engine/key.hpp"

namespace kindred {

namespace detail {

// Keys of which K{} is always one and the same: not so where a user's == or constructor decides.
template <class K>
inline constexpr bool marker_key = std::is_arithmetic_v<K> || std::is_enum_v<K>;
template <class A, class B>
inline constexpr bool marker_key<std::pair<A, B>> = marker_key<A>&& marker_key<B>;
template <class... A>
inline constexpr bool marker_key<std::tuple<A...>> = (marker_key<A> && ...);
template <class A, std::size_t n>
inline constexpr bool marker_key<std::array<A, n>> = marker_key<A>;

// Whether a slot with this key is an empty one. The rows of that key itself lie beside the slots.
template <class K>
bool is_marker(const K& key) {
  return same_key(key, K{});
}

}  // namespace detail

/// Whether rows of these can be slots: what is kept, and what is added to it.
template <class K, class V, class In>
inline constexpr bool inline_rows =
    detail::marker_key<K>&& bitwise<K>&& bitwise<V>&& bitwise<In>&& std::default_initializable<V>&&
        std::default_initializable<In> &&
    sizeof(std::pair<K, V>) <= 64 && sizeof(std::pair<K, In>) <= 64;

}  // namespace kindred
