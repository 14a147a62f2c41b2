// Actions that ask which elements come first: min, max, take_ordered, top.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "kindred/engine/memory.hpp"
#include "kindred/rdd/call_op.hpp"
#include "kindred/rdd/collected_rows.hpp"
#include "kindred/rdd/erase.hpp"
#include "kindred/rdd/result.hpp"
#include "kindred/rdd/row_order.hpp"

namespace kindred {
namespace detail {

/// The element that comes first; of equal ones the first that was met.
template <class T, class Order>
struct Foremost : OptionalValue<T> {
  Order order;

  struct Sink {
    const Order* order;
    const OpLabel* op;
    std::optional<T> found;
    template <class X>
    bool operator()(X&& x) {
      if (!found) {
        found.emplace(own(std::forward<X>(x)));
      } else if (guard(*op, [&] { return order->before(x, *found); })) {
        found = T(own(std::forward<X>(x)));
      }
      return true;
    }
  };
  template <class P>
  std::optional<T> run(const P& pipeline, PartitionId partition, TaskContext& task,
                       const OpLabel& op) const {
    Sink sink{&order, &op, {}};
    pipeline.run(partition, task, sink);
    return std::move(sink.found);
  }
  void encode(LineageWriter& out) const { order.encode(out); }
  static Foremost decode(LineageReader& in) { return {{}, Order::decode(in)}; }
};

/// The first `limit` rows in an order, those that are equal in the order in which they are added.
template <class T, class Order>
class OrderedRows {
 public:
  OrderedRows(const Order& order, std::uint64_t limit, const MemoryRef& memory)
      : order_(order), limit_(limit), heap_(Accounted<Entry>(memory)), held_(memory) {}

  template <class X>
  void add(X&& x) {
    if (heap_.size() == limit_) {
      if (!order_.before(x, heap_.front().row)) return;
      std::pop_heap(heap_.begin(), heap_.end(), first());
      held_.remove(heap_bytes_of(heap_.back().row));
      heap_.pop_back();
    }
    T row(own(std::forward<X>(x)));
    held_.add(heap_bytes_of(row));
    heap_.push_back({std::move(row), added_++});
    std::push_heap(heap_.begin(), heap_.end(), first());
  }
  /// All of them in order; to be called once, at the end.
  Rows<T> take(const MemoryRef& memory) {
    std::sort_heap(heap_.begin(), heap_.end(), first());
    Rows<T> rows(memory);
    for (auto& entry : heap_) rows.push(std::move(entry.row));
    return rows;
  }

 private:
  struct Entry {
    T row;
    std::uint64_t number;  // in the order of add(): no two entries are equal
  };
  auto first() const {
    return [this](const Entry& a, const Entry& b) {
      if (order_.before(a.row, b.row)) return true;
      return !order_.before(b.row, a.row) && a.number < b.number;
    };
  }

  const Order& order_;
  std::uint64_t limit_;
  AccountedVector<Entry> heap_;  // the one that comes last is at its front
  Reservation held_;
  std::uint64_t added_ = 0;
};

template <class T, class Order>
struct TakeOrdered : RowsValue<T> {
  Order order;
  std::uint64_t limit = 0;

  struct Sink {
    OrderedRows<T, Order>* rows;
    const OpLabel* op;
    template <class X>
    bool operator()(X&& x) {
      guard(*op, [&] { rows->add(std::forward<X>(x)); });
      return true;
    }
  };
  template <class P>
  Rows<T> run(const P& pipeline, PartitionId partition, TaskContext& task,
              const OpLabel& op) const {
    OrderedRows<T, Order> rows(order, limit, task.memory());
    Sink sink{&rows, &op};
    pipeline.run(partition, task, sink);
    return guard(op, [&] { return rows.take(task.memory()); });
  }
  void encode(LineageWriter& out) const {
    order.encode(out);
    out.value(limit);
  }
  static TakeOrdered decode(LineageReader& in) {
    auto order = Order::decode(in);
    return {{}, std::move(order), in.value<std::uint64_t>()};
  }
};

}  // namespace detail

/// The ops of this file as members of an Rdd.
template <class Self>
class OrderActions;

/// In all of these `order` is a comparator of two elements that gives a bool, `[](auto& a, auto& b)
/// { return a.age < b.age; }`, or a key, `[](auto& a) { return a.age; }`; left out, elements are
/// compared by <, and NaN comes after all numbers. What it captures travels. Of elements that are
/// equal in the order the earlier one comes first.
template <class T, class P>
class OrderActions<Rdd<T, P>> {
 public:
  /// The least element. Runs a job. Throws EmptyRddError for no elements.
  ///     auto youngest = people.min([](const Person& person) { return person.age; });
  template <class Order = NaturalOrder>
  T min(Order order = {}, SourceLocation where = SourceLocation::current()) const {
    return foremost<false>("min", std::move(order), where);
  }

  /// The greatest element: NaN if there is one. Runs a job. Throws EmptyRddError for no elements.
  ///     auto highest = temperatures.max();
  template <class Order = NaturalOrder>
  T max(Order order = {}, SourceLocation where = SourceLocation::current()) const {
    return foremost<true>("max", std::move(order), where);
  }

  /// The `n` least elements, the least first; fewer if there are no more. Runs a job in which each
  /// task keeps n elements; none where n is 0.
  ///     auto cheapest = offers.take_ordered(3, [](const Offer& offer) { return offer.price; });
  template <class Order = NaturalOrder>
  std::vector<T> take_ordered(std::size_t n, Order order = {},
                              SourceLocation where = SourceLocation::current()) const {
    return ordered<false>("take_ordered", n, std::move(order), where);
  }

  /// The `n` greatest elements, the greatest first. As take_ordered() in the reverse order; of
  /// equal elements the earlier one still comes first.
  ///     auto words = counts.top(10, [](auto& word) { return word.second; });
  template <class Order = NaturalOrder>
  std::vector<T> top(std::size_t n, Order order = {},
                     SourceLocation where = SourceLocation::current()) const {
    return ordered<true>("top", n, std::move(order), where);
  }

 private:
  const Rdd<T, P>& self() const { return static_cast<const Rdd<T, P>&>(*this); }

  template <bool kReverse, class F>
  T foremost(const char* op, F function, const SourceLocation& where) const {
    if constexpr (!detail::check_order<T, F>()) {
      return T();
    } else {
      using Order = detail::RowOrder<T, F, kReverse>;
      const auto label = detail::make_label(op, where);
      detail::check_captures(function, *label);
      const Order order{std::move(function)};
      std::optional<T> found;
      for (const auto& value :
           detail::run_action(self(), detail::Foremost<T, Order>{{}, order}, label)) {
        if (!*value) continue;
        if (!found ||
            detail::call_in_driver(*label, [&] { return order.before(**value, *found); })) {
          found = **value;
        }
      }
      if (!found) detail::throw_empty(*label);
      return std::move(*found);
    }
  }

  template <bool kReverse, class F>
  std::vector<T> ordered(const char* op, std::size_t n, F function,
                         const SourceLocation& where) const {
    std::vector<T> found;
    if constexpr (detail::check_order<T, F>()) {
      using Order = detail::RowOrder<T, F, kReverse>;
      const auto label = detail::make_label(op, where);
      detail::check_captures(function, *label);
      if (n == 0) return found;
      const Order order{std::move(function)};
      const auto& memory = self().session()->memory();
      for (const auto& rows :
           detail::run_action(self(), detail::TakeOrdered<T, Order>{{}, order, n}, label)) {
        const auto more = detail::joined_rows<T>({rows}, memory);
        Reservation held(memory);
        held.add((found.size() + more.size()) * sizeof(T));
        std::vector<T> merged;
        merged.reserve(found.size() + more.size());
        detail::call_in_driver(*label, [&] {
          std::merge(std::make_move_iterator(found.begin()), std::make_move_iterator(found.end()),
                     more.begin(), more.end(), std::back_inserter(merged),
                     [&](const T& a, const T& b) { return order.before(a, b); });
        });
        if (merged.size() > n)
          merged.erase(merged.begin() + static_cast<std::ptrdiff_t>(n), merged.end());
        found = std::move(merged);
      }
    }
    return found;
  }
};

}  // namespace kindred
