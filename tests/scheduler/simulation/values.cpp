#include "tests/scheduler/simulation/values.hpp"

#include "tests/scheduler/simulation/random.hpp"

namespace kindred::simulation {

// By recursion: simulated lineages are short.
Value Evaluation::evaluate(const Node& node, PartitionId partition) {
  const BlockId place{node.id(), partition};
  if (const auto found = known_.find(place); found != known_.end()) return found->second;
  if (node.kind() == NodeKind::persisted) {
    if (const auto block = cached(node, partition)) return known_[place] = *block;
  }
  compute(node, partition);
  Value value = mix(node.id().value, partition.value);
  for (const auto& [parent, above] : node.narrow_parents(partition)) {
    value = mix(value, evaluate(*node.parents()[parent], above));
  }
  for (const auto& parent : node.parents()) {
    if (parent->kind() != NodeKind::shuffle_writer) continue;
    for (std::uint32_t map = 0; map < parent->partitions(); ++map) {
      const Value bucket = mix(output(*parent, PartitionId{map}), partition.value);
      value = mix(value, bucket);
    }
  }
  computed(node, partition, value);
  return known_[place] = value;
}

}  // namespace kindred::simulation
