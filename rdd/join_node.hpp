// The reduce side of the joins.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "kindred/engine/dense_map.hpp"
#include "kindred/engine/dense_values.hpp"
#include "kindred/engine/grouped_rows.hpp"
#include "kindred/engine/inline_multimap.hpp"
#include "kindred/engine/rows.hpp"
#include "kindred/rdd/erase.hpp"
#include "kindred/rdd/inline_probe.hpp"
#include "kindred/rdd/join_row.hpp"
#include "kindred/rdd/keyed_groups.hpp"
#include "kindred/rdd/shuffle.hpp"

namespace kindred::detail {

/// Holds the rows of one partition of the right side by key, and lets those of the left side pass
/// by.
template <class K, class V, class W, JoinKind kind>
class JoinNode final : public RowsNode<typename JoinRow<K, V, W, kind>::type> {
 public:
  using Left = std::pair<K, V>;
  using Right = std::pair<K, W>;
  using Row = typename JoinRow<K, V, W, kind>::type;
  using Both = typename Row::second_type;

  JoinNode(RddId id, std::uint32_t partitions, PlacedInput<Left> left, PlacedInput<Right> right,
           OpLabel label)
      : RowsNode<Row>(id, NodeKind::rdd, partitions, parents_of_inputs(left, right),
                      {std::move(label)}),
        left_(std::move(left)),
        right_(std::move(right)) {
    this->set_partitioning(hashed<K>(partitions));
  }
  bool run(PartitionId partition, TaskContext& task, RowSink<Row>& sink) const override {
    Pack<Row> pack(sink);
    if constexpr (kMayBeInline) {
      Rows<Right> right(task.memory());
      Gather gather{&right};
      right_.run(partition, task, gather);
      if (may_be_inline(right)) {
        if constexpr (dense_key<K>) {
          DenseMap<K, W> map(task.memory());
          if (map.fill(right)) return probe_map(map, std::move(right), partition, task, pack);
        }
        InlineMultimap<K, W> map(task.memory());
        if (map.fill(right)) return probe_map(map, std::move(right), partition, task, pack);
      }
      return probe_groups(grouped(std::move(right), task), partition, task, pack);
    } else {
      return probe_groups(read_groups(right_, partition, task), partition, task, pack);
    }
  }
  static std::shared_ptr<const Node> decode(LineageReader& in) {
    const auto id = in.id;
    const auto partitions = in.partitions;
    auto left = PlacedInput<Left>::decode(in);
    auto right = PlacedInput<Right>::decode(in);
    return std::make_shared<JoinNode>(id, partitions, std::move(left), std::move(right),
                                      in.label());
  }

 private:
  using Groups = GroupedRows<K, W>;
  // The slots of wider rows would take more memory than groups do.
  static constexpr bool kMayBeInline = inline_rows<K, W, W> && sizeof(Right) <= 32;

  // A few rows of the right side without a partner come key by key.
  static bool may_be_inline(const Rows<Right>& right) {
    constexpr std::size_t kFew = 64 * 1024;
    return !keeps_right(kind) || right.size() > kFew;
  }
  struct Gather {
    Rows<Right>* rows;
    bool operator()(const Right& row) const {
      rows->push(row);
      return true;
    }
  };
  // Takes the rows, whose memory is free again before the values are placed.
  static Groups grouped(Rows<Right> right, TaskContext& task) {
    Groups groups(task.memory());
    for (std::size_t i = 0; i < right.chunks(); ++i) {
      groups.add_rows(std::as_const(right).chunk(i));
    }
    right = Rows<Right>(task.memory());
    groups.finish();
    return groups;
  }

  class GroupProbe final : public RowSink<Left> {
   public:
    GroupProbe(const Groups& groups, const MemoryRef& memory, Pack<Row>& pack)
        : groups_(&groups),
          pack_(&pack),
          met_(keeps_right(kind) ? groups.size() : 0, 0, Accounted<unsigned char>(memory)) {}

    bool rows(std::span<const Left> rows) override {
      return groups_->in_blocks(
          rows, [&](std::uint64_t hash, const Left& row) { return look_up(hash, pass(row)); });
    }
    bool row(rest_argument_t<Left> row) override { return look_up(key_hash(row.first), row); }
    /// Gives the rows of the right side that found no partner, where they are kept. False once no
    /// more rows are wanted.
    bool finish() const {
      for (std::size_t group = 0; group < met_.size(); ++group) {
        if (met_[group] == 0 && !give_unmet(group)) return false;
      }
      return true;
    }

   private:
    template <class X>
    bool look_up(std::uint64_t hash, const X& x) {
      const auto group = groups_->group(hash, x.first);
      if (!group) {
        if constexpr (keeps_left(kind)) {
          return give_joined<K, V>(x, std::nullopt, *pack_);
        } else {
          return true;
        }
      }
      if constexpr (keeps_right(kind)) met_[*group] = 1;
      for (const auto& w : groups_->values(*group)) {
        if (!give_joined<K, V>(x, static_cast<const W&>(w), *pack_)) return false;
      }
      return true;
    }
    bool give_unmet(std::size_t group) const {
      if constexpr (keeps_right(kind)) {
        for (const auto& w : groups_->values(group)) {
          if (!(*pack_)(Row(groups_->key(group), Both(std::nullopt, static_cast<const W&>(w))))) {
            return false;
          }
        }
      }
      return true;
    }

    const Groups* groups_;
    Pack<Row>* pack_;
    AccountedVector<unsigned char> met_;  // a flag for each group, where the right side is kept
  };
  // Frees the rows, which the map has taken.
  template <class Map>
  bool probe_map(const Map& map, Rows<Right> rows, PartitionId partition, TaskContext& task,
                 Pack<Row>& pack) const {
    rows = Rows<Right>(task.memory());
    return probe(InlineProbe<V, Map, kind>(map, task.memory(), pack), partition, task, pack);
  }
  bool probe_groups(const Groups& groups, PartitionId partition, TaskContext& task,
                    Pack<Row>& pack) const {
    return probe(GroupProbe(groups, task.memory(), pack), partition, task, pack);
  }
  template <class Probe>
  bool probe(Probe probe, PartitionId partition, TaskContext& task, Pack<Row>& pack) const {
    return left_.run_rows(partition, task, probe) && probe.finish() && pack.flush();
  }
  const void* factory() const override { return node_factory<JoinNode>(); }
  void encode(LineageWriter& out) const override {
    left_.encode(out);
    right_.encode(out);
  }

  PlacedInput<Left> left_;
  PlacedInput<Right> right_;
};

}  // namespace kindred::detail
