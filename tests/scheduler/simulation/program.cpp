#include "tests/scheduler/simulation/program.hpp"

#include <set>

namespace kindred::simulation {

Program::Program(Random& random, const Scale& scale) {
  add_rows(random, scale);
  if (scale.faults && random.chance(80)) add_dooms(random);
  const auto count = 1 + random.pick(scale.jobs);
  for (std::uint64_t id = 1; id <= count; ++id) add_job(random, scale, id);
}

NodeRef Program::write(const NodeRef& parent) {
  writers.push_back(lineage_.write(parent));
  return writers.back();
}

NodeRef Program::persist(Random& random, const NodeRef& parent) {
  const auto copies = random.chance(400) ? 2 + static_cast<std::uint32_t>(random.pick(2)) : 1;
  persisted.push_back(lineage_.persist(parent, copies));
  return persisted.back();
}

NodeRef Program::kept(Random& random, const NodeRef& of) {
  if (of->kind() == NodeKind::persisted || random.chance(300)) return of;
  rows.push_back(persist(random, of));
  return rows.back();
}

void Program::add_rows(Random& random, const Scale& scale) {
  const auto sources = [&] {
    return 1 + static_cast<std::uint32_t>(random.pick(scale.source_partitions));
  };
  // As by a default, so that there are rows that can be zipped.
  const auto usual = 1 + static_cast<std::uint32_t>(random.pick(scale.reduce_partitions));
  const auto reducers = [&] {
    if (random.chance(500)) return usual;
    return 1 + static_cast<std::uint32_t>(random.pick(scale.reduce_partitions));
  };
  rows.push_back(lineage_.source(sources()));
  const auto steps = 2 + random.pick(scale.steps);
  for (std::size_t i = 0; i < steps; ++i) {
    const auto parent = rows[random.pick(rows.size())];
    const auto other = rows[random.pick(rows.size())];
    switch (random.pick(9)) {
      case 0:
      case 1:
        rows.push_back(persist(random, parent));
        break;
      case 2:
        rows.push_back(lineage_.concat(parent, other));
        break;
      case 3:
        rows.push_back(lineage_.read({write(parent), write(other)}, reducers()));
        break;
      case 4:
        rows.push_back(lineage_.narrow_join(parent, write(other)));
        break;
      case 5:
        if (parent->partitions() == other->partitions() && parent != other) {
          rows.push_back(lineage_.zip(kept(random, parent), kept(random, other)));
        } else {
          rows.push_back(lineage_.prefer(sources(), {"1", "2", "host-0"}));
        }
        break;
      case 6:
        // Both read the same map outputs.
        rows.push_back(lineage_.read({write(parent)}, reducers()));
        rows.push_back(lineage_.read({writers.back()}, reducers()));
        break;
      default:
        rows.push_back(lineage_.read({write(parent)}, reducers()));
    }
  }
}

void Program::add_dooms(Random& random) {
  const auto& node = rows[random.pick(rows.size())];
  const PartitionId partition{static_cast<std::uint32_t>(random.pick(node->partitions()))};
  dooms[{node->id(), partition}] = static_cast<Doom>(random.pick(3));
}

void Program::add_job(Random& random, const Scale& scale, std::uint64_t id) {
  Job job;
  job.id = JobId{id};
  const auto& some_rows = !persisted.empty() && random.chance(400) ? persisted : rows;
  const auto& of = id == 1 ? rows.back() : some_rows[random.pick(some_rows.size())];
  job.result = lineage_.result(of);
  const bool some = random.chance(150);
  for (std::uint32_t p = 0; p < of->partitions(); ++p) {
    if (!some || p == 0 || random.chance(500)) job.partitions.push_back(PartitionId{p});
  }
  job.submitted = id == 1 && random.chance(500) ? 0 : random.pick(scale.span);
  if (scale.faults && random.chance(120)) job.cancelled = job.submitted + random.pick(scale.span);
  job.doomed = reaches_doom(job);
  jobs.push_back(std::move(job));
}

bool Program::reaches_doom(const Job& job) const {
  if (dooms.empty()) return false;
  std::set<std::pair<const Node*, PartitionId>> seen;
  std::vector<std::pair<const Node*, PartitionId>> open;
  for (const auto partition : job.partitions) open.emplace_back(job.result.get(), partition);
  while (!open.empty()) {
    const auto place = open.back();
    open.pop_back();
    if (!seen.insert(place).second) continue;
    const auto& [node, partition] = place;
    if (dooms.contains({node->id(), partition})) return true;
    for (const auto& [parent, above] : node->narrow_parents(partition)) {
      open.emplace_back(node->parents()[parent].get(), above);
    }
    for (const auto& parent : node->parents()) {
      if (parent->kind() != NodeKind::shuffle_writer) continue;
      for (std::uint32_t map = 0; map < parent->partitions(); ++map) {
        open.emplace_back(parent.get(), PartitionId{map});
      }
    }
  }
  return false;
}

}  // namespace kindred::simulation
