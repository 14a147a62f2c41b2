#include "kindred/scheduler/lineage_walk.hpp"

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
using Places = std::unordered_set<Place, PlaceHash>;

}  // namespace

std::unordered_set<ShuffleId> needed_shuffles(const Node& end,
                                              std::span<const PartitionId> partitions,
                                              const CachedBlocks& blocks) {
  std::unordered_set<ShuffleId> needed;
  Places visited;
  std::vector<Place> open;
  for (const auto partition : partitions) open.push_back({&end, partition});
  while (!open.empty()) {
    const auto place = open.back();
    open.pop_back();
    const Node& node = *place.node;
    if (!visited.insert(place).second) continue;
    if (node.kind() == NodeKind::persisted && !blocks.locations(node.id(), place.partition).empty())
      continue;
    for (const auto& parent : node.parents()) {
      if (parent->kind() == NodeKind::shuffle_writer) needed.insert(parent->shuffle());
    }
    for (const auto& [parent, above] : node.narrow_parents(place.partition)) {
      open.push_back({node.parents()[parent].get(), above});
    }
  }
  return needed;
}

Locality locality(const Node& end, PartitionId partition, const CachedBlocks& blocks,
                  std::size_t& steps) {
  // A single chain meets no place twice: only once it has branched are places remembered.
  bool branched = false;
  Places visited;
  std::vector<Place> open{{&end, partition}};
  while (!open.empty() && steps > 0) {
    --steps;
    const auto place = open.back();
    open.pop_back();
    const Node& node = *place.node;
    if (branched && !visited.insert(place).second) continue;
    if (node.kind() == NodeKind::persisted) {
      const auto cached = blocks.locations(node.id(), place.partition);
      if (!cached.empty()) return {{cached.begin(), cached.end()}, {}};
    }
    if (auto hosts = node.preferred_locations(place.partition); !hosts.empty()) {
      return {{}, std::move(hosts)};
    }
    if (node.parents().empty()) continue;
    const auto above = node.narrow_parents(place.partition);
    branched |= above.size() > 1;
    for (auto next = above.rbegin(); next != above.rend(); ++next) {
      open.push_back({node.parents()[next->parent].get(), next->partition});
    }
  }
  return {};
}

}  // namespace kindred::scheduler
