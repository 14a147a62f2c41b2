#include "kindred/engine/node.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace kindred {
namespace {

// Takes over a reference that may be the last one to a node. The outermost call on a thread drains
// the queue, so that destroying a chain of any length needs constant stack.
void release(std::shared_ptr<const Node> node) {
  thread_local std::vector<std::shared_ptr<const Node>>* draining = nullptr;
  if (draining != nullptr) {
    draining->push_back(std::move(node));
    return;
  }
  std::vector<std::shared_ptr<const Node>> queue;
  queue.push_back(std::move(node));
  draining = &queue;
  while (!queue.empty()) {
    auto next = std::move(queue.back());
    queue.pop_back();
    next.reset();
  }
  draining = nullptr;
}

}  // namespace

std::string OpLabel::text() const {
  std::string text = name.empty() ? op : fmt::format("{} '{}'", op, name);
  if (!file.empty()) text += fmt::format(" at {}:{}", file, line);
  return text;
}

NodeRef& NodeRef::operator=(const NodeRef& other) {
  if (node_ != other.node_) {
    auto old = std::exchange(node_, other.node_);
    if (old != nullptr) release(std::move(old));
  }
  return *this;
}

NodeRef& NodeRef::operator=(NodeRef&& other) noexcept {
  if (this != &other) {
    auto old = std::exchange(node_, std::exchange(other.node_, nullptr));
    if (old != nullptr) release(std::move(old));
  }
  return *this;
}

NodeRef::~NodeRef() {
  // Only the last reference can start a chain of destructions; the others are dropped as usual.
  if (node_ != nullptr && node_.use_count() == 1) release(std::move(node_));
}

Node::Node(RddId id, NodeKind kind, std::uint32_t partitions, std::vector<NodeRef> parents,
           OpLabels ops)
    : id_(id),
      kind_(kind),
      partitions_(partitions),
      parents_(std::move(parents)),
      ops_(std::move(ops)) {
  for (const auto& parent : parents_) {
    if (parent->kind() != NodeKind::shuffle_writer) depth_ = std::max(depth_, parent->depth());
  }
  depth_ += std::max<std::uint32_t>(1, static_cast<std::uint32_t>(ops_.size()));
}

Node::~Node() = default;

OpLabels Node::labels() const {
  auto labels = ops_;
  if (const auto name = name_.load(); name != nullptr && !labels.empty()) {
    labels.back().name = *name;
  }
  return labels;
}

std::string Node::last_op() const {
  const auto named = labels();
  return named.empty() ? std::string() : named.back().text();
}

void Node::rename(std::string name) const {
  const auto shared = std::make_shared<const std::string>(std::move(name));
  name_.store(shared);
  for (const auto& parent : parents_) {
    if (parent->kind() == NodeKind::shuffle_writer) parent->name_.store(shared);
  }
}

std::vector<NarrowParent> Node::narrow_parents(PartitionId partition) const {
  std::vector<NarrowParent> result;
  for (std::size_t i = 0; i < parents_.size(); ++i) {
    if (parents_[i]->kind() != NodeKind::shuffle_writer) result.push_back({i, partition});
  }
  return result;
}

std::vector<std::string> Node::preferred_locations(PartitionId) const { return {}; }

}  // namespace kindred
