// Rows of one side that are kept by whether the other side has them: subtract, subtract_by_key,
// intersection.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "kindred/engine/key_set.hpp"
#include "kindred/rdd/shuffle.hpp"

namespace kindred::detail {

/// Which rows of the left side are kept.
enum class Presence : std::uint8_t {
  absent,        ///< those that the right side has not
  present_once,  ///< those that it has, each once
};

/// Of one partition of the right side it holds what is looked up, and lets the left side pass by.
template <class Row, class Right, class By, Presence kept>
class PresenceNode final : public RowsNode<Row> {
 public:
  PresenceNode(RddId id, std::uint32_t partitions, std::optional<Partitioning> partitioning,
               PlacedInput<Row> left, PlacedInput<Right> right, OpLabel label)
      : RowsNode<Row>(id, NodeKind::rdd, partitions, parents_of_inputs(left, right),
                      {std::move(label)}),
        left_(std::move(left)),
        right_(std::move(right)) {
    this->set_partitioning(partitioning);
  }
  bool run(PartitionId partition, TaskContext& task, RowSink<Row>& sink) const override {
    Set present(task.memory());
    Gather gather{&present};
    right_.run(partition, task, gather);
    Set given(task.memory());
    Pack<Row> pack(sink);
    Choose choose{&present, &given, &pack};
    return left_.run(partition, task, choose) && pack.flush();
  }
  static std::shared_ptr<const Node> decode(LineageReader& in) {
    const auto id = in.id;
    const auto partitions = in.partitions;
    const auto partitioning = in.partitioning;
    auto left = PlacedInput<Row>::decode(in);
    auto right = PlacedInput<Right>::decode(in);
    return std::make_shared<PresenceNode>(id, partitions, partitioning, std::move(left),
                                          std::move(right), in.label());
  }

 private:
  using Set = KeySet<std::remove_cvref_t<decltype(By::of(std::declval<const Right&>()))>>;

  struct Gather {
    Set* present;
    template <class X>
    bool operator()(X&& x) const {
      present->insert(By::of(x));
      return true;
    }
  };
  struct Choose {
    const Set* present;
    Set* given;
    Pack<Row>* pack;
    template <class X>
    bool operator()(X&& x) const {
      if constexpr (kept == Presence::absent) {
        if (present->contains(By::of(x))) return true;
      } else {
        if (!present->contains(By::of(x)) || !given->insert(By::of(x))) return true;
      }
      return (*pack)(std::forward<X>(x));
    }
  };
  const void* factory() const override { return node_factory<PresenceNode>(); }
  void encode(LineageWriter& out) const override {
    left_.encode(out);
    right_.encode(out);
  }

  PlacedInput<Row> left_;
  PlacedInput<Right> right_;
};

}  // namespace kindred::detail
