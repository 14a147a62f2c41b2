// Ops that compare whole elements: distinct.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "kindred/engine/key.hpp"
#include "kindred/engine/key_set.hpp"
#include "kindred/rdd/erase.hpp"
#include "kindred/rdd/partition_count.hpp"
#include "kindred/rdd/shuffle.hpp"

namespace kindred {
namespace detail {

/// The map side of distinct: each element once a map task, into the bucket of its hash.
template <class P>
class DistinctWriter final : public ShuffleWriter {
 public:
  using Row = element_t<P>;

  DistinctWriter(RddId id, std::uint32_t maps, P pipeline, std::uint32_t reducers, OpLabel label,
                 ReleaseOnExit release = {})
      : ShuffleWriter(id, maps, parents_of(pipeline),
                      with_label(labels_of(pipeline), std::move(label)), std::move(release)),
        pipeline_(std::move(pipeline)),
        reducers_(reducers) {}

  Output run(PartitionId partition, TaskContext& task) const override {
    KeySet<Row> seen(task.memory());
    Gather gather{&seen};
    pipeline_.run(partition, task, gather);
    auto buckets = std::make_shared<Buckets<Row>>(reducers_, task.memory());
    for (auto& row : seen.keys()) {
      const auto bucket = partition_of_hash(key_hash(static_cast<const Row&>(row)), reducers_);
      (*buckets)[bucket].push(Row(std::move(row)));
    }
    return keep(partition, task, std::move(buckets));
  }
  static std::shared_ptr<const Node> decode(LineageReader& in) {
    const auto id = in.id;
    const auto maps = in.partitions;
    auto pipeline = P::decode(in);
    const auto reducers = in.value<std::uint32_t>();
    return std::make_shared<DistinctWriter>(id, maps, std::move(pipeline), reducers, in.label());
  }

 private:
  struct Gather {
    KeySet<Row>* seen;
    template <class X>
    bool operator()(X&& x) const {
      seen->insert(std::forward<X>(x));
      return true;
    }
  };
  const void* factory() const override { return node_factory<DistinctWriter>(); }
  void encode(LineageWriter& out) const override {
    pipeline_.encode(out);
    out.value(reducers_);
  }

  P pipeline_;
  std::uint32_t reducers_;
};

/// The reduce side: lets an element pass when it is first seen.
template <class Row>
class DistinctNode final : public RowsNode<Row> {
 public:
  DistinctNode(RddId id, std::uint32_t partitions, std::optional<Partitioning> partitioning,
               PlacedInput<Row> input, OpLabel label)
      : RowsNode<Row>(id, NodeKind::rdd, partitions, parents_of_inputs(input), {std::move(label)}),
        input_(std::move(input)) {
    this->set_partitioning(partitioning);
  }
  bool run(PartitionId partition, TaskContext& task, RowSink<Row>& sink) const override {
    KeySet<Row> seen(task.memory());
    Pack<Row> pack(sink);
    FirstSeen first{&seen, &pack};
    return input_.run(partition, task, first) && pack.flush();
  }
  static std::shared_ptr<const Node> decode(LineageReader& in) {
    const auto id = in.id;
    const auto partitions = in.partitions;
    const auto partitioning = in.partitioning;
    auto input = PlacedInput<Row>::decode(in);
    return std::make_shared<DistinctNode>(id, partitions, partitioning, std::move(input),
                                          in.label());
  }

 private:
  struct FirstSeen {
    KeySet<Row>* seen;
    Pack<Row>* pack;
    template <class X>
    bool operator()(X&& x) const {
      return !seen->insert(std::as_const(x)) || (*pack)(std::forward<X>(x));
    }
  };
  const void* factory() const override { return node_factory<DistinctNode>(); }
  void encode(LineageWriter& out) const override { input_.encode(out); }

  PlacedInput<Row> input_;
};

/// Whether equal elements of an Rdd are in one of `partitions` partitions already: pairs that are
/// partitioned by their key.
template <class T, class P>
bool equal_rows_meet(const Rdd<T, P>& rdd, std::uint32_t partitions) {
  if constexpr (is_pair<T>) {
    return rdd.partitioning() == hashed<typename T::first_type>(partitions);
  } else {
    return false;
  }
}

}  // namespace detail

/// The ops of this file as members of an Rdd.
template <class Self>
class DistinctOps;

template <class T, class P>
class DistinctOps<Rdd<T, P>> {
 public:
  /// Each element once, in each partition in the order in which they are first seen. Lazy; wide,
  /// unless the elements are pairs that are partitioned by their key already. Elements need a hash
  /// and an operator==, as keys do; all NaNs are one. The elements of a partition that differ must
  /// fit in memory.
  ///     visits.map([](const Visit& visit) { return visit.user; }).distinct().count()
  Rdd<T> distinct(PartitionCount partitions = {},
                  SourceLocation where = SourceLocation::current()) const {
    static_assert(hashable_key<T>,
                  "distinct: the element type has no hash: give it a kindred::hash<T> (or "
                  "std::hash<T>) and an operator==, or use group_by() with a key of the element");
    if constexpr (!hashable_key<T> || !detail::check_element<T>()) {
      return Rdd<T>(self());
    } else {
      const auto label = detail::make_label("distinct", where);
      const auto& session = self().session();
      const auto count = partitions.value_or(self().partitions(), "distinct");
      if (detail::equal_rows_meet(self(), count)) {
        return made(detail::PlacedInput<T>(detail::Erased<T>(detail::erase(self()))), count,
                    self().partitioning(), *label);
      }
      const auto id = session->next_id();
      return made(detail::PlacedInput<T>(std::make_shared<detail::DistinctWriter<P>>(
                      id, self().partitions(), self().pipeline(), count, *label,
                      ReleaseOnExit(session->releases(), ShuffleId{id.value}))),
                  count, std::nullopt, *label);
    }
  }

 private:
  const Rdd<T, P>& self() const { return static_cast<const Rdd<T, P>&>(*this); }

  Rdd<T> made(detail::PlacedInput<T> input, std::uint32_t partitions,
              std::optional<Partitioning> partitioning, const OpLabel& label) const {
    auto node = std::make_shared<detail::DistinctNode<T>>(self().session()->next_id(), partitions,
                                                          partitioning, std::move(input), label);
    return Rdd<T>(self().session(), detail::Erased<T>(std::move(node)), partitions, partitioning);
  }
};

}  // namespace kindred
