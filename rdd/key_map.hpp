// The std::maps that actions on keys give: which order they have, and what that order must keep.
#pragma once

#include <concepts>
#include <functional>
#include <map>
#include <string>
#include <type_traits>
#include <utility>

#include "kindred/engine/key.hpp"
#include "kindred/rdd/each_part.hpp"
#include "kindred/rdd/op_label.hpp"

namespace kindred {

/// The order of keys, as a comparator: as <, but NaN comes after all numbers.
struct KeyLess {
  template <class K>
  bool operator()(const K& a, const K& b) const {
    return key_less(a, b);
  }
};

namespace detail {

template <class K>
struct NotFloating : std::bool_constant<!std::is_floating_point_v<K>> {};
template <class K>
struct Comparable : std::bool_constant<std::equality_comparable<K>> {};

// Types that key_less() orders, NaN included, and whose keys it tells apart as same_key() does. Of
// other types their own operators say both, and may contradict each other.
template <class K>
struct WithKnownOrder
    : std::bool_constant<std::is_arithmetic_v<K> || std::is_same_v<K, std::string>> {};

}  // namespace detail

/// A std::map by the order of keys: std::map<K, V>, with KeyLess where a part of a key is a
/// floating point number. The operator< of a type of your own is taken as it is.
template <class K, class V>
using KeyMap =
    std::map<K, V,
             std::conditional_t<detail::each_part<detail::NotFloating, K>, std::less<K>, KeyLess>>;

namespace detail {

/// Throws UsageError, as the op: the operators of a key type contradict each other.
[[noreturn]] void refuse_key_order(const OpLabel& op);

/// The value of a key, made where there is none. Throws UsageError where the key's operator< takes
/// it for another one.
template <class K, class V, class Less>
V& value_of(std::map<K, V, Less>& map, const K& key, const OpLabel& op) {
  const auto [at, made] = map.try_emplace(key);
  if constexpr (!each_part<WithKnownOrder, K>) {
    if (!made && !same_key(at->first, key)) refuse_key_order(op);
  }
  return at->second;
}

/// Throws UsageError where a key cannot be found in the map that holds it: its operator< is no
/// order, as that of a struct with a NaN in it may be.
template <class K, class V, class Less>
void check_order_of(const std::map<K, V, Less>& map, const OpLabel& op) {
  if constexpr (!each_part<WithKnownOrder, K>) {
    for (auto at = map.begin(); at != map.end(); ++at) {
      if (map.find(at->first) != at) refuse_key_order(op);
    }
  }
}

}  // namespace detail
}  // namespace kindred
