// All pairs of the elements of two Rdds: cartesian.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "kindred/engine/rows.hpp"
#include "kindred/rdd/erase.hpp"
#include "kindred/rdd/op_label.hpp"
#include "kindred/rdd/partition_count.hpp"
#include "kindred/rdd/pipeline.hpp"

namespace kindred {
namespace detail {

/// A partition for each pair of partitions. Holds that of the right side, and lets the left side
/// pass by.
template <class T, class U>
class CartesianNode final : public RowsNode<std::pair<T, U>> {
 public:
  using Row = std::pair<T, U>;

  CartesianNode(RddId id, std::uint32_t partitions, Erased<T> left, Erased<U> right, OpLabel label)
      : RowsNode<Row>(id, NodeKind::rdd, partitions, {left.node, right.node}, {std::move(label)}),
        left_(std::move(left)),
        right_(std::move(right)) {}

  bool run(PartitionId partition, TaskContext& task, RowSink<Row>& sink) const override {
    const auto parts = narrow_parents(partition);
    Rows<U> held(task.memory());
    Keep keep{&held};
    right_.run(parts[1].partition, task, keep);
    if (held.empty()) return true;
    Pack<Row> pack(sink);
    Combine combine{&held, &pack};
    return left_.run(parts[0].partition, task, combine) && pack.flush();
  }
  std::vector<NarrowParent> narrow_parents(PartitionId partition) const override {
    const auto columns = right_.rows->partitions();
    return {{0, PartitionId{partition.value / columns}},
            {1, PartitionId{partition.value % columns}}};
  }
  static std::shared_ptr<const Node> decode(LineageReader& in) {
    const auto id = in.id;
    const auto partitions = in.partitions;
    auto left = Erased<T>::decode(in);
    auto right = Erased<U>::decode(in);
    return std::make_shared<CartesianNode>(id, partitions, std::move(left), std::move(right),
                                           in.label());
  }

 private:
  struct Keep {
    Rows<U>* held;
    template <class X>
    bool operator()(X&& x) const {
      held->push(U(own(std::forward<X>(x))));
      return true;
    }
  };
  struct Combine {
    const Rows<U>* held;
    Pack<Row>* pack;
    template <class X>
    bool operator()(const X& x) const {
      for (std::size_t i = 0; i < held->chunks(); ++i) {
        for (const auto& y : held->chunk(i)) {
          if (!give(x, y)) return false;
        }
      }
      return true;
    }
    template <class X>
    bool give(const X& x, const U& y) const {
      if constexpr (passed_as_view<Row>) {
        return (*pack)(passed_t<Row>(as_rest<T>(x), pass(y)));
      } else {
        return (*pack)(Row(own(x), y));
      }
    }
  };
  const void* factory() const override { return node_factory<CartesianNode>(); }
  void encode(LineageWriter&) const override {}

  Erased<T> left_;
  Erased<U> right_;
};

}  // namespace detail

/// The ops of this file as members of an Rdd.
template <class Self>
class CartesianOps;

template <class T, class P>
class CartesianOps<Rdd<T, P>> {
 public:
  /// All pairs (x, y) of an element x of this Rdd and an element y of `other`. Lazy; narrow: a
  /// partition for each pair of partitions, each of which computes one partition of both: persist()
  /// what is dear to compute. One partition of `other` must fit in memory. Throws UsageError where
  /// that makes more than 1,000,000 partitions.
  ///     points.cartesian(centres)
  template <class U, class Other>
  auto cartesian(const Rdd<U, Other>& other,
                 SourceLocation where = SourceLocation::current()) const {
    if constexpr (!detail::check_element<T>() || !detail::check_element<U>()) {
      return Rdd<T>(self());
    } else {
      using Row = std::pair<T, U>;
      const auto label = detail::make_label("cartesian", where);
      detail::check_same_context(self(), other, *label);
      const auto partitions =
          PartitionCount(std::int64_t{self().partitions()} * other.partitions(), where)
              .value_or(1, "cartesian");
      auto node = std::make_shared<detail::CartesianNode<T, U>>(
          self().session()->next_id(), partitions, detail::Erased<T>(detail::erase(self())),
          detail::Erased<U>(detail::erase(other)), *label);
      return Rdd<Row>(self().session(), detail::Erased<Row>(std::move(node)), partitions);
    }
  }

 private:
  const Rdd<T, P>& self() const { return static_cast<const Rdd<T, P>&>(*this); }
};

}  // namespace kindred
