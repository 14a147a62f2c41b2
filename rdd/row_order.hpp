// Which of two elements comes first: by their own order, a comparator, or a key.
#pragma once

#include <compare>
#include <concepts>
#include <cstdint>
#include <functional>
#include <type_traits>
#include <utility>

#include "kindred/engine/key.hpp"
#include "kindred/engine/owned.hpp"
#include "kindred/engine/portable_function.hpp"
#include "kindred/rdd/erase.hpp"
#include "kindred/rdd/pipeline.hpp"

namespace kindred {

/// The order of the elements themselves: as <, but NaN comes after all numbers.
struct NaturalOrder {};

namespace detail {

template <class F, class T>
inline constexpr bool is_std_less =
    std::is_same_v<F, NaturalOrder> || std::is_same_v<F, std::less<>> ||
    std::is_same_v<F, std::less<T>>;
template <class F, class T>
inline constexpr bool is_std_greater =
    std::is_same_v<F, std::greater<>> || std::is_same_v<F, std::greater<T>>;

/// What a user gave to say which element comes first. std::less and std::greater stand for the
/// order of keys: with NaN the operators are none.
enum class OrderForm : std::uint8_t {
  none,
  natural,
  reversed,
  comparator,
  owned_comparator,
  three_way,  ///< refused
  key
};

// A number is none, though C++ makes a bool of it: -1 would be true.
template <class R>
concept TruthValue = std::convertible_to<R, bool> &&
    (std::is_same_v<std::remove_cvref_t<R>, bool> || !std::is_arithmetic_v<std::remove_cvref_t<R>>);
template <class F, class A>
concept Compares = requires(const F& f, const A& a) {
  { f(a, a) } -> TruthValue;
};

// What a comparator of qsort gives, and what <=> gives.
template <class R>
concept ThreeWay = (std::is_arithmetic_v<std::remove_cvref_t<R>> && !TruthValue<R>) ||
                   std::convertible_to<R, std::partial_ordering>;
template <class F, class A>
concept ComparesThreeWay = requires(const F& f, const A& a) {
  { f(a, a) } -> ThreeWay;
};

template <class T, class F>
constexpr OrderForm order_form() {
  using View = std::remove_cvref_t<rest_passed_t<T>>;
  if constexpr (is_std_less<F, T>) {
    return orderable_key<T> ? OrderForm::natural : OrderForm::none;
  } else if constexpr (is_std_greater<F, T>) {
    return orderable_key<T> ? OrderForm::reversed : OrderForm::none;
  } else if constexpr (Compares<F, View>) {
    return OrderForm::comparator;
  } else if constexpr (ComparesThreeWay<F, View>) {
    return OrderForm::three_way;
  } else if constexpr (Compares<F, T>) {
    return OrderForm::owned_comparator;
  } else if constexpr (ComparesThreeWay<F, T>) {
    return OrderForm::three_way;
  } else if constexpr (callable<F, const View&>) {
    return orderable_key<owned_t<call_result_t<F, const View&>>> ? OrderForm::key : OrderForm::none;
  } else {
    return OrderForm::none;
  }
}

/// An order of elements of type T, or the reverse of it.
template <class T, class F, bool kReverse>
struct RowOrder {
  F function;

  /// Whether `a` comes before `b`; each is an element at rest or as it is passed.
  template <class A, class B>
  bool before(const A& a, const B& b) const {
    return with_view<T>(a, [&](const auto& first) {
      return with_view<T>(b, [&](const auto& second) {
        return kReverse ? less(second, first) : less(first, second);
      });
    });
  }
  void encode(LineageWriter& out) const { out.function(function); }
  static RowOrder decode(LineageReader& in) { return {in.function<F>()}; }

 private:
  template <class View>
  bool less(const View& a, const View& b) const {
    constexpr auto form = order_form<T, F>();
    if constexpr (form == OrderForm::natural) {
      return key_less(a, b);
    } else if constexpr (form == OrderForm::reversed) {
      return key_less(b, a);
    } else if constexpr (form == OrderForm::comparator) {
      return function(a, b);
    } else if constexpr (form == OrderForm::owned_comparator) {
      const T first(own(a));
      const T second(own(b));
      return function(first, second);
    } else {
      using Key = std::remove_cvref_t<call_result_t<F, given_t<F, const View&>>>;
      return with_given<F>(a, [&]<class First>(First&& first) {
        return with_given<F>(b, [&]<class Second>(Second&& second) {
          return key_less<Key>(call(function, std::forward<First>(first)),
                               call(function, std::forward<Second>(second)));
        });
      });
    }
  }
};

/// The rules for what says which element comes first.
template <class T, class F>
constexpr bool check_order() {
  constexpr bool portable = check_portable<F>();
  if constexpr (portable && check_element<T>()) {
    constexpr bool natural = is_std_less<F, T> || is_std_greater<F, T>;
    constexpr auto form = order_form<T, F>();
    constexpr bool three_way = form == OrderForm::three_way;
    static_assert(!three_way,
                  "a comparator gives a bool, whether its first element comes before its second, "
                  "and not a number or an ordering: write a < b, or compare(a, b) < 0");
    constexpr bool ordered = !three_way && form != OrderForm::none;
    static_assert(ordered || !natural,
                  "these elements have no operator<: give a comparator, [](const auto& a, const "
                  "auto& b) { return a.age < b.age; }, or a key, [](const auto& a) { return a.age; "
                  "}");
    static_assert(ordered || natural || three_way,
                  "an order is a comparator of two elements that gives a bool, or a function of "
                  "one element that gives a key with an operator<");
    return ordered;
  } else {
    return false;
  }
}

}  // namespace detail
}  // namespace kindred
