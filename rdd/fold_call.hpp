// How functions that merge a value into another one are called: by reduce, fold, aggregate, and by
// their kin over keys.
#pragma once

#include <concepts>
#include <functional>
#include <type_traits>
#include <utility>

#include "kindred/engine/narrowing.hpp"
#include "kindred/engine/node.hpp"
#include "kindred/engine/owned.hpp"
#include "kindred/engine/portable_function.hpp"
#include "kindred/engine/task_failure.hpp"

namespace kindred::detail {

// What F gets for an accumulator U and a row that is passed as an X: the accumulator to move from
// if it takes that, so that it can be changed and given back; the row as it is passed, as a const
// lvalue (for `auto& x`), or owned, whichever it takes first.
enum class FoldForm { none, passed, row_lvalue, lvalues, owned, owned_lvalues };

// A generic function of two values of one type gets no view: its body may not compile for a text
// and a view of one.
template <class F, class U, class X>
inline constexpr bool folds_views = std::is_same_v<std::remove_cvref_t<X>, owned_t<X>> ||
                                    !std::is_same_v<owned_t<X>, U> || WithParameters<F>;

template <class F, class U, class X>
constexpr FoldForm fold_form_passed() {
  using Row = const std::remove_reference_t<X>&;
  if constexpr (!folds_views<F, U, X>) {
    return FoldForm::none;
  } else if constexpr (std::is_invocable_v<const F&, U, X>) {
    return FoldForm::passed;
  } else if constexpr (std::is_invocable_v<const F&, U, Row>) {
    return FoldForm::row_lvalue;
  } else if constexpr (std::is_invocable_v<const F&, const U&, Row>) {
    return FoldForm::lvalues;
  } else {
    return FoldForm::none;
  }
}

template <class F, class U, class X>
constexpr FoldForm fold_form() {
  using Row = const owned_t<X>&;
  if constexpr (constexpr auto form = fold_form_passed<F, U, X>(); form != FoldForm::none) {
    return form;
  } else if constexpr (std::is_invocable_v<const F&, U, Row>) {
    return FoldForm::owned;
  } else if constexpr (std::is_invocable_v<const F&, const U&, Row>) {
    return FoldForm::owned_lvalues;
  } else {
    return FoldForm::none;
  }
}

/// f(accumulator, x) as a U.
template <class F, class U, class X>
U fold_call(const F& f, U accumulator, X&& x) {
  constexpr auto form = fold_form<F, U, X&&>();
  if constexpr (form == FoldForm::passed) {
    return U(own(f(std::move(accumulator), std::forward<X>(x))));
  } else if constexpr (form == FoldForm::row_lvalue) {
    return U(own(f(std::move(accumulator), std::as_const(x))));
  } else if constexpr (form == FoldForm::lvalues) {
    return U(own(f(std::as_const(accumulator), std::as_const(x))));
  } else {
    const owned_t<X> row(own(std::forward<X>(x)));
    if constexpr (form == FoldForm::owned) {
      return U(own(f(std::move(accumulator), row)));
    } else {
      static_assert(form == FoldForm::owned_lvalues);
      return U(own(f(std::as_const(accumulator), row)));
    }
  }
}

/// The same for a function of an op: what it throws is known to come from that op.
template <class F, class U, class X>
U fold_from(const OpLabel& op, const F& f, U accumulator, X&& x) {
  try {
    return fold_call(f, std::move(accumulator), std::forward<X>(x));
  } catch (...) {
    rethrow_from_op(op);
  }
}

template <class F, class U, class X>
constexpr auto fold_result() {
  constexpr auto form = fold_form<F, U, X>();
  using Row = const std::remove_reference_t<X>&;
  if constexpr (form == FoldForm::passed) {
    return std::type_identity<std::invoke_result_t<const F&, U, X>>();
  } else if constexpr (form == FoldForm::row_lvalue) {
    return std::type_identity<std::invoke_result_t<const F&, U, Row>>();
  } else if constexpr (form == FoldForm::lvalues) {
    return std::type_identity<std::invoke_result_t<const F&, const U&, Row>>();
  } else if constexpr (form == FoldForm::owned) {
    return std::type_identity<std::invoke_result_t<const F&, U, const owned_t<X>&>>();
  } else if constexpr (form == FoldForm::owned_lvalues) {
    return std::type_identity<std::invoke_result_t<const F&, const U&, const owned_t<X>&>>();
  } else {
    return std::type_identity<void>();
  }
}
template <class F, class U, class X>
using fold_result_t = owned_t<typename decltype(fold_result<F, U, X>())::type>;

/// True where F merges what is passed as an X into a U.
template <class F, class U, class X>
inline constexpr bool folds = std::convertible_to<fold_result_t<F, U, X>, U>;

/// ... though a number loses digits on its way into F or back.
template <class F, class U, class X>
inline constexpr bool fold_narrows = narrows<fold_result_t<F, U, X>, U> ||
                                     narrows_arguments<F, U, owned_t<X>>();

/// The rule for numbers in an F that folds.
template <class F, class U, class X>
constexpr bool check_fold_keeps_numbers() {
  constexpr bool keeps = !fold_narrows<F, U, X>;
  static_assert(keeps,
                "a number would be narrowed: this function takes or gives a smaller one than the "
                "values or the accumulator are. Write its parameters as `auto`, or as the types of "
                "the values; an accumulator that begins with 0 is an int: write std::int64_t{0} or "
                "0.0");
  return keeps;
}

/// Whether F is known to add numbers.
template <class F, class T>
inline constexpr bool adds_numbers =
    std::is_arithmetic_v<T> && !std::is_same_v<T, bool> &&
    (std::is_same_v<F, std::plus<>> || std::is_same_v<F, std::plus<T>>);
/// The number to which any other can be added without a change: 0.0 would make 0.0 of -0.0.
template <class T>
inline constexpr T nothing_to_add = std::is_floating_point_v<T> ? static_cast<T>(-0.0) : T{0};

}  // namespace kindred::detail
