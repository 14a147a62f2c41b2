// The lineage: what a partition is, how it is computed, and from what.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kindred/engine/ids.hpp"

namespace kindred {

class Node;
class LineageWriter;
class TaskContext;

/// One op of a driver program as errors, progress and explain() show it.
struct OpLabel {
  std::string op;    ///< "map", "reduce_by_key"
  std::string name;  ///< what the user called it with named(), or empty
  std::string file;  ///< the call's source file, without its folder
  std::uint32_t line = 0;

  /// "map at pi.cpp:12", or "map 'distances' at pi.cpp:12".
  std::string text() const;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(op, name, file, line);
  }
};
using OpLabels = std::vector<OpLabel>;

/// Says how rows find their partition. Two RDDs that are partitioned alike join without a shuffle.
struct Partitioning {
  std::uint64_t rule = 0;  ///< which rule: hash of one key type, or one set of range bounds
  std::uint32_t partitions = 0;
  friend bool operator==(const Partitioning&, const Partitioning&) = default;
};

/// A shared reference to a node. The last one does not destroy a long chain of parents by
/// recursion: nodes are queued and destroyed one after the other.
class NodeRef {
 public:
  NodeRef() = default;
  explicit NodeRef(std::shared_ptr<const Node> node) : node_(std::move(node)) {}
  NodeRef(const NodeRef&) = default;
  NodeRef(NodeRef&&) noexcept = default;
  NodeRef& operator=(const NodeRef& other);
  NodeRef& operator=(NodeRef&& other) noexcept;
  ~NodeRef();

  const Node* get() const { return node_.get(); }
  const Node* operator->() const { return node_.get(); }
  const Node& operator*() const { return *node_; }
  const std::shared_ptr<const Node>& shared() const { return node_; }
  explicit operator bool() const { return node_ != nullptr; }
  friend bool operator==(const NodeRef&, const NodeRef&) = default;

 private:
  std::shared_ptr<const Node> node_;
};

/// A narrow parent partition that a partition is computed from.
struct NarrowParent {
  std::size_t parent = 0;  ///< index into Node::parents()
  PartitionId partition;
};

enum class NodeKind : std::uint8_t {
  rdd,             ///< computed from its parents whenever it is asked for
  persisted,       ///< kept in the block store of the executor that computed it
  shuffle_writer,  ///< ends a stage: writes a map output. Whoever has it as a parent depends on a
                   ///< shuffle
  result,          ///< ends the last stage: gives a value to the driver
};

/// A step of the lineage, with Spark's five properties: partitions, compute (in the typed
/// children), dependencies, an optional partitioner, preferred locations. Immutable, but for its
/// name, and shared between threads; knows neither threads nor sockets.
///
/// A parent of kind `shuffle_writer` is a shuffle dependency, any other parent a narrow one.
class Node {
 public:
  Node(RddId id, NodeKind kind, std::uint32_t partitions, std::vector<NodeRef> parents,
       OpLabels ops);
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;
  virtual ~Node();

  RddId id() const { return id_; }
  NodeKind kind() const { return kind_; }
  std::uint32_t partitions() const { return partitions_; }
  const std::vector<NodeRef>& parents() const { return parents_; }
  /// The ops that are fused into this node, in the order in which rows meet them.
  const OpLabels& ops() const { return ops_; }
  /// The same with what rename() said, for people.
  OpLabels labels() const;
  /// The last of labels() as text, or "" where there is none.
  std::string last_op() const;
  /// Names the node's last op, and so the shuffles that it reads. The one thing of a node that can
  /// change; a stage that was shipped keeps the name that it had. Safe from any thread.
  void rename(std::string name) const;
  const std::optional<Partitioning>& partitioning() const { return partitioning_; }
  /// The ops of the longest chain of narrow parents that ends here, this node's own included: what
  /// a task's stack has to hold.
  std::uint32_t depth() const { return depth_; }

  /// Nodes of kind shuffle_writer: the id under which their map outputs are known (their own id's
  /// number).
  ShuffleId shuffle() const { return ShuffleId{id_.value}; }

  /// The partitions of narrow parents that `partition` is computed from; by default the same index
  /// of each.
  virtual std::vector<NarrowParent> narrow_parents(PartitionId partition) const;
  /// Hosts or executors where `partition` is best computed; empty where it does not matter.
  virtual std::vector<std::string> preferred_locations(PartitionId partition) const;
  /// Nodes of kind persisted: on how many executors each partition is to be kept.
  virtual std::uint32_t copies() const { return 1; }

 protected:
  void set_partitioning(std::optional<Partitioning> partitioning) { partitioning_ = partitioning; }

 private:
  friend class LineageWriter;
  /// The function that makes this node again in another process; registered where the op is called.
  virtual const void* factory() const = 0;
  /// Writes what the constructor needs beside id, partitions, parents and ops.
  virtual void encode(LineageWriter& out) const = 0;

  RddId id_;
  NodeKind kind_;
  std::uint32_t partitions_;
  std::vector<NodeRef> parents_;
  OpLabels ops_;
  std::optional<Partitioning> partitioning_;
  std::uint32_t depth_ = 0;
  mutable std::atomic<std::shared_ptr<const std::string>> name_;
};

/// A node that ends a stage: the tasks of the stage are its partitions.
class StageEnd : public Node {
 public:
  using Node::Node;

  /// What one task gives back: a value for the driver (result), or the sizes of a map output's
  /// buckets.
  struct Output {
    std::shared_ptr<const void> value;
    std::vector<std::uint64_t> bucket_bytes;
  };
  /// Runs the task of `partition`. Throws detail::TaskFailure, detail::FetchFailure or what the
  /// user's function threw.
  virtual Output run(PartitionId partition, TaskContext& context) const = 0;

  /// A result's value as bytes, and back; not called for shuffle writers.
  virtual std::string encode_value(const void* value) const = 0;
  virtual std::shared_ptr<const void> decode_value(std::string_view bytes) const = 0;
  /// About how many bytes a result's value has in memory, with its heap.
  virtual std::uint64_t value_bytes(const void*) const { return 0; }
};

}  // namespace kindred
