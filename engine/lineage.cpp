#include "kindred/engine/lineage.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <unordered_map>

namespace kindred {
namespace {

constexpr std::uint32_t kVersion = 1;

struct Order {
  std::vector<const Node*> nodes;  // parents before children
  std::unordered_map<const Node*, std::uint32_t> index;
};

// All nodes of the stage, parents first, by a walk with its own stack.
Order stage_nodes(const StageEnd& end) {
  Order order;
  std::vector<std::pair<const Node*, std::size_t>> walk{{&end, 0}};
  while (!walk.empty()) {
    auto& [node, next] = walk.back();
    if (next < node->parents().size()) {
      const auto* parent = node->parents()[next++].get();
      if (parent->kind() == NodeKind::shuffle_writer || order.index.contains(parent)) continue;
      walk.emplace_back(parent, 0);
      continue;
    }
    order.index.emplace(node, static_cast<std::uint32_t>(order.nodes.size()));
    order.nodes.push_back(node);
    walk.pop_back();
  }
  return order;
}

}  // namespace

void LineageWriter::node(const Node& node, std::span<const std::uint32_t> parents) {
  const auto entry = entry_id(node.factory());
  archive_(entry.module, entry.offset, node.id().value, node.partitions());
  archive_(node.partitioning().has_value());
  if (node.partitioning()) archive_(node.partitioning()->rule, node.partitioning()->partitions);
  archive_(static_cast<std::uint32_t>(parents.size()));
  for (const auto parent : parents) archive_(parent);
  const auto labels = node.labels();
  archive_(static_cast<std::uint32_t>(labels.size()));
  for (const auto& label : labels) value(label);
  const auto length_at = lineage_.bytes.size();
  archive_(std::uint64_t{0});
  node.encode(*this);
  const std::uint64_t length = lineage_.bytes.size() - length_at - sizeof(std::uint64_t);
  std::memcpy(lineage_.bytes.data() + length_at, &length, sizeof length);
}

void check_depth(const StageEnd& end) {
  if (end.depth() <= kMaxNarrowDepth) return;
  throw UsageError(fmt::format(
      "{}: the lineage is {} narrow ops deep, {} is the limit of one stage. Put an op between that "
      "starts a new stage "
      "(reduce_by_key, sort_by_key), or collect() the rows and parallelize() them again",
      end.ops().empty() ? "this job" : end.last_op(), end.depth(), kMaxNarrowDepth));
}

EncodedLineage encode_lineage(const StageEnd& end, bool same_process) {
  check_depth(end);
  const auto order = stage_nodes(end);
  EncodedLineage lineage;
  LineageWriter writer(lineage, same_process);
  writer.archive_(kVersion, same_process, static_cast<std::uint32_t>(order.nodes.size()));
  std::vector<std::uint32_t> parents;
  for (const auto* node : order.nodes) {
    parents.clear();
    for (const auto& parent : node->parents()) {
      if (parent->kind() != NodeKind::shuffle_writer)
        parents.push_back(order.index.at(parent.get()));
    }
    writer.node(*node, parents);
  }
  return lineage;
}

std::shared_ptr<const void> LineageReader::attachment() {
  if (next_attachment_ >= lineage_.attachments.size())
    throw DecodeError("lineage: an attachment is missing");
  return lineage_.attachments[next_attachment_++];
}

NodeRef LineageReader::parent() {
  if (next_parent_ >= parents_.size()) throw DecodeError("lineage: a parent is missing");
  return parents_[next_parent_++];
}

OpLabel LineageReader::label() {
  if (next_label_ >= labels_.size()) throw DecodeError("lineage: an op's label is missing");
  return labels_[next_label_++];
}

std::shared_ptr<const Node> LineageReader::node(const std::vector<NodeRef>& before) {
  EntryId entry;
  archive_(entry.module, entry.offset, id.value, partitions);
  bool partitioned = false;
  archive_(partitioned);
  partitioning.reset();
  if (partitioned) {
    Partitioning known;
    archive_(known.rule, known.partitions);
    partitioning = known;
  }
  parents_.clear();
  next_parent_ = 0;
  std::uint32_t count = 0;
  archive_(count);
  archive_.need(count * sizeof(std::uint32_t));
  for (std::uint32_t i = 0; i < count; ++i) {
    std::uint32_t index = 0;
    archive_(index);
    if (index >= before.size()) throw DecodeError("lineage: a parent comes after its child");
    parents_.push_back(before[index]);
  }
  labels_.clear();
  next_label_ = 0;
  archive_(count);
  archive_.need(count);
  for (std::uint32_t i = 0; i < count; ++i) labels_.push_back(value<OpLabel>());
  std::uint64_t length = 0;
  archive_(length);
  archive_.need(length);
  const auto left = archive_.left();
  const auto factory =
      reinterpret_cast<detail::NodeFactory>(const_cast<void*>(entry_address(entry)));
  auto made = factory(*this);
  if (left - archive_.left() != length)
    throw DecodeError("lineage: a node was read to another length than written");
  return made;
}

std::shared_ptr<const StageEnd> decode_lineage(const EncodedLineage& lineage) {
  LineageReader reader(lineage);
  std::uint32_t version = 0;
  std::uint32_t count = 0;
  reader.archive_(version);
  if (version != kVersion)
    throw DecodeError(fmt::format("lineage of version {}, expected {}", version, kVersion));
  reader.archive_(reader.same_process_, count);
  reader.archive_.need(count);
  if (count == 0) throw DecodeError("lineage: no node");
  std::vector<NodeRef> nodes;
  nodes.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) nodes.emplace_back(reader.node(nodes));
  reader.archive_.finish();
  auto end = std::dynamic_pointer_cast<const StageEnd>(nodes.back().shared());
  if (end == nullptr) throw DecodeError("lineage: the last node does not end a stage");
  return end;
}

}  // namespace kindred
