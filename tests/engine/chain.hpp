// Nodes of the tests' own: a number that grows along a chain, without rdd/.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "kindred/engine/lineage.hpp"
#include "kindred/engine/node.hpp"
#include "kindred/engine/task_context.hpp"

namespace kindred::test {

inline OpLabels op(const std::string& name) { return {OpLabel{name, "", "chain.cpp", 7}}; }

/// Adds `step` to the sum of its parents; without parents it is the partition's number.
class Step : public Node {
 public:
  static inline std::int64_t alive = 0;

  Step(RddId id, std::uint32_t partitions, std::vector<NodeRef> above, std::int64_t step,
       OpLabels labels)
      : Node(id, NodeKind::rdd, partitions, std::move(above), std::move(labels)), step_(step) {
    ++alive;
  }
  ~Step() override { --alive; }

  std::int64_t step() const { return step_; }
  void partition_by(Partitioning partitioning) { set_partitioning(partitioning); }

  static std::shared_ptr<const Node> decode(LineageReader& in) {
    const auto step = in.value<std::int64_t>();
    auto node = std::make_shared<Step>(in.id, in.partitions, in.parents(), step, in.labels());
    if (in.partitioning) node->partition_by(*in.partitioning);
    return node;
  }

 private:
  const void* factory() const override { return detail::node_factory<Step>(); }
  void encode(LineageWriter& out) const override { out.value(step_); }

  std::int64_t step_;
};

/// What a task of an End does, and what it is named.
using Body = std::int64_t (*)(PartitionId partition, TaskContext& task);

/// Ends a stage: runs `body` in each task and gives its number to the driver.
template <Body body>
class End : public StageEnd {
 public:
  End(RddId id, std::uint32_t partitions, std::vector<NodeRef> above, OpLabels labels = op("count"))
      : StageEnd(id, NodeKind::result, partitions, std::move(above), std::move(labels)) {}

  Output run(PartitionId partition, TaskContext& task) const override {
    return {std::make_shared<const std::int64_t>(body(partition, task)), {}};
  }
  std::string encode_value(const void* value) const override {
    return std::to_string(*static_cast<const std::int64_t*>(value));
  }
  std::shared_ptr<const void> decode_value(std::string_view bytes) const override {
    return std::make_shared<const std::int64_t>(std::stoll(std::string(bytes)));
  }
  static inline std::atomic<int> decoded = 0;
  static inline void (*while_decoding)() = nullptr;
  static std::shared_ptr<const Node> decode(LineageReader& in) {
    ++decoded;
    if (while_decoding != nullptr) while_decoding();
    return std::make_shared<End>(in.id, in.partitions, in.parents(), in.labels());
  }

 private:
  const void* factory() const override { return detail::node_factory<End>(); }
  void encode(LineageWriter&) const override {}
};

inline std::int64_t nothing(PartitionId, TaskContext&) { return 0; }
using Nothing = End<nothing>;

inline NodeRef step(std::uint64_t id, std::vector<NodeRef> above, std::int64_t by = 1) {
  return NodeRef(std::make_shared<Step>(RddId{id}, 3, std::move(above), by, op("map")));
}

/// `length` steps, the last one first.
inline NodeRef chain(std::uint64_t length) {
  auto node = step(0, {});
  for (std::uint64_t i = 1; i < length; ++i) {
    std::vector<NodeRef> above;
    above.push_back(std::move(node));
    node = step(i, std::move(above));
  }
  return node;
}

inline std::shared_ptr<const StageEnd> ended(std::vector<NodeRef> above) {
  return std::make_shared<Nothing>(RddId{99'999}, 3, std::move(above));
}

}  // namespace kindred::test
