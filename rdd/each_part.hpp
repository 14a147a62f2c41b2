// What is asked of a type, asked of all its parts.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

namespace kindred::detail {

/// Whether Is<Part> holds for each part of a T: those of a pair, tuple, variant, array, vector or
/// optional, and of what they hold; for any other type, whether it holds for the type.
template <template <class> class Is, class T>
inline constexpr bool each_part = Is<T>::value;
template <template <class> class Is, class A, class B>
inline constexpr bool each_part<Is, std::pair<A, B>> = each_part<Is, A>&& each_part<Is, B>;
template <template <class> class Is, class... T>
inline constexpr bool each_part<Is, std::tuple<T...>> = (each_part<Is, T> && ...);
template <template <class> class Is, class... T>
inline constexpr bool each_part<Is, std::variant<T...>> = (each_part<Is, T> && ...);
template <template <class> class Is, class T, std::size_t n>
inline constexpr bool each_part<Is, std::array<T, n>> = each_part<Is, T>;
template <template <class> class Is, class T>
inline constexpr bool each_part<Is, std::vector<T>> = each_part<Is, T>;
template <template <class> class Is, class T>
inline constexpr bool each_part<Is, std::optional<T>> = each_part<Is, T>;

}  // namespace kindred::detail
