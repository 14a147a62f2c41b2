// Keys: how they hash, when they are equal, which comes first. The same in every process of a
// program.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "kindred/engine/bitwise.hpp"
#include "kindred/engine/owned.hpp"

namespace kindred {

/// Spreads the entropy of a number over all bits (the finaliser of MurmurHash3): libstdc++'s hash
/// of an integer is the integer itself, and both the partition and the place in a table are taken
/// from single bits.
constexpr std::uint64_t mix_bits(std::uint64_t x) {
  x ^= x >> 33;
  x *= 0xff51afd7ed558ccd;
  x ^= x >> 33;
  x *= 0xc4ceb9fe1a85ec53;
  x ^= x >> 33;
  return x;
}

namespace detail {

template <class K>
constexpr bool hashable();

template <class Tuple, std::size_t... I>
constexpr bool all_hashable(std::index_sequence<I...>) {
  return (hashable<std::remove_cvref_t<std::tuple_element_t<I, Tuple>>>() && ...);
}

// Vectors, and the spans that stand for them in a chain.
template <class K>
concept Sequence = std::same_as<owned_t<K>, std::vector<typename K::value_type>> &&
    !std::same_as<typename K::value_type, bool>;

template <class K>
concept Optional = requires {
  typename K::value_type;
  requires std::same_as<K, std::optional<typename K::value_type>>;
};

template <class K>
constexpr bool hashable() {
  if constexpr (requires { std::tuple_size<K>::value; } && !std::is_arithmetic_v<K>) {
    return all_hashable<K>(std::make_index_sequence<std::tuple_size_v<K>>{});
  } else if constexpr (Sequence<K>) {
    return hashable<typename K::value_type>();
  } else {
    return requires(const K& key) {
      { std::hash<K>{}(key) } -> std::convertible_to<std::size_t>;
    };
  }
}

}  // namespace detail

/// True for what can be a key of a hash shuffle: arithmetic types, enums, strings, pairs, tuples
/// and vectors of such, and every type with a std::hash and an operator==. A hash must be the same
/// in every process: no addresses in it.
template <class K>
inline constexpr bool hashable_key = detail::hashable<K>() && std::equality_comparable<K>;

/// The hash of a key, at rest or passed as a view: both give the same.
template <class K>
std::uint64_t key_hash(const K& key) {
  if constexpr (std::is_floating_point_v<K>) {
    if (key != key) return mix_bits(0x7ff8);  // all NaNs are one key
    return mix_bits(std::hash<K>{}(key));     // std::hash gives one value for 0.0 and -0.0
  } else if constexpr (std::is_integral_v<K>) {
    return mix_bits(static_cast<std::uint64_t>(key));
  } else if constexpr (std::same_as<owned_t<K>, std::string>) {
    return mix_bits(std::hash<std::string_view>{}(std::string_view(key)));
  } else if constexpr (requires { std::tuple_size<K>::value; }) {
    std::uint64_t hash = 0x9e3779b97f4a7c15;
    std::apply([&](const auto&... part) { ((hash = mix_bits(hash * 31 + key_hash(part))), ...); },
               key);
    return hash;
  } else if constexpr (detail::Sequence<K>) {
    std::uint64_t hash = mix_bits(key.size());
    for (const auto& element : key) hash = mix_bits(hash * 31 + key_hash(element));
    return hash;
  } else if constexpr (detail::Optional<K>) {
    return key ? mix_bits(1 + key_hash(*key)) : 0;
  } else if constexpr (detail::hashable<K>()) {
    return mix_bits(std::hash<K>{}(key));
  } else {
    return mix_bits(std::hash<owned_t<K>>{}(
        own(key)));  // a view of a type whose hash knows only the type at rest
  }
}

/// Whether two keys are one. As ==, but all NaNs are one key.
template <class A, class B>
bool same_key(const A& a, const B& b) {
  if constexpr (std::is_floating_point_v<A>) {
    return a == b || (a != a && b != b);
  } else if constexpr (requires { std::tuple_size<A>::value; }) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return (same_key(std::get<I>(a), std::get<I>(b)) && ...);
    }
    (std::make_index_sequence<std::tuple_size_v<A>>{});
  } else if constexpr (detail::Sequence<A>) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](const auto& x, const auto& y) { return same_key(x, y); });
  } else if constexpr (detail::Optional<A>) {
    return a.has_value() == b.has_value() && (!a || same_key(*a, *b));
  } else {
    return a == b;
  }
}

/// Whether `a` comes before `b`. As <, but NaNs come after all numbers, so that every sort has one
/// result.
template <class K>
bool key_less(const K& a, const K& b) {
  if constexpr (std::is_floating_point_v<K>) {
    return a < b || (a == a && b != b);
  } else if constexpr (requires { std::tuple_size<K>::value; }) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      int order = 0;  // of the first parts that differ
      ((order = order != 0                                 ? order
                : key_less(std::get<I>(a), std::get<I>(b)) ? -1
                : key_less(std::get<I>(b), std::get<I>(a)) ? 1
                                                           : 0),
       ...);
      return order < 0;
    }
    (std::make_index_sequence<std::tuple_size_v<K>>{});
  } else if constexpr (detail::Sequence<K>) {
    return std::lexicographical_compare(
        a.begin(), a.end(), b.begin(), b.end(),
        [](const auto& x, const auto& y) { return key_less(x, y); });
  } else if constexpr (detail::Optional<K>) {
    return b && (!a || key_less(*a, *b));
  } else {
    return a < b;
  }
}

/// True for what sort_by_key() can sort by.
template <class K>
inline constexpr bool orderable_key = requires(const K& a, const K& b) {
  { a < b } -> std::convertible_to<bool>;
};

/// The partition, of `partitions`, where a hash belongs. Taken from the high bits: tables use the
/// low ones.
inline std::uint32_t partition_of_hash(std::uint64_t hash, std::uint32_t partitions) {
  return static_cast<std::uint32_t>(((hash >> 32) * partitions) >> 32);
}

}  // namespace kindred
