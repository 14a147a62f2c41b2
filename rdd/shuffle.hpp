// Both ends of a shuffle: nodes that write map outputs, and what reads them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kindred/engine/check.hpp"
#include "kindred/engine/key.hpp"
#include "kindred/engine/log.hpp"
#include "kindred/engine/shuffle_rows.hpp"
#include "kindred/rdd/erase.hpp"
#include "kindred/rdd/op_label.hpp"
#include "kindred/rdd/pipeline.hpp"
#include "kindred/rdd/session.hpp"

namespace kindred::detail {

/// The id of the rule "by the hash of a K", for Partitioning: equal for equal key types.
template <class K>
constexpr std::uint64_t hash_rule() {
  std::uint64_t rule = 0xcbf29ce484222325;
  for (const char* at = __PRETTY_FUNCTION__; *at != '\0'; ++at) {
    rule = (rule ^ static_cast<unsigned char>(*at)) * 0x100000001b3;
  }
  return rule;
}

/// The base of the nodes that end a map stage.
class ShuffleWriter : public StageEnd {
 public:
  ShuffleWriter(RddId id, std::uint32_t partitions, std::vector<NodeRef> parents, OpLabels ops,
                ReleaseOnExit release)
      : StageEnd(id, NodeKind::shuffle_writer, partitions, std::move(parents), std::move(ops)),
        release_(std::move(release)) {}
  std::string encode_value(const void*) const final;
  std::shared_ptr<const void> decode_value(std::string_view) const final;

 protected:
  /// Puts the task's output where reducers find it, in memory or on disk.
  Output keep(PartitionId map, TaskContext& task, MapOutputRef output) const;

 private:
  ReleaseOnExit release_;
  mutable WarnOnce refused_;
};

/// Writes the rows of a pipeline, each into the bucket that the Rule chooses. A Rule has
///   chooser(map, reducers, op)     a function that gives the bucket of a row, for one map task
///   encode(writer), decode(reader)
template <class P, class Rule>
class ScatterWriter : public ShuffleWriter {
 public:
  using Row = element_t<P>;

  ScatterWriter(RddId id, std::uint32_t maps, P pipeline, Rule rule, std::uint32_t reducers,
                OpLabel label, ReleaseOnExit release = {})
      : ShuffleWriter(id, maps, parents_of(pipeline),
                      with_label(labels_of(pipeline), std::move(label)), std::move(release)),
        pipeline_(std::move(pipeline)),
        rule_(std::move(rule)),
        reducers_(reducers) {}

  Output run(PartitionId partition, TaskContext& task) const override {
    auto buckets = std::make_shared<Buckets<Row>>(reducers_, task.memory());
    Scatter scatter{buckets.get(), rule_.chooser(partition, reducers_, ops().back())};
    pipeline_.run(partition, task, scatter);
    return keep(partition, task, std::move(buckets));
  }
  static std::shared_ptr<const Node> decode(LineageReader& in) {
    const auto id = in.id;
    const auto maps = in.partitions;
    auto pipeline = P::decode(in);
    auto rule = Rule::decode(in);
    const auto reducers = in.value<std::uint32_t>();
    return std::make_shared<ScatterWriter>(id, maps, std::move(pipeline), std::move(rule), reducers,
                                           in.label());
  }

 protected:
  const P& pipeline() const { return pipeline_; }
  const Rule& rule() const { return rule_; }
  std::uint32_t reducers() const { return reducers_; }

 private:
  struct Scatter {
    Buckets<Row>* buckets;
    typename Rule::Choose choose;
    template <class X>
    bool operator()(X&& x) {
      const auto bucket = choose(std::as_const(x));
      (*buckets)[bucket].push(Row(own(std::forward<X>(x))));
      return true;
    }
  };
  const void* factory() const override { return node_factory<ScatterWriter>(); }
  void encode(LineageWriter& out) const override {
    pipeline_.encode(out);
    rule_.encode(out);
    out.value(reducers_);
  }

  P pipeline_;
  Rule rule_;
  std::uint32_t reducers_;
};

/// The keys of pairs: what they are partitioned, looked up and counted by.
struct ByKey {
  template <class X>
  static const auto& of(const X& x) {
    return x.first;
  }
};
/// The same for whole elements.
struct ByElement {
  template <class X>
  static const X& of(const X& x) {
    return x;
  }
};

/// Rows by the hash of what By says.
template <class By>
struct ByHash {
  struct Choose {
    std::uint32_t reducers;
    template <class X>
    std::uint32_t operator()(const X& x) const {
      return partition_of_hash(key_hash(By::of(x)), reducers);
    }
  };
  Choose chooser(PartitionId, std::uint32_t reducers, const OpLabel&) const { return {reducers}; }
  void encode(LineageWriter&) const {}
  static ByHash decode(LineageReader&) { return {}; }
};
template <class P>
using HashWriter = ScatterWriter<P, ByHash<ByKey>>;

/// Rows that are in the partition where an op needs them: read from a shuffle, or from a parent
/// that is partitioned so already (then no shuffle is needed).
template <class Row>
class PlacedInput {
 public:
  explicit PlacedInput(std::shared_ptr<const ShuffleWriter> writer)
      : writer_(writer), shuffle_(writer->shuffle()) {}
  explicit PlacedInput(Erased<Row> narrow) : narrow_(std::move(narrow)) {}

  /// Pushes the rows of a partition; those of a shuffle in map order.
  template <class Sink>
  bool run(PartitionId partition, TaskContext& task, Sink& sink) const {
    if (narrow_) return narrow_->run(partition, task, sink);
    return for_each_bucket<Row>(task, shuffle_, partition, [&](std::span<const Row> rows) {
      for (const auto& row : rows) {
        if (!sink(pass(row))) return false;
      }
      return true;
    });
  }
  /// The same for a sink that takes rows at rest.
  bool run_rows(PartitionId partition, TaskContext& task, RowSink<Row>& sink) const {
    if (narrow_) return narrow_->rows->run(partition, task, sink);
    return for_each_bucket<Row>(task, shuffle_, partition,
                                [&](std::span<const Row> rows) { return sink.rows(rows); });
  }
  void encode(LineageWriter& out) const {
    out.value(narrow_.has_value());
    out.value(shuffle_.value);
  }
  static PlacedInput decode(LineageReader& in) {
    const auto narrow = in.value<bool>();
    const ShuffleId shuffle{in.value<std::uint64_t>()};
    return narrow ? PlacedInput(Erased<Row>::decode(in)) : PlacedInput(shuffle);
  }
  /// The node that it depends on: the writer (a shuffle dependency) or the parent.
  NodeRef parent() const { return narrow_ ? narrow_->node : writer_; }

 private:
  explicit PlacedInput(ShuffleId shuffle) : shuffle_(shuffle) {}

  NodeRef writer_;  // null in a task: there the outputs are found by the shuffle's id
  ShuffleId shuffle_;
  std::optional<Erased<Row>> narrow_;
};

template <class... Input>
std::vector<NodeRef> parents_of_inputs(const Input&... input) {
  std::vector<NodeRef> parents;
  (
      [&] {
        if (auto parent = input.parent()) parents.push_back(std::move(parent));
      }(),
      ...);
  return parents;
}

/// The partitioning that a hash shuffle by a K into `partitions` gives.
template <class K>
Partitioning hashed(std::uint32_t partitions) {
  return {hash_rule<K>(), partitions};
}

/// The rows of a keyed Rdd where `target` says that they have to be: as they are, or through a
/// shuffle.
template <class Row, class P>
PlacedInput<Row> keyed_input(const Rdd<Row, P>& rdd, const Partitioning& target,
                             const OpLabel& label) {
  if (rdd.partitioning() == target) return PlacedInput<Row>(Erased<Row>(erase(rdd)));
  const auto& session = rdd.session();
  const auto id = session->next_id();
  return PlacedInput<Row>(std::make_shared<HashWriter<P>>(
      id, rdd.partitions(), rdd.pipeline(), ByHash<ByKey>{}, target.partitions, label,
      ReleaseOnExit(session->releases(), ShuffleId{id.value})));
}

/// The rules for keys of a hash shuffle.
template <class T>
constexpr bool check_hashable_pairs() {
  static_assert(is_pair<T>,
                "this op needs elements that are std::pair: map() to (key, value) before");
  if constexpr (is_pair<T>) {
    static_assert(
        hashable_key<typename T::first_type>,
        "the key type has no hash: give it a kindred::hash<Key> (or std::hash<Key>) and an "
        "operator== (a std::pair, tuple, optional, variant, array or vector of hashable parts "
        "needs neither)");
    return hashable_key<typename T::first_type> && check_element<T>();
  } else {
    return false;
  }
}

}  // namespace kindred::detail
