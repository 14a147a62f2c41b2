// What a workload of the benchmark is, and how one is added: a file of its own with both sides and
//     const Registered w4{{.name = "W4", .title = "...", .target = 1.5, .engine = f, .hand = g}};
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

/// How large and on how many threads the two sides of a workload run.
struct Setup {
  std::uint64_t divisor = 1;  ///< 1 for the full sizes, 10 for --quick.
  int threads = 2;
  std::string files = {};  ///< The folder of large input files.

  std::uint64_t size(std::uint64_t full) const { return full / divisor; }
};

/// What one repetition came to. The caller takes the time unless the repetition did so itself.
struct Outcome {
  Outcome(std::uint64_t sum) : checksum(sum) {}
  Outcome(std::uint64_t sum, double taken) : checksum(sum), seconds(taken) {}

  std::uint64_t checksum;
  std::optional<double> seconds;
};

/// One side of a workload, set up in a process of its own, where it stays for all repetitions.
struct Side {
  std::function<Outcome()> run;
  /// The most bytes that the engine's memory manager had given out; empty for a hand-written side.
  std::function<std::uint64_t()> managed_peak = {};
};
using MakeSide = Side (*)(const Setup&);

/// Thrown by a MakeSide where the workload cannot run here; the text says why.
struct Skipped : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The same work done by the engine and by hand; both must come to the same checksum.
struct Workload {
  std::string_view name;
  std::string_view title;
  std::optional<double> target = {};          ///< At most this many times the hand-written time.
  std::optional<double> then_target = {};     ///< The same, once that is met.
  std::optional<double> target_seconds = {};  ///< At most this long.
  std::optional<double> memory_target = {};   ///< At most this many times its process's peak.
  MakeSide engine = nullptr;
  MakeSide hand = nullptr;  ///< None where only the engine's own time says something.
};

/// Adds a workload to those that the program knows.
struct Registered {
  explicit Registered(const Workload& workload);
};

/// All workloads, W3 before W10.
std::vector<Workload> all_workloads();

/// The workload of that name. Throws std::invalid_argument where there is none.
Workload workload_named(std::string_view name);

/// Those that the names mean: "W3" also stands for "W3-sum", "W3-sum/vectorised" and so on; no
/// name at all means all. Throws std::invalid_argument for a name that means nothing.
std::vector<Workload> select_workloads(const std::vector<std::string>& names);

}  // namespace bench
