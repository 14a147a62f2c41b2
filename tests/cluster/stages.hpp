// Stages of the tests' own, so that a backend can be tested without rdd/.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "kindred/engine/lineage.hpp"
#include "kindred/engine/node.hpp"
#include "kindred/engine/task_context.hpp"

namespace kindred::test {

/// What a task of a test does: its text is the task's value, or what a map task writes for each
/// reducer. `reads` is the shuffle of the stage's first parent, if it has one.
using TaskBody = std::string (*)(PartitionId partition, TaskContext& task, ShuffleId reads);

inline OpLabels test_op() { return {OpLabel{"test_op", "", "stages.hpp", 1}}; }

inline ShuffleId read_shuffle(const std::vector<NodeRef>& parents) {
  return parents.empty() ? ShuffleId{} : ShuffleId{parents.front()->id().value};
}

/// Buckets of a map task: the same text for each reducer, with the reducer's number behind it.
class TextOutput : public MapOutput {
 public:
  TextOutput(std::string text, std::uint32_t reducers)
      : text_(std::move(text)), reducers_(reducers) {}
  std::vector<std::uint64_t> bucket_bytes() const override {
    return std::vector<std::uint64_t>(reducers_, text_.size());
  }
  std::string encode(PartitionId reduce) const override {
    return text_ + "->" + std::to_string(reduce.value);
  }

 private:
  std::string text_;
  std::uint32_t reducers_;
};

/// A stage whose tasks run `body`.
template <TaskBody body, NodeKind node_kind = NodeKind::result>
class TextStage : public StageEnd {
 public:
  TextStage(RddId id, std::uint32_t partitions, std::vector<NodeRef> parents = {})
      : StageEnd(id, node_kind, partitions, parents, test_op()), reads_(read_shuffle(parents)) {}
  TextStage(RddId id, std::uint32_t partitions, ShuffleId reads)
      : StageEnd(id, node_kind, partitions, {}, test_op()), reads_(reads) {}

  Output run(PartitionId partition, TaskContext& task) const override {
    auto text = body(partition, task, reads_);
    if constexpr (node_kind == NodeKind::shuffle_writer) {
      auto output = std::make_shared<TextOutput>(std::move(text), partitions());
      auto bytes = output->bucket_bytes();
      task.stores().shuffles.put(shuffle(), partition, std::move(output));
      return {nullptr, std::move(bytes)};
    } else {
      return {std::make_shared<const std::string>(std::move(text)), {}};
    }
  }
  std::string encode_value(const void* value) const override {
    return *static_cast<const std::string*>(value);
  }
  std::shared_ptr<const void> decode_value(std::string_view bytes) const override {
    return std::make_shared<const std::string>(bytes);
  }
  static std::shared_ptr<const Node> decode(LineageReader& in) {
    const auto id = in.id;
    const auto partitions = in.partitions;
    return std::make_shared<TextStage>(id, partitions, ShuffleId{in.value<std::uint64_t>()});
  }

 private:
  const void* factory() const override { return detail::node_factory<TextStage>(); }
  void encode(LineageWriter& out) const override { out.value(reads_.value); }

  ShuffleId reads_;
};

template <TaskBody body>
using TextWriter = TextStage<body, NodeKind::shuffle_writer>;

/// All buckets of one reducer, from this executor or others, in map order, with a space behind
/// each.
inline std::string read_all(PartitionId partition, TaskContext& task, ShuffleId shuffle) {
  std::string text;
  task.for_each_output(shuffle, [&](PartitionId map, const MapOutputRef& here) {
    if (here != nullptr) {
      text += here->encode(partition);
    } else {
      const auto block = task.fetch(shuffle, map, partition);
      const auto bytes = block->next(block->left());
      text.append(bytes.begin(), bytes.end());
    }
    text += ' ';
    return true;
  });
  return text;
}

inline std::vector<PartitionId> all_partitions(std::uint32_t count) {
  std::vector<PartitionId> partitions;
  for (std::uint32_t i = 0; i < count; ++i) partitions.push_back(PartitionId{i});
  return partitions;
}

inline std::vector<std::string> texts(const std::vector<std::shared_ptr<const void>>& values) {
  std::vector<std::string> result;
  for (const auto& value : values) result.push_back(*static_cast<const std::string*>(value.get()));
  return result;
}

}  // namespace kindred::test
