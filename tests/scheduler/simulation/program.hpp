// A random driver program: lineages that share parts, the jobs on them, and partitions that can
// never be computed.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "tests/scheduler/fake_lineage.hpp"
#include "tests/scheduler/simulation/random.hpp"

namespace kindred::simulation {

/// Virtual microseconds since the start.
using Time = std::uint64_t;
inline constexpr Time kMillisecond = 1'000;
inline constexpr Time kSecond = 1'000'000;

/// What computing a partition does, each time.
enum class Doom : std::uint8_t { throws, refuses, crashes };

struct Job {
  JobId id;
  std::shared_ptr<const StageEnd> result;
  std::vector<PartitionId> partitions;
  Time submitted = 0;
  std::optional<Time> cancelled;
  bool doomed = false;  ///< needs a partition that can never be computed
};

/// The size of a program, from its seed.
struct Scale {
  std::uint32_t executors = 3;
  std::uint32_t source_partitions = 5;  ///< at most
  std::uint32_t reduce_partitions = 5;  ///< at most
  std::uint32_t steps = 10;             ///< at most, of the lineage
  std::uint32_t jobs = 6;               ///< at most
  bool faults = true;
  Time span = 10 * kSecond;  ///< jobs are submitted and faults happen within
};

struct Program {
  Program(Random& random, const Scale& scale);

  std::vector<NodeRef> rows;
  std::vector<NodeRef> writers;
  std::vector<NodeRef> persisted;
  std::map<BlockId, Doom> dooms;
  std::vector<Job> jobs;

 private:
  NodeRef write(const NodeRef& parent);
  NodeRef persist(Random& random, const NodeRef& parent);
  /// Mostly persisted.
  NodeRef kept(Random& random, const NodeRef& of);
  void add_rows(Random& random, const Scale& scale);
  void add_dooms(Random& random);
  void add_job(Random& random, const Scale& scale, std::uint64_t id);
  bool reaches_doom(const Job& job) const;

  test::Lineage lineage_;
};

}  // namespace kindred::simulation
