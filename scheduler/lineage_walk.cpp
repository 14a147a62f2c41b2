#include "kindred/scheduler/lineage_walk.hpp"

#include <algorithm>
#include <utility>

namespace kindred::scheduler {
namespace {

struct Place {
  const Node* node;
  PartitionId partition;
  friend bool operator==(const Place&, const Place&) = default;
};
struct PlaceHash {
  std::size_t operator()(const Place& place) const noexcept {
    return std::hash<const Node*>{}(place.node) * 1'000'003 + place.partition.value;
  }
};

enum class Next : std::uint8_t {
  parents,  // look at what the partition is computed from
  others,   // look no further in this direction
  stop,
};

// What a node of a user throws here, its task meets again, and can say so. The scheduler goes on.
template <class Call>
auto or_none(Call call) -> decltype(call()) {
  try {
    return call();
  } catch (...) {
    return {};
  }
}

// Visits a partition of `end` and all that it is computed from without a shuffle, the first parents
// first; `visit` says how to go on.
template <class Visit>
void walk(const Node& end, PartitionId partition, std::size_t& steps, Visit visit) {
  // A single chain meets no place twice: only once it has branched are places remembered.
  bool branched = false;
  std::unordered_set<Place, PlaceHash> visited;
  std::vector<Place> open{{&end, partition}};
  while (!open.empty() && steps > 0) {
    --steps;
    const auto place = open.back();
    open.pop_back();
    const Node& node = *place.node;
    if (branched && !visited.insert(place).second) continue;
    const Next next_step = visit(node, place.partition);
    if (next_step == Next::stop) return;
    if (next_step == Next::others || node.parents().empty()) continue;
    const auto above = or_none([&] { return node.narrow_parents(place.partition); });
    branched |= above.size() > 1;
    for (auto next = above.rbegin(); next != above.rend(); ++next) {
      open.push_back({node.parents()[next->parent].get(), next->partition});
    }
  }
}

// Narrows `executors` to those that have the block too; false where none of them has.
bool narrow_to(std::vector<ExecutorId>& executors, std::span<const ExecutorId> holders) {
  if (holders.empty()) return false;
  if (executors.empty()) {
    executors.assign(holders.begin(), holders.end());
    return true;
  }
  std::vector<ExecutorId> both;
  for (const auto executor : executors) {
    if (std::find(holders.begin(), holders.end(), executor) != holders.end()) {
      both.push_back(executor);
    }
  }
  if (both.empty()) return false;
  executors = std::move(both);
  return true;
}

}  // namespace

TaskStart task_start(const Node& end, PartitionId partition, const CachedBlocks& blocks,
                     bool persisted, std::size_t& steps) {
  TaskStart start;
  walk(end, partition, steps, [&](const Node& node, PartitionId place) {
    if (node.kind() == NodeKind::persisted &&
        narrow_to(start.cached, blocks.locations(node.id(), place))) {
      return Next::others;
    }
    if (start.hosts.empty()) {
      start.hosts = or_none([&] { return node.preferred_locations(place); });
    }
    return start.hosts.empty() || persisted ? Next::parents : Next::stop;
  });
  if (!start.cached.empty()) start.hosts.clear();
  return start;
}

std::unordered_set<ShuffleId> needed_shuffles(const Node& end,
                                              std::span<const PartitionId> partitions,
                                              const CachedBlocks& blocks) {
  std::unordered_set<ShuffleId> needed;
  for (const auto partition : partitions) {
    std::vector<ExecutorId> executors;
    std::size_t unlimited = ~std::size_t{0};
    walk(end, partition, unlimited, [&](const Node& node, PartitionId place) {
      if (node.kind() == NodeKind::persisted &&
          narrow_to(executors, blocks.locations(node.id(), place))) {
        return Next::others;
      }
      for (const auto& parent : node.parents()) {
        if (parent->kind() == NodeKind::shuffle_writer) needed.insert(parent->shuffle());
      }
      return Next::parents;
    });
  }
  return needed;
}

std::vector<BlockId> blocks_on(ExecutorId executor, const Node& end, PartitionId partition,
                               const CachedBlocks& blocks) {
  std::vector<BlockId> found;
  std::size_t unlimited = ~std::size_t{0};
  walk(end, partition, unlimited, [&](const Node& node, PartitionId place) {
    if (node.kind() != NodeKind::persisted) return Next::parents;
    const auto holders = blocks.locations(node.id(), place);
    if (std::find(holders.begin(), holders.end(), executor) != holders.end()) {
      found.push_back({node.id(), place});
    }
    return Next::parents;
  });
  return found;
}

const Node* persisted_node(RddId rdd, const Node& end, PartitionId partition) {
  const Node* found = nullptr;
  std::size_t unlimited = ~std::size_t{0};
  walk(end, partition, unlimited, [&](const Node& node, PartitionId) {
    if (node.kind() != NodeKind::persisted || node.id() != rdd) return Next::parents;
    found = &node;
    return Next::stop;
  });
  return found;
}

std::string op_of(const Node& persisted) {
  // persist() says nothing of what is kept: what it was called on does.
  const auto labels = persisted.labels();
  const bool unnamed = labels.size() > 1 && labels.back().name.empty();
  return unnamed ? labels[labels.size() - 2].text() : persisted.last_op();
}

}  // namespace kindred::scheduler
