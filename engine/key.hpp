// Keys: how they hash, when they are equal, which comes first. The same in every process of a
// program.
#pragma once

#include <algorithm>
#include <array>
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
#include <variant>
#include <vector>

#include "kindred/engine/bitwise.hpp"
#include "kindred/engine/owned.hpp"
#include "kindred/engine/text_hash.hpp"

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

/// The hash of a key type of your own, for a type that has no std::hash or should have another one
/// here. Goes with an operator==; must be the same in every process: no addresses in it. Its bits
/// need not be well spread, and it may be made of key_hash() of the fields:
///     template <>
///     struct kindred::hash<Cell> {
///       std::uint64_t operator()(const Cell& cell) const {
///         return kindred::key_hash(std::tuple(cell.row, cell.column));
///       }
///     };
template <class K>
struct hash;

namespace detail {

template <class K>
concept WithOwnHash = requires(const K& key) {
  { kindred::hash<K>{}(key) } -> std::convertible_to<std::uint64_t>;
};

template <class K>
concept WithStdHash = requires(const K& key) {
  { std::hash<K>{}(key) } -> std::convertible_to<std::uint64_t>;
};

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
inline constexpr bool is_array = false;
template <class T, std::size_t n>
inline constexpr bool is_array<std::array<T, n>> = true;

template <class K>
inline constexpr bool is_variant = false;
template <class... T>
inline constexpr bool is_variant<std::variant<T...>> = true;

// Types whose parts are hashed and compared one by one.
template <class K>
concept Parts = requires {
  std::tuple_size<K>::value;
}
&&!WithOwnHash<K>;

template <class... T>
constexpr bool alternatives_hashable(const std::variant<T...>*) {
  return (hashable<T>() && ...);
}

template <class K>
constexpr bool hashable() {
  if constexpr (WithOwnHash<K>) {
    return std::equality_comparable<K>;
  } else if constexpr (Parts<K>) {
    return all_hashable<K>(std::make_index_sequence<std::tuple_size_v<K>>{});
  } else if constexpr (Sequence<K> || Optional<K>) {
    return hashable<typename K::value_type>();
  } else if constexpr (is_variant<K>) {
    return alternatives_hashable(static_cast<const K*>(nullptr));
  } else {
    return WithStdHash<K> && std::equality_comparable<K>;
  }
}

}  // namespace detail

/// True for what can be a key of a hash shuffle: arithmetic types, enums, strings; pairs, tuples,
/// arrays, vectors, optionals and variants of such; and every type with a kindred::hash or a
/// std::hash, and an operator==.
template <class K>
inline constexpr bool hashable_key = detail::hashable<K>();

/// The hash of a key, at rest or passed as a view: both give the same.
template <class K>
std::uint64_t key_hash(const K& key) {
  if constexpr (detail::WithOwnHash<K>) {
    return mix_bits(hash<K>{}(key));
  } else if constexpr (std::is_floating_point_v<K>) {
    if (key != key) return mix_bits(0x7ff8);  // all NaNs are one key
    return mix_bits(std::hash<K>{}(key));     // std::hash gives one value for 0.0 and -0.0
  } else if constexpr (std::is_integral_v<K>) {
    return mix_bits(static_cast<std::uint64_t>(key));
  } else if constexpr (std::same_as<owned_t<K>, std::string>) {
    return detail::text_hash(std::string_view(key));
  } else if constexpr (detail::is_array<K>) {
    std::uint64_t all = 0x9e3779b97f4a7c15;
    for (const auto& element : key) all = mix_bits(all * 31 + key_hash(element));
    return all;
  } else if constexpr (detail::Parts<K>) {
    std::uint64_t all = 0x9e3779b97f4a7c15;
    std::apply([&](const auto&... part) { ((all = mix_bits(all * 31 + key_hash(part))), ...); },
               key);
    return all;
  } else if constexpr (detail::Sequence<K>) {
    std::uint64_t all = mix_bits(key.size());
    for (const auto& element : key) all = mix_bits(all * 31 + key_hash(element));
    return all;
  } else if constexpr (detail::Optional<K>) {
    return key ? mix_bits(1 + key_hash(*key)) : 0;
  } else if constexpr (detail::is_variant<K>) {
    return std::visit(
        [&](const auto& value) { return mix_bits(key.index() * 31 + key_hash(value)); }, key);
  } else if constexpr (detail::WithStdHash<K>) {
    return mix_bits(std::hash<K>{}(key));
  } else {
    // A view of a type whose hash knows only the type at rest.
    static_assert(!std::same_as<owned_t<K>, K>);
    return key_hash<owned_t<K>>(own(key));
  }
}

/// Whether two keys are one. As ==, but all NaNs are one key.
template <class A, class B>
bool same_key(const A& a, const B& b) {
  if constexpr (std::is_floating_point_v<A>) {
    return a == b || (a != a && b != b);
  } else if constexpr (detail::is_array<A>) {
    return std::equal(a.begin(), a.end(), b.begin(),
                      [](const auto& x, const auto& y) { return same_key(x, y); });
  } else if constexpr (detail::Parts<A>) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return (same_key(std::get<I>(a), std::get<I>(b)) && ...);
    }
    (std::make_index_sequence<std::tuple_size_v<A>>{});
  } else if constexpr (detail::Sequence<A>) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](const auto& x, const auto& y) { return same_key(x, y); });
  } else if constexpr (detail::Optional<A>) {
    return a.has_value() == b.has_value() && (!a || same_key(*a, *b));
  } else if constexpr (detail::is_variant<A>) {
    // By place and not by type: an alternative may stand there twice.
    return a.index() == b.index()&& [&]<std::size_t... I>(std::index_sequence<I...>) {
      return ((a.index() == I && same_key(*std::get_if<I>(&a), *std::get_if<I>(&b))) || ...);
    }
    (std::make_index_sequence<std::variant_size_v<A>>{});
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
  } else if constexpr (requires { std::tuple_size<K>::value; } && !detail::is_array<K>) {
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
  } else if constexpr (detail::Sequence<K> || detail::is_array<K>) {
    return std::lexicographical_compare(
        a.begin(), a.end(), b.begin(), b.end(),
        [](const auto& x, const auto& y) { return key_less(x, y); });
  } else if constexpr (detail::Optional<K>) {
    return b && (!a || key_less(*a, *b));
  } else if constexpr (detail::is_variant<K>) {
    if (a.index() != b.index()) return a.index() < b.index();
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return ((a.index() == I && key_less(*std::get_if<I>(&a), *std::get_if<I>(&b))) || ...);
    }
    (std::make_index_sequence<std::variant_size_v<K>>{});
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
