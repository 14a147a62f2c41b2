// Joins: join, left_outer_join, right_outer_join, full_outer_join.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>

#include "kindred/rdd/erase.hpp"
#include "kindred/rdd/keyed_groups.hpp"
#include "kindred/rdd/partition_count.hpp"
#include "kindred/rdd/shuffle.hpp"

namespace kindred {
namespace detail {

/// Which rows without a partner a join keeps.
enum class JoinKind : std::uint8_t { inner, left_outer, right_outer, full_outer };

inline constexpr bool keeps_left(JoinKind kind) {
  return kind == JoinKind::left_outer || kind == JoinKind::full_outer;
}
inline constexpr bool keeps_right(JoinKind kind) {
  return kind == JoinKind::right_outer || kind == JoinKind::full_outer;
}

/// What a join gives: a side that may have no partner is optional.
template <class K, class V, class W, JoinKind kind>
struct JoinRow {
  using Left = std::conditional_t<keeps_right(kind), std::optional<V>, V>;
  using Right = std::conditional_t<keeps_left(kind), std::optional<W>, W>;
  using type = std::pair<K, std::pair<Left, Right>>;
};

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
    const auto groups = read_groups(right_, partition, task);
    AccountedVector<unsigned char> met{Accounted<unsigned char>(task.memory())};
    if constexpr (keeps_right(kind)) met.resize(groups.size());
    Pack<Row> pack(sink);
    Probe probe(groups, met.data(), pack);
    if (!left_.run_rows(partition, task, probe)) return false;
    if constexpr (keeps_right(kind)) {
      if (!give_unmet(groups, met, pack)) return false;
    }
    return pack.flush();
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
  class Probe final : public RowSink<Left> {
   public:
    /// `met`: the groups that found a partner, where they matter.
    Probe(const GroupedRows<K, W>& groups, unsigned char* met, Pack<Row>& pack)
        : groups_(&groups), met_(met), pack_(&pack) {}

    bool rows(std::span<const Left> rows) override {
      return groups_->in_blocks(
          rows, [&](std::uint64_t hash, const Left& row) { return look_up(hash, pass(row)); });
    }
    bool row(rest_passed_t<Left> row) override { return look_up(key_hash(row.first), row); }

   private:
    template <class X>
    bool look_up(std::uint64_t hash, const X& x) const {
      const auto group = groups_->group(hash, x.first);
      if (!group) {
        if constexpr (keeps_left(kind)) {
          return (*pack_)(Row(own(x.first), Both(own(x.second), std::nullopt)));
        } else {
          return true;
        }
      }
      if constexpr (keeps_right(kind)) met_[*group] = 1;
      for (const auto& w : groups_->values(*group)) {
        if (!give(x, static_cast<const W&>(w))) return false;
      }
      return true;
    }
    template <class X>
    bool give(const X& x, const W& w) const {
      if constexpr (passed_as_view<Row>) {
        using Views = typename passed_t<Row>::second_type;
        return (*pack_)(passed_t<Row>(as_rest<K>(x.first), Views(as_rest<V>(x.second), pass(w))));
      } else {
        return (*pack_)(Row(own(x.first), Both(own(x.second), w)));
      }
    }

    const GroupedRows<K, W>* groups_;
    unsigned char* met_;
    Pack<Row>* pack_;
  };
  static bool give_unmet(const GroupedRows<K, W>& groups, const AccountedVector<unsigned char>& met,
                         Pack<Row>& pack) {
    for (std::size_t group = 0; group < groups.size(); ++group) {
      if (met[group] != 0) continue;
      for (const auto& w : groups.values(group)) {
        if (!pack(Row(groups.key(group), Both(std::nullopt, static_cast<const W&>(w))))) {
          return false;
        }
      }
    }
    return true;
  }
  const void* factory() const override { return node_factory<JoinNode>(); }
  void encode(LineageWriter& out) const override {
    left_.encode(out);
    right_.encode(out);
  }

  PlacedInput<Left> left_;
  PlacedInput<Right> right_;
};

}  // namespace detail

/// The ops of this file as members of an Rdd.
///
/// All are lazy, and wide on each side that is not partitioned by the key already. The rows come in
/// the order of this Rdd's rows, for each in the order of the partners in `other`; then those of
/// `other` without a partner, key by key. The rows of one partition of `other` must fit in memory:
/// give the smaller side there.
template <class Self>
class JoinOps;

template <class T, class P>
class JoinOps<Rdd<T, P>> {
 public:
  /// All (key, (v, w)) where this Rdd has (key, v) and `other` has (key, w). Lazy; wide on each
  /// side that is not partitioned by the key already.
  ///     ages.join(names).map([](auto& id, auto& both) { return both.second; })
  template <class W, class Other>
  auto join(const Rdd<W, Other>& other, PartitionCount partitions = {},
            SourceLocation where = SourceLocation::current()) const {
    if constexpr (detail::check_same_keys<T, W>()) {
      return joined<detail::JoinKind::inner>("join", other, partitions, where);
    } else {
      return Rdd<T>(self());
    }
  }

  /// As join(), and (key, (v, none)) for each row of this Rdd whose key `other` has not: the second
  /// value is a std::optional. Lazy; wide on each side that is not partitioned by the key already.
  ///     names.left_outer_join(medals)
  template <class W, class Other>
  auto left_outer_join(const Rdd<W, Other>& other, PartitionCount partitions = {},
                       SourceLocation where = SourceLocation::current()) const {
    if constexpr (detail::check_same_keys<T, W>()) {
      return joined<detail::JoinKind::left_outer>("left_outer_join", other, partitions, where);
    } else {
      return Rdd<T>(self());
    }
  }

  /// As join(), and (key, (none, w)) for each row of `other` whose key this Rdd has not: the first
  /// value is a std::optional. Lazy; wide on each side that is not partitioned by the key already.
  ///     medals.right_outer_join(names)
  template <class W, class Other>
  auto right_outer_join(const Rdd<W, Other>& other, PartitionCount partitions = {},
                        SourceLocation where = SourceLocation::current()) const {
    if constexpr (detail::check_same_keys<T, W>()) {
      return joined<detail::JoinKind::right_outer>("right_outer_join", other, partitions, where);
    } else {
      return Rdd<T>(self());
    }
  }

  /// As join(), and a row for each row of either side whose key the other side has not: both values
  /// are a std::optional. Lazy; wide on each side that is not partitioned by the key already.
  ///     planned.full_outer_join(actual)
  template <class W, class Other>
  auto full_outer_join(const Rdd<W, Other>& other, PartitionCount partitions = {},
                       SourceLocation where = SourceLocation::current()) const {
    if constexpr (detail::check_same_keys<T, W>()) {
      return joined<detail::JoinKind::full_outer>("full_outer_join", other, partitions, where);
    } else {
      return Rdd<T>(self());
    }
  }

 private:
  const Rdd<T, P>& self() const { return static_cast<const Rdd<T, P>&>(*this); }

  template <detail::JoinKind kind, class W, class Other>
  auto joined(const char* op, const Rdd<W, Other>& other, const PartitionCount& partitions,
              const SourceLocation& where) const {
    using K = typename T::first_type;
    using JoinNode = detail::JoinNode<K, typename T::second_type, typename W::second_type, kind>;
    const auto label = detail::make_label(op, where);
    detail::check_same_context(self(), other, *label);
    const auto target = detail::meeting_place<K>(partitions, op, self(), other);
    auto left = detail::keyed_input<T>(self(), target, *label);
    auto right = detail::keyed_input<W>(other, target, *label);
    auto node = std::make_shared<JoinNode>(self().session()->next_id(), target.partitions,
                                           std::move(left), std::move(right), *label);
    return Rdd<typename JoinNode::Row>(self().session(),
                                       detail::Erased<typename JoinNode::Row>(std::move(node)),
                                       target.partitions, target);
  }
};

}  // namespace kindred
