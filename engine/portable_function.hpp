// Functions that may travel to another process: what they may capture, and how they are written and
// read.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstring>
#include <functional>
#include <memory>
#include <new>
#include <tuple>
#include <type_traits>
#include <utility>

#include "kindred/engine/archive.hpp"
#include "kindred/engine/call_form.hpp"
#include "kindred/engine/captured_address.hpp"
#include "kindred/engine/narrowing.hpp"
#include "kindred/engine/node.hpp"
#include "kindred/engine/owned.hpp"

namespace kindred {

template <class T, class Pipeline>
class Rdd;

namespace detail {

template <class T>
inline constexpr bool is_rdd = false;
template <class T, class Pipeline>
inline constexpr bool is_rdd<Rdd<T, Pipeline>> = true;

template <class F>
concept WithSerialize = requires(F& f, OutputArchive& out, InputArchive& in) {
  f.serialize(out);
  f.serialize(in);
};

template <class Tuple, std::size_t... I>
constexpr bool serialisable_first(std::index_sequence<I...>) {
  return (serialisable<std::tuple_element_t<I, Tuple>> && ...);
}

}  // namespace detail

/// A function without captures and the values that it gets first; made by capture().
template <class F, class... Values>
struct Captured {
  std::tuple<Values...> values;

  template <class... Args>
  requires(std::invocable<const F&, const Values&..., Args...>) decltype(auto) operator()(
      Args&&... args) const {
    return std::apply(
        [&](const Values&... value) -> decltype(auto) {
          return F{}(value..., std::forward<Args>(args)...);
        },
        values);
  }
  void serialize(OutputArchive& out) { write_value(out, values); }
  void serialize(InputArchive& in) { read_value(in, values); }
};

namespace detail {

/// Whether F can be called with the Values, as const lvalues, before all else.
template <class F, class Values, std::size_t... I>
constexpr bool takes_first(std::index_sequence<I...>) {
  using Taken = typename ParametersOf<F>::type;
  if constexpr (!std::is_void_v<Taken>) {
    if constexpr (std::tuple_size_v<Taken> < sizeof...(I)) {
      return false;
    } else {
      return (std::is_convertible_v<const std::tuple_element_t<I, Values>&,
                                    std::tuple_element_t<I, Taken>> &&
              ...);
    }
  } else {
    return true;  // the op that it is given to will see
  }
}

}  // namespace detail

/// Gives a function values that a lambda cannot carry to another process as they are: strings,
/// vectors, numbers that look like addresses. The last argument is a lambda that captures nothing
/// and gets the values first, by const reference; they travel as rows do.
///     lines.filter(kindred::capture(word, [](const std::string& word, std::string_view line) {
///       return line.find(word) != line.npos; }))
template <class... Args>
auto capture(Args... args) {
  constexpr auto n = sizeof...(Args) - 1;
  using All = std::tuple<Args...>;
  using F = std::tuple_element_t<n, All>;
  static_assert(
      std::is_empty_v<F>,
      "capture(values..., function): the function itself may not capture; name what it needs "
      "as a value before it");
  static_assert(
      !(detail::is_rdd<Args> || ...),
      "capture(): an Rdd cannot be used inside a transformation; join the two, or collect() the "
      "small one and capture its rows");
  static_assert(
      detail::serialisable_first<All>(std::make_index_sequence<n>{}),
      "capture(): a value can be a number, a string, a struct of such, a container of such, or has "
      "a cereal serialize; pointers and views cannot travel: std::string(text)");
  static_assert(
      detail::takes_first<F, All>(std::make_index_sequence<n>{}),
      "capture(values..., function): the function gets the values first, in their order, and may "
      "not change them: take each by const reference or by value, [](const auto& value, ...) "
      "{...}");
  All all(std::move(args)...);
  return [&]<std::size_t... I>(std::index_sequence<I...>) {
    return Captured<F, std::tuple_element_t<I, All>...>{{std::move(std::get<I>(all))...}};
  }
  (std::make_index_sequence<n>{});
}

/// A function known when the program is compiled, as an object without state:
/// `lines.map(kindred::fn<&parse>)`.
template <auto function>
struct Function {
  template <class... Args>
  requires(std::invocable<decltype(function), Args...>) decltype(auto) operator()(
      Args&&... args) const {
    return std::invoke(function, std::forward<Args>(args)...);
  }
};
template <auto function>
inline constexpr Function<function> fn{};

namespace detail {

// What the lambda of a capture() takes after the values.
template <class Taken, class Value>
struct WithoutFirst {
  using type = void;
};
template <class First, class... Rest, class Value>
struct WithoutFirst<std::tuple<First, Rest...>, Value> {
  using type = std::tuple<Rest...>;
};
template <class F>
struct ParametersOf<Captured<F>> : ParametersOf<F> {};
template <class F, class Value, class... Values>
struct ParametersOf<Captured<F, Value, Values...>>
    : WithoutFirst<typename ParametersOf<Captured<F, Values...>>::type, Value> {};
template <auto function>
struct ParametersOf<Function<function>> : ParametersOfCall<decltype(function)> {};

}  // namespace detail

/// True for what an op takes as a function: captures nothing, or trivially copyable values, or has
/// `serialize`.
template <class F>
inline constexpr bool portable_function =
    std::is_empty_v<F> || detail::WithSerialize<F> || std::is_trivially_copyable_v<F>;

namespace detail {

template <class F>
inline constexpr bool is_function_pointer =
    std::is_member_pointer_v<std::decay_t<F>> ||
    (std::is_pointer_v<std::decay_t<F>> &&
     std::is_function_v<std::remove_pointer_t<std::decay_t<F>>>);

/// Throws UsageError, naming the op, where the captures of f hold a pointer or a reference.
template <class F>
void check_captures(const F& f, const OpLabel& label) {
  if constexpr (!std::is_empty_v<F> && !WithSerialize<F>) {
    alignas(F) std::byte bytes[sizeof(F)];
    std::memcpy(bytes, static_cast<const void*>(std::addressof(f)), sizeof(F));
#if __has_builtin(__builtin_clear_padding)
    __builtin_clear_padding(reinterpret_cast<F*>(bytes));
#endif
    refuse_captured_address(bytes, sizeof(F), alignof(F), label);
  }
}

/// Writes the captures of a function that check_captures() let pass.
template <class F>
void write_function(OutputArchive& out, const F& f) {
  if constexpr (std::is_empty_v<F>) {
  } else if constexpr (WithSerialize<F>) {
    const_cast<F&>(f).serialize(out);
  } else {
    out.saveBinary(static_cast<const void*>(std::addressof(f)), sizeof(F));
  }
}

/// A closure type has no default constructor: its bytes are copied into storage that becomes the
/// object.
template <class F>
F read_function(InputArchive& in) {
  if constexpr (std::is_empty_v<F> && std::is_default_constructible_v<F>) {
    return F{};
  } else if constexpr (WithSerialize<F>) {
    F f{};
    f.serialize(in);
    return f;
  } else {
    alignas(F) std::byte bytes[sizeof(F)] = {};
    if constexpr (!std::is_empty_v<F>) in.loadBinary(bytes, sizeof(F));
    return *std::launder(reinterpret_cast<const F*>(bytes));
  }
}

// Whether F could be called if it were not const: a mutable lambda, or one that would change what
// capture() gives it.
template <class F, class X>
inline constexpr bool callable_if_mutable = std::invocable<F&, X> || std::invocable<F&, owned_t<X>>;
template <class F, class... Values, class X>
inline constexpr bool callable_if_mutable<Captured<F, Values...>, X> =
    std::invocable<F&, Values&..., X> || std::invocable<F&, Values&..., owned_t<X>>;

/// The checks that every function given to an op must pass: it can travel. The rule is the first
/// line of the message.
template <class F>
constexpr bool check_portable() {
  static_assert(
      !is_function_pointer<F>,
      "a function pointer cannot travel to another process: write fn<&parse> (fn<&Person::age> "
      "for a member), or a lambda that calls it");
  static_assert(is_function_pointer<F> || portable_function<F>,
                "this function captures a value that cannot travel as it is (a string, a vector, "
                "another Rdd): write "
                "capture(value, [](const auto& value, ...) {...}); an Rdd cannot be captured at "
                "all: join the two, or "
                "collect() one first");
  return portable_function<F> && !is_function_pointer<F>;
}

// Whether the call of F with an X, or with its parts, narrows a number.
template <class F, class X>
constexpr bool call_narrows() {
  constexpr auto form = call_form<F, X>();
  if constexpr (form == CallForm::parts || form == CallForm::owned_parts) {
    return []<std::size_t... I>(std::index_sequence<I...>) {
      return narrows_arguments<F, std::tuple_element_t<I, owned_t<X>>...>();
    }
    (std::make_index_sequence<std::tuple_size_v<owned_t<X>>>{});
  } else {
    return narrows_arguments<F, owned_t<X>>();
  }
}

/// ... and it takes the elements that it will be given, as X or as owned_t<X>.
template <class F, class X>
constexpr bool check_function() {
  constexpr bool portable = check_portable<F>();
  constexpr bool takes = callable<F, X>;
  if constexpr (portable && takes) {
    constexpr bool keeps = !call_narrows<F, X>();
    static_assert(keeps,
                  "a number would be narrowed: this function takes a smaller one than the elements "
                  "have. Write its parameter as `auto x`, or as the type of the elements: range() "
                  "has std::int64_t");
    return keeps;
  }
  if constexpr (portable && !takes) {
    static_assert(!callable_if_mutable<F, X>,
                  "a mutable lambda changes its own captures, and each task has a copy of its own: "
                  "leave out `mutable` (in capture(), take the values by const reference), and "
                  "bring values back by reduce() or sum()");
    static_assert(
        callable_if_mutable<F, X>,
        "this function does not take the elements of this Rdd: write its parameter as `const auto& "
        "x`, or as "
        "the element type; for pairs and tuples the parts may stand apart, (auto& key, auto& "
        "value)");
  }
  return portable && takes;
}

}  // namespace detail
}  // namespace kindred
