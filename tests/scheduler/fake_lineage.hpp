// Lineages that compute nothing, for tests of what is scheduled.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "kindred/engine/node.hpp"

namespace kindred::test {

/// A step that may override which parent partitions it reads and where it is best run.
class FakeNode final : public Node {
 public:
  using Node::Node;

  std::function<std::vector<NarrowParent>(PartitionId)> reads;
  std::function<std::vector<std::string>(PartitionId)> prefers;
  std::uint32_t wanted_copies = 1;

  std::vector<NarrowParent> narrow_parents(PartitionId partition) const override {
    return reads ? reads(partition) : Node::narrow_parents(partition);
  }
  std::vector<std::string> preferred_locations(PartitionId partition) const override {
    return prefers ? prefers(partition) : Node::preferred_locations(partition);
  }
  std::uint32_t copies() const override { return wanted_copies; }

 private:
  const void* factory() const override { return nullptr; }
  void encode(LineageWriter&) const override {}
};

class FakeEnd final : public StageEnd {
 public:
  using StageEnd::StageEnd;

  std::function<void()> on_destroyed;
  ~FakeEnd() override {
    if (on_destroyed) on_destroyed();
  }

  Output run(PartitionId, TaskContext&) const override { return {}; }
  std::string encode_value(const void*) const override { return {}; }
  std::shared_ptr<const void> decode_value(std::string_view) const override { return nullptr; }

 private:
  const void* factory() const override { return nullptr; }
  void encode(LineageWriter&) const override {}
};

/// Makes nodes with ids of their own, labelled as an op would label them.
class Lineage {
 public:
  NodeRef source(std::uint32_t partitions) { return node(NodeKind::rdd, partitions, {}); }
  NodeRef map(const NodeRef& parent) { return node(NodeKind::rdd, parent->partitions(), {parent}); }
  NodeRef persist(const NodeRef& parent, std::uint32_t copies = 1) {
    auto made = make(NodeKind::persisted, parent->partitions(), {parent});
    made->wanted_copies = copies;
    return NodeRef(std::move(made));
  }
  NodeRef zip(const NodeRef& a, const NodeRef& b) {
    return node(NodeKind::rdd, a->partitions(), {a, b});
  }
  /// The partitions of `a`, then those of `b`.
  NodeRef concat(const NodeRef& a, const NodeRef& b) {
    auto made = make(NodeKind::rdd, a->partitions() + b->partitions(), {a, b});
    made->reads = [first = a->partitions()](PartitionId p) -> std::vector<NarrowParent> {
      if (p.value < first) return {{0, p}};
      return {{1, PartitionId{p.value - first}}};
    };
    return NodeRef(std::move(made));
  }
  NodeRef prefer(std::uint32_t partitions, std::vector<std::string> hosts) {
    auto made = make(NodeKind::rdd, partitions, {});
    made->prefers = [hosts = std::move(hosts)](PartitionId p) {
      return std::vector{hosts[p.value % hosts.size()]};
    };
    return NodeRef(std::move(made));
  }
  NodeRef write(const NodeRef& parent) { return NodeRef(end(NodeKind::shuffle_writer, parent)); }
  NodeRef read(std::vector<NodeRef> writers, std::uint32_t partitions) {
    return node(NodeKind::rdd, partitions, std::move(writers));
  }
  /// As a join where one side is partitioned as wanted already.
  NodeRef narrow_join(const NodeRef& narrow, const NodeRef& writer) {
    return node(NodeKind::rdd, narrow->partitions(), {narrow, writer});
  }
  /// write() and read() in one, as reduce_by_key does.
  NodeRef shuffle(const NodeRef& parent, std::uint32_t partitions) {
    return read({write(parent)}, partitions);
  }
  std::shared_ptr<FakeEnd> result(const NodeRef& parent) { return end(NodeKind::result, parent); }
  std::shared_ptr<FakeEnd> end(NodeKind kind, const NodeRef& parent) {
    return std::make_shared<FakeEnd>(RddId{next_++}, kind, parent->partitions(),
                                     std::vector{parent}, label("end"));
  }

 private:
  OpLabels label(std::string op) const { return {{std::move(op), "", "fake.cpp", 7}}; }
  std::shared_ptr<FakeNode> make(NodeKind kind, std::uint32_t partitions,
                                 std::vector<NodeRef> parents) {
    return std::make_shared<FakeNode>(RddId{next_++}, kind, partitions, std::move(parents),
                                      label("step"));
  }
  NodeRef node(NodeKind kind, std::uint32_t partitions, std::vector<NodeRef> parents) {
    return NodeRef(make(kind, partitions, std::move(parents)));
  }

  std::uint64_t next_ = 1;
};

}  // namespace kindred::test
