// The reduce side of the joins.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "kindred/engine/parted_groups.hpp"
#include "kindred/engine/rows.hpp"
#include "kindred/engine/unique_rows.hpp"
#include "kindred/engine/waiting_rows.hpp"
#include "kindred/rdd/erase.hpp"
#include "kindred/rdd/join_row.hpp"
#include "kindred/rdd/keyed_groups.hpp"
#include "kindred/rdd/shuffle.hpp"
#include "kindred/rdd/unique_probe.hpp"

namespace kindred::detail {

/// Holds the rows of one partition of the right side by key, and lets those of the left side pass
/// by; many plain ones part by part of their hashes.
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
    if constexpr (kMayBeUnique) {
      Rows<Right> right(task.memory());
      Gather gather{&right};
      right_.run(partition, task, gather);
      UniqueRows<K, W> unique(task.memory());
      if (unique.fill(right)) {
        right = Rows<Right>(task.memory());
        UniqueProbe<K, V, W, kind> probe(unique, pack);
        return left_.run_rows(partition, task, probe) && pack.flush();
      }
      return probe_groups(grouped(std::move(right), task), partition, task, pack);
    } else {
      return probe_groups(read_groups<Groups>(right_, partition, task), partition, task, pack);
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
  // Plain rows of both sides meet part by part where there are many.
  static constexpr bool kSplits = GroupedRows<K, W>::kPlain && GroupedRows<K, V>::kPlain;
  using Groups = PartedGroups<K, W, kSplits>;
  // Whether plain rows of the right side are looked up as they are, if no two of them have the same
  // key.
  static constexpr bool kMayBeUnique = !kSplits && !keeps_right(kind) && inline_rows<K, W, W>;

  struct Gather {
    Rows<Right>* rows;
    bool operator()(const Right& row) const {
      rows->push(row);
      return true;
    }
  };
  // Takes the rows, whose memory is free again before the left side passes by.
  static Groups grouped(Rows<Right> right, TaskContext& task) {
    Groups groups(task.memory());
    for (std::size_t i = 0; i < right.chunks(); ++i) {
      groups.add_rows(std::as_const(right).chunk(i));
    }
    groups.finish();
    return groups;
  }

  class Probe final : public RowSink<Left> {
   public:
    Probe(const Groups& groups, const MemoryRef& memory, Pack<Row>& pack)
        : groups_(&groups), pack_(&pack) {
      if constexpr (keeps_right(kind)) {
        for (const auto& part : groups.parts()) {
          met_.emplace_back(part.size(), 0, Accounted<unsigned char>(memory));
        }
      }
      if constexpr (kSplits) {
        if (groups.parts().size() > 1) {
          // No more than the rows that they wait for. The same everywhere, since it shows in the
          // order of the rows.
          const auto bytes = std::min<std::uint64_t>(8 << 20, groups.rows() * sizeof(Right));
          waiting_.emplace(groups.parts().size(), bytes, memory);
        }
      }
    }

    bool rows(std::span<const Left> rows) override {
      if constexpr (kSplits) {
        if (waiting_) {
          return std::all_of(rows.begin(), rows.end(), [&](const Left& row) { return wait(row); });
        }
      }
      return look_up_all(0, rows);
    }
    bool row(rest_argument_t<Left> row) override {
      if constexpr (kSplits) {
        if (waiting_) return wait(Left(row));
      }
      return look_up(0, key_hash(row.first), row);
    }
    /// Looks up what waits; then gives the rows of the right side that found no partner, where
    /// they are kept. False once no more rows are wanted.
    bool finish() {
      if constexpr (kSplits) {
        for (std::size_t part = 0; waiting_ && part < waiting_->parts(); ++part) {
          if (!look_up_all(part, waiting_->take(part))) return false;
        }
      }
      if constexpr (keeps_right(kind)) {
        for (std::size_t part = 0; part < met_.size(); ++part) {
          if (!give_unmet(part)) return false;
        }
      }
      return true;
    }

   private:
    bool wait(const Left& row) {
      const auto part = groups_->part_of(key_hash(row.first));
      return !waiting_->add(part, row) || look_up_all(part, waiting_->take(part));
    }
    bool look_up_all(std::size_t part, std::span<const Left> rows) {
      return groups_->parts()[part].in_blocks(rows, [&](std::uint64_t hash, const Left& row) {
        return look_up(part, hash, pass(row));
      });
    }
    template <class X>
    bool look_up(std::size_t part, std::uint64_t hash, const X& x) {
      const auto& groups = groups_->parts()[part];
      const auto group = groups.group(hash, x.first);
      if (!group) {
        if constexpr (keeps_left(kind)) {
          return give_joined<K, V>(x, std::nullopt, *pack_);
        } else {
          return true;
        }
      }
      if constexpr (keeps_right(kind)) met_[part][*group] = 1;
      for (const auto& w : groups.values(*group)) {
        if (!give_joined<K, V>(x, static_cast<const W&>(w), *pack_)) return false;
      }
      return true;
    }
    bool give_unmet(std::size_t part) const {
      const auto& groups = groups_->parts()[part];
      for (std::size_t group = 0; group < groups.size(); ++group) {
        if (met_[part][group] != 0) continue;
        for (const auto& w : groups.values(group)) {
          if (!(*pack_)(Row(groups.key(group), Both(std::nullopt, static_cast<const W&>(w))))) {
            return false;
          }
        }
      }
      return true;
    }

    const Groups* groups_;
    Pack<Row>* pack_;
    std::vector<AccountedVector<unsigned char>> met_;  // a flag for each group of each part
    struct NoRows {};
    std::optional<std::conditional_t<kSplits, WaitingRows<Left>, NoRows>> waiting_;
  };
  bool probe_groups(const Groups& groups, PartitionId partition, TaskContext& task,
                    Pack<Row>& pack) const {
    Probe probe(groups, task.memory(), pack);
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
