// The lineage of a stage as it travels: a flat array of nodes with the indices of their parents, so
// that a chain of any length is written, read and destroyed by loops.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kindred/engine/archive.hpp"
#include "kindred/engine/entry.hpp"
#include "kindred/engine/node.hpp"
#include "kindred/engine/portable_function.hpp"

namespace kindred {

/// A stage's lineage in its wire form. `attachments` are objects that need not be copied, because
/// the stage stays in this process (the rows given to parallelize()); empty where it goes to
/// another one.
struct EncodedLineage {
  std::string bytes;
  std::vector<std::shared_ptr<const void>> attachments;
};

/// The longest chain of narrow ops that one stage may have; a longer one would not fit a task's
/// stack.
inline constexpr std::uint32_t kMaxNarrowDepth = 12'000;

/// Throws UsageError, naming the op, for a stage whose chain is deeper than kMaxNarrowDepth.
void check_depth(const StageEnd& end);

/// Writes `end` and all that it is computed from, up to the shuffles that it reads. Throws as
/// check_depth() does.
EncodedLineage encode_lineage(const StageEnd& end, bool same_process);
/// Makes the nodes again. Throws DecodeError for bytes that do not decode or name no entry of this
/// program.
std::shared_ptr<const StageEnd> decode_lineage(const EncodedLineage& lineage);

/// What a node's encode() writes to.
class LineageWriter {
 public:
  LineageWriter(EncodedLineage& out, bool same_process)
      : lineage_(out), archive_(out.bytes), same_process_(same_process) {}

  template <class T>
  void value(const T& x) {
    write_value(archive_, x);
  }
  template <class F>
  void function(const F& f) {
    detail::write_function(archive_, f);
  }
  /// True where attach() may be used instead of writing the object.
  bool same_process() const { return same_process_; }
  void attach(std::shared_ptr<const void> object) {
    lineage_.attachments.push_back(std::move(object));
  }

 private:
  friend EncodedLineage encode_lineage(const StageEnd& end, bool same_process);
  void node(const Node& node, std::span<const std::uint32_t> parents);

  EncodedLineage& lineage_;
  OutputArchive archive_;
  bool same_process_;
};

/// What a node's factory reads from: its common parts, then what its encode() wrote, in that order.
class LineageReader {
 public:
  RddId id;
  std::uint32_t partitions = 0;
  std::optional<Partitioning> partitioning;

  template <class T>
  T value() {
    T x{};
    read_value(archive_, x);
    return x;
  }
  template <class F>
  F function() {
    return detail::read_function<F>(archive_);
  }
  bool same_process() const { return same_process_; }
  std::shared_ptr<const void> attachment();
  /// The node's next narrow parent, in the order in which Node::parents() has them.
  NodeRef parent();
  /// The label of the node's next op, in the order in which Node::ops() has them.
  OpLabel label();

  /// All labels, for a node that keeps them as one list.
  const OpLabels& labels() const { return labels_; }
  const std::vector<NodeRef>& parents() const { return parents_; }

 private:
  friend std::shared_ptr<const StageEnd> decode_lineage(const EncodedLineage& lineage);
  explicit LineageReader(const EncodedLineage& lineage)
      : lineage_(lineage), archive_(lineage.bytes) {}
  std::shared_ptr<const Node> node(const std::vector<NodeRef>& before);

  const EncodedLineage& lineage_;
  InputArchive archive_;
  bool same_process_ = false;
  std::size_t next_attachment_ = 0;
  std::vector<NodeRef> parents_;
  std::size_t next_parent_ = 0;
  OpLabels labels_;
  std::size_t next_label_ = 0;
};

namespace detail {

using NodeFactory = std::shared_ptr<const Node> (*)(LineageReader&);

/// The one factory entry of a node type; `NodeType::decode(LineageReader&)` makes the node.
template <class NodeType>
std::shared_ptr<const Node> make_node(LineageReader& in) {
  return NodeType::decode(in);
}

/// Registers the factory before main and returns its address; called from NodeType::factory().
template <class NodeType>
const void* node_factory() {
  constexpr NodeFactory factory = &make_node<NodeType>;
  (void)RegisteredEntry<factory>::done;
  return reinterpret_cast<const void*>(factory);
}

}  // namespace detail
}  // namespace kindred
