// The options of a Context.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "kindred/engine/storage_options.hpp"

namespace kindred {

/// What a Context can be told. from_environment() and from_args() start from the defaults; what
/// KINDRED_CONF says goes over them, and the flags of from_args() over both. A field that the
/// program sets after that stays as it is.
/// KINDRED_MASTER is short for kindred.master in KINDRED_CONF.
///     KINDRED_CONF="kindred.master=local[4] kindred.memory=2GiB" ./word_count
///     ./word_count --kindred.master='local[4]' book.txt
struct Config {
  /// Where tasks run: local[N] and local[*] (threads of this process), local-cluster[N,CORES,MIB]
  /// (processes), mini-cluster[N,CORES,MIB] (the same in this process, for a debugger).
  std::string master = "local[*]";
  /// The most memory for rows in one process, in bytes; none: no limit. Text form: 512MiB, 4GiB.
  std::optional<std::uint64_t> memory;
  /// How often one partition may fail before its job does; none: once in local mode, 4 times with
  /// executor processes.
  std::optional<std::uint32_t> max_task_failures;
  /// The most bytes that the results of one action may have together on their way from executor
  /// processes to the program; 0: no limit. In local mode they do not travel, and there is none.
  std::uint64_t max_result_size = std::uint64_t{1} << 30;
  /// The folder where executors keep blocks on disk; empty: $TMPDIR, or else /tmp, which may be in
  /// memory on some systems. The files have no names: nothing is left of them, whatever ends a
  /// process.
  std::string local_dir;
  /// Where map outputs are kept: "memory", but for those that come while more than half of the
  /// budget is in use, or "disk". Spark's are always on disk.
  ShuffleStorage shuffle_storage = ShuffleStorage::memory;
  /// Executor processes read blocks of a shuffle out of each other's memory. false: they send them
  /// over TCP, as they do where the system does not let them. (kindred.shuffle.shared_memory)
  bool shared_memory = true;
  /// No progress of running stages on the terminal (there is none where standard error is no
  /// terminal). Also the flag --quiet.
  bool quiet = false;
  /// Says on standard error, when the Context ends, what it ran, what was lost and what was
  /// computed again. Also the flag --summary.
  bool summary = false;

  /// The defaults, with KINDRED_CONF over them.
  static Config from_environment();
  /// The same, with kindred's own flags over it: they are taken out of argv, the program's own
  /// stay.
  static Config from_args(int& argc, char** argv);

  /// Puts what KINDRED_MASTER and KINDRED_CONF say over the fields.
  void apply_environment();
  /// Sets one option by its name, "kindred.master". Throws UsageError for an unknown name or a
  /// value that cannot be.
  void set(std::string_view name, std::string_view value);
};

}  // namespace kindred
