// One side of a workload in a process of its own, which runs one repetition whenever it is told to.
#pragma once

#include <array>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include "process.hpp"
#include "workload.hpp"

namespace bench {

/// What a side's process says after its set-up and after each repetition. Both ends are the same
/// program, so it travels as it is.
struct Report {
  enum class State : std::uint8_t { kReady, kRan, kSkipped, kFailed };

  State state = State::kReady;
  std::array<char, 500> text{};  ///< Why it skipped or failed.
  double seconds = 0;
  std::uint64_t checksum = 0;
  std::uint64_t resident_peak = 0;  ///< Bytes, of the whole process so far.
  std::uint64_t managed_peak = 0;   ///< Bytes, by the engine's memory manager.
};

/// The arguments of this program that make it one side of a workload.
struct SideArguments {
  std::string side;  ///< engine or hand
  std::string workload;
  int turns = -1;  ///< The descriptor that orders come from; -1 to run without them.
  int runs = 1;    ///< Without orders: so many repetitions, printed.
};

/// Runs one side until nobody gives orders any more. Returns the process's exit status.
int serve_side(const SideArguments& arguments, const Setup& setup);

/// The other end: a side that runs when told to, and is set up between its repetitions.
class SideProcess {
 public:
  /// Starts the process; throws Skipped, or std::runtime_error with what happened there.
  SideProcess(std::string_view side, const Workload& workload, const Setup& setup);
  SideProcess(const SideProcess&) = delete;
  ~SideProcess() { orders_.close(); }  // the process ends, and is waited for

  /// Runs one repetition and returns after it.
  Report run();

 private:
  Report receive();

  std::string name_;
  Descriptor orders_;
  Process process_;
};

}  // namespace bench
