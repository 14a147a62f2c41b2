// Numbers that would lose digits where C++ converts them without a word.
#pragma once

#include <tuple>
#include <type_traits>
#include <utility>

namespace kindred::detail {

/// Whether a From loses what it holds as a To, though it converts: a double as an integer, 64 bits
/// as 32, an integer of 32 or 64 bits as a float, which has 24. What C++ itself widens to an int
/// (the sum of two shorts) may go back, and integers may be taken as a double, as means and ratios
/// are.
template <class From, class To>
inline constexpr bool narrows = false;
template <class From, class To>
requires(
    std::is_arithmetic_v<From>&& std::is_arithmetic_v<To>) inline constexpr bool narrows<From, To> =
    std::is_floating_point_v<From> != std::is_floating_point_v<To>
        ? std::is_floating_point_v<From> ||
              (std::is_same_v<To, float> && sizeof(From) >= sizeof(float))
        : sizeof(From) > sizeof(To) && sizeof(From) > sizeof(int);
template <class A, class B, class C, class D>
inline constexpr bool narrows<std::pair<A, B>, std::pair<C, D>> = narrows<A, C> || narrows<B, D>;
template <class... A, class... B>
requires(sizeof...(A) ==
         sizeof...(B)) inline constexpr bool narrows<std::tuple<A...>, std::tuple<B...>> =
    (narrows<A, B> || ...);

// A function object whose call is no template, so that its parameters can be looked at, and asking
// whether it takes a view compiles nothing.
template <class F>
concept WithParameters = requires {
  &F::operator();
};

// The types that a function's parameters have, as a tuple; void where its call is a template or
// overloaded.
template <class Call>
struct ParametersOfCall {
  using type = void;
};
template <class R, class F, class... P>
struct ParametersOfCall<R (F::*)(P...) const> {
  using type = std::tuple<P...>;
};
template <class R, class... P>
struct ParametersOfCall<R (*)(P...)> {
  using type = std::tuple<P...>;
};
template <class R, class... P>
struct ParametersOfCall<R (*)(P...) noexcept> : ParametersOfCall<R (*)(P...)> {};
template <class R, class F, class... P>
struct ParametersOfCall<R (F::*)(P...) const noexcept> : ParametersOfCall<R (F::*)(P...) const> {};

template <class F>
struct ParametersOf {
  using type = void;
};
template <WithParameters F>
struct ParametersOf<F> : ParametersOfCall<decltype(&F::operator())> {};

template <class Types>
struct WithoutReferences {
  using type = Types;
};
template <class... P>
struct WithoutReferences<std::tuple<P...>> {
  using type = std::tuple<std::remove_cvref_t<P>...>;
};

/// Whether F, called with arguments of types Args, would get a number that was narrowed for its
/// parameter: [](int a, int b) for numbers of 64 bits.
template <class F, class... Args>
constexpr bool narrows_arguments() {
  using Given = std::tuple<std::remove_cvref_t<Args>...>;
  using Taken = typename WithoutReferences<typename ParametersOf<F>::type>::type;
  return narrows<Given, Taken>;
}

}  // namespace kindred::detail
