// Ops that change which partition a row is in: partition_by, repartition, coalesce.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "kindred/engine/key.hpp"
#include "kindred/rdd/call_op.hpp"
#include "kindred/rdd/erase.hpp"
#include "kindred/rdd/partition_count.hpp"
#include "kindred/rdd/shuffle.hpp"

namespace kindred {
namespace detail {

/// Deals rows out by their position in their partition alone, as cards are: the partition says
/// where to begin, so that small partitions do not all fill the same few.
struct RoundRobin {
  struct Choose {
    std::uint32_t next;
    std::uint32_t reducers;
    template <class X>
    std::uint32_t operator()(const X&) {
      const auto bucket = next++;
      if (next == reducers) next = 0;
      return bucket;
    }
  };
  Choose chooser(PartitionId map, std::uint32_t reducers, const OpLabel&) const {
    return {static_cast<std::uint32_t>(mix_bits(map.value) % reducers), reducers};
  }
  void encode(LineageWriter&) const {}
  static RoundRobin decode(LineageReader&) { return {}; }
};

/// Throws, as the op: its function gave a partition that there is not.
[[noreturn]] void refuse_partition(const OpLabel& op, std::int64_t given, std::uint32_t partitions);

/// The partition that a user's function gives for the key.
template <class F>
struct ByFunction {
  F function;

  struct Choose {
    const F* function;
    std::uint32_t reducers;
    const OpLabel* op;
    template <class X>
    std::uint32_t operator()(const X& x) const {
      const auto given = static_cast<std::int64_t>(call_from(*op, *function, x.first));
      if (given < 0 || given >= reducers) refuse_partition(*op, given, reducers);
      return static_cast<std::uint32_t>(given);
    }
  };
  Choose chooser(PartitionId, std::uint32_t reducers, const OpLabel& op) const {
    return {&function, reducers, &op};
  }
  void encode(LineageWriter& out) const { out.function(function); }
  static ByFunction decode(LineageReader& in) { return {in.function<F>()}; }
};

/// The keys of the pairs that a pipeline passes, as they are passed.
template <class P>
using passed_key_t = decltype((std::declval<detail::passed_row_t<P>>().first));

/// Rows as a shuffle brings them: those of each map partition in their order, in the order of the
/// map partitions.
template <class Row>
class ShuffledNode final : public RowsNode<Row> {
 public:
  ShuffledNode(RddId id, std::uint32_t partitions, std::optional<Partitioning> partitioning,
               PlacedInput<Row> input, OpLabel label)
      : RowsNode<Row>(id, NodeKind::rdd, partitions, parents_of_inputs(input), {std::move(label)}),
        input_(std::move(input)) {
    this->set_partitioning(partitioning);
  }
  bool run(PartitionId partition, TaskContext& task, RowSink<Row>& sink) const override {
    return input_.run_rows(partition, task, sink);
  }
  static std::shared_ptr<const Node> decode(LineageReader& in) {
    const auto id = in.id;
    const auto partitions = in.partitions;
    const auto partitioning = in.partitioning;
    auto input = PlacedInput<Row>::decode(in);
    return std::make_shared<ShuffledNode>(id, partitions, partitioning, std::move(input),
                                          in.label());
  }

 private:
  const void* factory() const override { return node_factory<ShuffledNode>(); }
  void encode(LineageWriter& out) const override { input_.encode(out); }

  PlacedInput<Row> input_;
};

/// Neighbouring partitions of its parent, one after the other.
template <class T>
class CoalesceNode final : public RowsNode<T> {
 public:
  CoalesceNode(RddId id, std::uint32_t partitions, Erased<T> parent, OpLabel label)
      : RowsNode<T>(id, NodeKind::rdd, partitions, {parent.node}, {std::move(label)}),
        parent_(std::move(parent)) {}

  bool run(PartitionId partition, TaskContext& task, RowSink<T>& sink) const override {
    for (auto at = first_of(partition.value); at < first_of(partition.value + 1); ++at) {
      if (!parent_.rows->run(PartitionId{at}, task, sink)) return false;
    }
    return true;
  }
  std::vector<NarrowParent> narrow_parents(PartitionId partition) const override {
    std::vector<NarrowParent> parents;
    for (auto at = first_of(partition.value); at < first_of(partition.value + 1); ++at) {
      parents.push_back({0, PartitionId{at}});
    }
    return parents;
  }
  static std::shared_ptr<const Node> decode(LineageReader& in) {
    const auto id = in.id;
    const auto partitions = in.partitions;
    auto parent = Erased<T>::decode(in);
    return std::make_shared<CoalesceNode>(id, partitions, std::move(parent), in.label());
  }

 private:
  std::uint32_t first_of(std::uint32_t partition) const {
    return static_cast<std::uint32_t>(std::uint64_t{parent_.rows->partitions()} * partition /
                                      this->partitions());
  }
  const void* factory() const override { return node_factory<CoalesceNode>(); }
  void encode(LineageWriter&) const override {}

  Erased<T> parent_;
};

}  // namespace detail

/// The ops of this file as members of an Rdd.
template <class Self>
class RepartitionOps;

template <class T, class P>
class RepartitionOps<Rdd<T, P>> {
 public:
  /// Brings all pairs of a key into one partition, that of the key's hash: ops by key after it need
  /// no shuffle of their own, which pays where several follow, most of all on what persist() keeps.
  /// Lazy; wide, unless the Rdd is partitioned so already.
  ///     auto pages = links.partition_by(8).persist();
  Rdd<T> partition_by(PartitionCount partitions = {},
                      SourceLocation where = SourceLocation::current()) const {
    if constexpr (!detail::check_hashable_pairs<T>()) {
      return Rdd<T>(self());
    } else {
      const auto target = detail::hashed<typename T::first_type>(
          partitions.value_or(self().partitions(), "partition_by"));
      if (self().partitioning() == target) return Rdd<T>(self());
      return shuffled(detail::ByHash<detail::ByKey>{}, target.partitions, target,
                      *detail::make_label("partition_by", where));
    }
  }

  /// Brings each pair into the partition `f(key)`, counted from 0. Lazy; wide. Ops by key do not
  /// know this rule and shuffle again. What f captures travels to the executors. The job throws
  /// where f gives a partition that there is not.
  ///     sales.partition_by(12, [](const Date& date) { return date.month - 1; })
  template <class F>
  Rdd<T> partition_by(PartitionCount partitions, F f,
                      SourceLocation where = SourceLocation::current()) const {
    static_assert(detail::is_pair<T>,
                  "partition_by() needs elements that are std::pair: map() to (key, value) before");
    if constexpr (!detail::is_pair<T>) {
      return Rdd<T>(self());
    } else if constexpr (!detail::check_function<F, detail::passed_key_t<P>>() ||
                         !detail::check_element<T>()) {
      return Rdd<T>(self());
    } else {
      using Given = std::remove_cvref_t<detail::call_result_t<F, detail::passed_key_t<P>>>;
      constexpr bool gives_index = std::is_integral_v<Given> && !std::is_same_v<Given, bool>;
      static_assert(gives_index,
                    "partition_by: this function must give the number of a partition, an int or "
                    "another integer: 0 for the first");
      if constexpr (gives_index) {
        const auto label = detail::make_label("partition_by", where);
        detail::check_captures(f, *label);
        return shuffled(detail::ByFunction<F>{std::move(f)},
                        partitions.value_or(self().partitions(), "partition_by"), std::nullopt,
                        *label);
      } else {
        return Rdd<T>(self());
      }
    }
  }

  /// Deals the elements out to `partitions` partitions of nearly equal size. Lazy; wide. Where each
  /// goes depends on its position alone, so the result is the same in every run; their order is not
  /// kept. To have fewer partitions, coalesce() moves nothing.
  ///     context.text_file("one.gz").repartition(16)
  Rdd<T> repartition(PartitionCount partitions,
                     SourceLocation where = SourceLocation::current()) const {
    if constexpr (!detail::check_element<T>()) {
      return Rdd<T>(self());
    } else {
      return shuffled(detail::RoundRobin{}, partitions.value_or(self().partitions(), "repartition"),
                      std::nullopt, *detail::make_label("repartition", where));
    }
  }

  /// Puts neighbouring partitions together, so that `partitions` are left, and keeps the order of
  /// the elements. Lazy; narrow: what comes before runs in as few tasks. An Rdd that has no more
  /// partitions than that stays as it is; repartition() makes more.
  ///     logs.filter(is_error).coalesce(4)
  Rdd<T> coalesce(PartitionCount partitions,
                  SourceLocation where = SourceLocation::current()) const {
    const auto count = partitions.value_or(self().partitions(), "coalesce");
    if (count >= self().partitions()) return Rdd<T>(self());
    using detail::Erased;
    auto node = std::make_shared<detail::CoalesceNode<T>>(self().session()->next_id(), count,
                                                          Erased<T>(detail::erase(self())),
                                                          *detail::make_label("coalesce", where));
    return Rdd<T>(self().session(), Erased<T>(std::move(node)), count);
  }

 private:
  const Rdd<T, P>& self() const { return static_cast<const Rdd<T, P>&>(*this); }

  template <class Rule>
  Rdd<T> shuffled(Rule rule, std::uint32_t partitions, std::optional<Partitioning> partitioning,
                  const OpLabel& label) const {
    const auto& session = self().session();
    const auto id = session->next_id();
    auto writer = std::make_shared<detail::ScatterWriter<P, Rule>>(
        id, self().partitions(), self().pipeline(), std::move(rule), partitions, label,
        ReleaseOnExit(session->releases(), ShuffleId{id.value}));
    auto node =
        std::make_shared<detail::ShuffledNode<T>>(session->next_id(), partitions, partitioning,
                                                  detail::PlacedInput<T>(std::move(writer)), label);
    return Rdd<T>(session, detail::Erased<T>(std::move(node)), partitions, partitioning);
  }
};

}  // namespace kindred
