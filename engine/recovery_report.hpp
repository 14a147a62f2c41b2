// What was lost while jobs ran, why, and what was computed again for it.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace kindred {

/// What Context::recovery_report() gives: all losses since the Context was made, in their order,
/// and what became of them. text() says it to people.
struct RecoveryReport {
  /// Partitions of one op: of a persisted Rdd, or the map outputs of a wide op.
  struct Part {
    std::string op;
    std::uint64_t cached = 0;
    std::uint64_t map_outputs = 0;
    std::uint64_t replicated = 0;  ///< cached partitions that another executor had too: not lost
  };
  struct Loss {
    std::uint64_t executor = 0;
    bool executor_gone = true;  ///< false: it is there, but map outputs could not be had from it
    std::string reason;
    std::uint64_t tasks = 0;  ///< that ran on it, and were run again
    std::vector<Part> parts;
  };

  std::vector<Loss> losses;
  /// What of that a task computed again, when it was needed next.
  std::vector<Part> computed_again;
  /// How long those tasks ran, all of them together.
  std::chrono::nanoseconds time{0};

  std::uint64_t executors_lost() const;
  std::uint64_t tasks_lost() const;
  std::uint64_t cached_lost() const;
  std::uint64_t map_outputs_lost() const;
  /// Cached partitions that were on lost executors and, as replicas, on others too.
  std::uint64_t cached_replicated() const;
  std::uint64_t cached_again() const;
  std::uint64_t map_outputs_again() const;

  /// A few lines, without a line end at the last; "nothing was lost" where that is so.
  std::string text() const;
};

}  // namespace kindred
