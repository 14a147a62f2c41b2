// The two sides of a combine by key as nodes of the lineage: in each map task, and after the
// shuffle.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include "kindred/rdd/combiner.hpp"
#include "kindred/rdd/shuffle.hpp"

namespace kindred::detail {

/// The map side: one row a key and map task, in the order that its table gives.
template <class P, class Combiner>
class CombineWriter final : public ShuffleWriter {
 public:
  using K = typename element_t<P>::first_type;
  using Row = std::pair<K, typename Combiner::Value>;

  CombineWriter(RddId id, std::uint32_t maps, P pipeline, Combiner combiner, std::uint32_t reducers,
                OpLabel label, ReleaseOnExit release = {})
      : ShuffleWriter(id, maps, parents_of(pipeline),
                      with_label(labels_of(pipeline), std::move(label)), std::move(release)),
        pipeline_(std::move(pipeline)),
        combiner_(std::move(combiner)),
        reducers_(reducers) {}

  Output run(PartitionId partition, TaskContext& task) const override {
    CombinerTable<K, Combiner> table(task.memory());
    CombineStep<K, Combiner> step{&table, &combiner_, &ops().back()};
    pipeline_.run(partition, task, step);
    table.finish(step);
    auto buckets = std::make_shared<Buckets<Row>>(reducers_, task.memory());
    table.for_each_rows([&](std::span<Row> rows) {
      for (auto& row : rows) {
        (*buckets)[partition_of_hash(key_hash(row.first), reducers_)].push(std::move(row));
      }
      return true;
    });
    return keep(partition, task, std::move(buckets));
  }
  static std::shared_ptr<const Node> decode(LineageReader& in) {
    const auto id = in.id;
    const auto maps = in.partitions;
    auto pipeline = P::decode(in);
    auto combiner = Combiner::decode(in);
    const auto reducers = in.value<std::uint32_t>();
    return std::make_shared<CombineWriter>(id, maps, std::move(pipeline), std::move(combiner),
                                           reducers, in.label());
  }

 private:
  const void* factory() const override { return node_factory<CombineWriter>(); }
  void encode(LineageWriter& out) const override {
    pipeline_.encode(out);
    combiner_.encode(out);
    out.value(reducers_);
  }

  P pipeline_;
  Combiner combiner_;
  std::uint32_t reducers_;
};

/// The reduce side; all of it where the rows are partitioned by their key already.
template <class K, class Combiner>
class MergeNode final : public RowsNode<std::pair<K, typename Combiner::Value>> {
 public:
  using In = std::pair<K, typename Combiner::In>;
  using Row = std::pair<K, typename Combiner::Value>;

  MergeNode(RddId id, std::uint32_t partitions, PlacedInput<In> input, Combiner combiner,
            OpLabel label)
      : RowsNode<Row>(id, NodeKind::rdd, partitions, parents_of_inputs(input), {std::move(label)}),
        input_(std::move(input)),
        combiner_(std::move(combiner)) {
    this->set_partitioning(hashed<K>(partitions));
  }
  bool run(PartitionId partition, TaskContext& task, RowSink<Row>& sink) const override {
    CombinerTable<K, Combiner> table(task.memory());
    CombineStep<K, Combiner> step{&table, &combiner_, &this->ops().back()};
    input_.run(partition, task, step);
    table.finish(step);
    return table.for_each_rows([&](std::span<Row> rows) { return sink.rows(rows); });
  }
  static std::shared_ptr<const Node> decode(LineageReader& in) {
    const auto id = in.id;
    const auto partitions = in.partitions;
    auto input = PlacedInput<In>::decode(in);
    auto combiner = Combiner::decode(in);
    return std::make_shared<MergeNode>(id, partitions, std::move(input), std::move(combiner),
                                       in.label());
  }

 private:
  const void* factory() const override { return node_factory<MergeNode>(); }
  void encode(LineageWriter& out) const override {
    input_.encode(out);
    combiner_.encode(out);
  }

  PlacedInput<In> input_;
  Combiner combiner_;
};

}  // namespace kindred::detail
