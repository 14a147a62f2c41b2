// Context: where a driver program begins.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kindred/rdd/accumulator.hpp"
#include "kindred/rdd/broadcast.hpp"
#include "kindred/rdd/config.hpp"
#include "kindred/rdd/csv_source.hpp"
#include "kindred/rdd/live_states.hpp"
#include "kindred/rdd/memory_sources.hpp"
#include "kindred/rdd/partition_count.hpp"
#include "kindred/rdd/rdd.hpp"
#include "kindred/rdd/session.hpp"
#include "kindred/rdd/text_source.hpp"

namespace kindred {

/// The path of a CSV file, and where the program names it: a pack of columns leaves no place for a
/// default argument after it.
struct CsvPath {
  template <class Text>
  requires(std::is_convertible_v<const Text&, std::string>)
      CsvPath(const Text& text,  // NOLINT: csv_file("people.csv", ...) reads best
              SourceLocation location = SourceLocation::current())
      : path(text), where(location) {}

  std::string path;
  SourceLocation where;
};

/// Starts the executors and makes the first Rdds. May be used by several threads at once: their
/// jobs share the executors. The executors end when the Context and all Rdds made from it are gone.
class Context {
 public:
  /// `master` says where tasks run: local[N], local[*], local-cluster[N,CORES,MIB]; KINDRED_CONF in
  /// the environment goes over it. Throws UsageError for an unknown one.
  ///     kindred::Context context("local[2]");
  explicit Context(std::string_view master);
  explicit Context(const Config& config = Config::from_environment());
  /// With a memory manager of the caller's own, for tests and for programs that have a budget
  /// already.
  Context(const Config& config, const MemoryRef& memory);

  /// The numbers from begin to end, without end, in order. Lazy. `partitions`: about 8 million
  /// numbers each if left out.
  ///     context.range(0, 1'000'000).sum()
  auto range(std::int64_t begin, std::int64_t end, PartitionCount partitions = {},
             SourceLocation where = SourceLocation::current()) const {
    const auto size =
        end > begin ? static_cast<std::uint64_t>(end) - static_cast<std::uint64_t>(begin) : 0;
    const auto count = partitions.value_or(detail::default_partitions(size, size / 2), "range");
    detail::Range source{begin, std::max(begin, end), count, detail::make_label("range", where)};
    return Rdd<std::int64_t, detail::Range>(session_, std::move(source), count);
  }

  /// The numbers from 0 to end, without end. Lazy.
  ///     context.range(100).sum()
  auto range(std::int64_t end, SourceLocation where = SourceLocation::current()) const {
    return range(0, end, {}, where);
  }

  /// The numbers begin, begin + step, begin + 2 * step and so on, before end; a negative step
  /// counts down. Unlike Spark's, a third argument alone is the number of partitions: with a step
  /// that number is always given, or {} to have it chosen. Lazy. Throws UsageError for a step of 0.
  ///     context.range(10, 0, -2, {}).collect()  // 10, 8, 6, 4, 2
  auto range(std::int64_t begin, std::int64_t end, std::int64_t step, PartitionCount partitions,
             SourceLocation where = SourceLocation::current()) const {
    auto source =
        detail::SteppedRange::between(begin, end, step, detail::make_label("range", where));
    source.partitions =
        partitions.value_or(detail::default_partitions(source.size, source.size / 2), "range");
    const auto count = source.partitions;
    return Rdd<std::int64_t, detail::SteppedRange>(session_, std::move(source), count);
  }

  /// The rows of a vector, in order. Lazy; a vector that is moved in is not copied. `partitions`:
  /// about 4 MiB each if left out. Of views of strings it makes strings.
  ///     context.parallelize(std::move(texts))
  template <class T>
  auto parallelize(std::vector<T> rows, PartitionCount partitions = {},
                   SourceLocation where = SourceLocation::current()) const {
    static_assert(!std::is_same_v<T, bool>,
                  "parallelize: a std::vector<bool> has no rows of its own: use char or int");
    if constexpr (!std::is_same_v<owned_t<T>, T>) {
      return parallelize(detail::owned_rows<owned_t<T>>(rows), partitions, where);
    } else if constexpr (detail::check_element<T>()) {
      const auto count = partitions.value_or(
          detail::default_partitions(rows.size(), rows.size() * sizeof(T)), "parallelize");
      detail::Parallelized<T> source{std::make_shared<const std::vector<T>>(std::move(rows)), count,
                                     detail::make_label("parallelize", where)};
      return Rdd<T, detail::Parallelized<T>>(session_, std::move(source), count);
    } else {
      return Rdd<int, detail::Parallelized<int>>(session_, {}, 1);
    }
  }
  /// The same of the elements that are listed, and of those of any other range, which are copied:
  /// an array, a std::map, a view.
  ///     context.parallelize({"to", "be", "or", "not"}, 2)
  template <class T>
  auto parallelize(std::initializer_list<T> rows, PartitionCount partitions = {},
                   SourceLocation where = SourceLocation::current()) const {
    return parallelize(std::vector<T>(rows), partitions, where);
  }
  auto parallelize(std::initializer_list<const char*> rows, PartitionCount partitions = {},
                   SourceLocation where = SourceLocation::current()) const {
    return parallelize(std::vector<std::string>(rows.begin(), rows.end()), partitions, where);
  }
  template <class Range>
  requires(!detail::is_vector<std::remove_cvref_t<Range>> &&
           requires(Range & range) { std::end(range); })  //
      auto parallelize(Range&& range, PartitionCount partitions = {},
                       SourceLocation where = SourceLocation::current()) const {
    static_assert(!std::is_convertible_v<Range, std::string_view>,
                  "parallelize: a text is one row, not a list of them: write parallelize({text})");
    static_assert(!detail::unordered<std::remove_cvref_t<Range>>,
                  "parallelize: the order of an unordered container differs from run to run; copy "
                  "it into a vector and sort that, or use std::map or std::set");
    return parallelize(detail::owned_rows<detail::parallelized_t<Range>>(range), partitions, where);
  }

  /// An Rdd without elements and partitions, to begin with. Lazy.
  ///     auto all = context.empty<std::string>();
  ///     for (const auto& day : days) all = all.union_with(context.text_file(day));
  template <class T>
  Rdd<T> empty(SourceLocation where = SourceLocation::current()) const {
    if constexpr (detail::check_element<T>()) {
      return Rdd<T, detail::Parallelized<T>>(
          session_,
          {std::make_shared<const std::vector<T>>(), 0, detail::make_label("empty", where)}, 0);
    }
  }

  /// All elements of the Rdds, one Rdd after the other; nothing is compared or removed. Lazy;
  /// narrow: the partitions stand one after the other. Chains of several types need the type of
  /// their elements: union_of<int>({a, b}). Throws UsageError for an Rdd of another Context.
  ///     context.union_of({january, february, march})
  template <class T, class Chain>
  Rdd<T> union_of(const std::vector<Rdd<T, Chain>>& rdds,
                  SourceLocation where = SourceLocation::current()) const {
    return united<T>(rdds, where);
  }
  template <class T, class Chain>
  Rdd<T> union_of(std::initializer_list<Rdd<T, Chain>> rdds,
                  SourceLocation where = SourceLocation::current()) const {
    return united<T>(rdds, where);
  }
  template <class T>
  Rdd<T> union_of(std::initializer_list<Rdd<T>> rdds,
                  SourceLocation where = SourceLocation::current()) const {
    return united<T>(rdds, where);
  }

  /// The lines of text files, without their line ends (LF or CRLF), in order. `path` names a file,
  /// a folder (all files in it but those that `_` or `.` begins, sorted by name), a pattern
  /// (`*`, `?`, `[a-z]`, `{a,b}`) or a list of such with commas between them. Plain files are cut
  /// at line ends: without `partitions` into parts of at most 32 MiB, and small files are put
  /// together up to that size; with it into so many parts of equal size. A compressed file (.gz,
  /// .zst, .lz4) is never cut. A byte order mark is left out. Lazy; the files are looked up at
  /// once: throws InputError for a path without a file, a file or folder that cannot be read, and a
  /// folder with a sub-folder; a damaged file fails the job.
  ///     context.text_file("logs/2024-*.txt.gz").filter([](std::string_view line) {
  ///       return line.starts_with("ERROR");
  ///     })
  auto text_file(const std::string& path, PartitionCount partitions = {},
                 SourceLocation where = SourceLocation::current()) const {
    auto source = detail::Lines::open(path, partitions.checked("text_file"),
                                      *detail::make_label("text_file", where));
    const auto count = source.partitions();
    return Rdd<std::string, detail::Lines>(session_, std::move(source), count);
  }

  /// The named columns of CSV files (RFC 4180) as tuples of their types, in order; path and
  /// partitions as with text_file(). Each file has a header of its own, in which the columns are
  /// found by name. Lazy; the headers are read at once, and files that are cut once as a whole:
  /// throws InputError if a file cannot be read, UsageError for a column that a file does not have.
  /// A bad row fails the job, with file, line and column, unless CsvOptions::bad_rows says
  /// otherwise.
  ///     context.csv_file("people.csv", column<int>("Year"), column<std::optional<int>>("Age"))
  template <class... T>
  auto csv_file(const CsvPath& path, const CsvOptions& options, const Column<T>&... columns) const {
    auto source = detail::CsvRows<T...>::open(
        path.path, options, *detail::make_label("csv_file", path.where), columns...);
    const auto count = source.partitions();
    return Rdd<std::tuple<T...>, detail::CsvRows<T...>>(session_, std::move(source), count);
  }
  template <class... T>
  auto csv_file(const CsvPath& path, const Column<T>&... columns) const {
    const CsvOptions options;
    return csv_file(path, options, columns...);
  }

  /// Makes an accumulator, to which tasks add and which the driver reads after a job. `name` stands
  /// in errors. T needs a += or, as second argument, a function that merges two values: `combine(T
  /// a, const T& b)`, which captures nothing and must be associative. What tasks add travels as
  /// rows do. See Accumulator for what counts.
  ///     auto bad = context.accumulator<std::int64_t>("bad rows");
  ///     rows.for_each([bad](std::string_view row) { bad += row.empty() ? 1 : 0; });
  template <class T>
  Accumulator<T> accumulator(const std::string& name,
                             SourceLocation where = SourceLocation::current()) const {
    return new_accumulator<T, detail::AddAssign>(name, where);
  }
  template <class T, class Combine>
  requires(!std::is_same_v<Combine, SourceLocation>)  //
      Accumulator<T, Combine> accumulator(const std::string& name, Combine,
                                          SourceLocation where = SourceLocation::current())
  const { return new_accumulator<T, Combine>(name, where); }

  /// Makes a value that every task may read, at most one copy in each executor process; functions
  /// capture the handle by value. The value travels as rows do, when a task first asks for it.
  ///     auto names = context.broadcast(std::map<std::string, std::string>{{"FR", "France"}});
  ///     words.map([names](const std::string& code) { return names->at(code); }).collect();
  template <class T>
  Broadcast<T> broadcast(T value, SourceLocation where = SourceLocation::current()) const {
    const BroadcastId id{detail::new_shared_id()};
    if constexpr (detail::check_broadcast<T>()) {
      session_->broadcasts()->add(std::make_shared<detail::BroadcastState>(
          id, *detail::make_label("broadcast", where),
          detail::hold_value(std::move(value), 0, session_->memory()), &detail::encode_broadcast<T>,
          session_->memory(), session_));
    }
    return Broadcast<T>(id);
  }

  /// Cancels the jobs that run now, from any thread: whoever waits for one gets a CancelledError
  /// that says `reason`. Their tasks end at the next element or block of their source. Ctrl-C does
  /// the same.
  ///     std::jthread watchdog([&] { if (too_late()) context.cancel_all_jobs("too late"); });
  void cancel_all_jobs(const std::string& reason) const { session_->cancel_all(reason); }

  /// The same for the jobs of one group (see JobGroup), for one job, and for all jobs that need one
  /// stage; those that do not run any longer are left alone. Errors, progress and running_jobs()
  /// tell the numbers.
  ///     context.cancel_job_group("report of user 7", "the user went away");
  void cancel_job_group(std::string_view group, const std::string& reason) const {
    session_->cancel_group(group, reason);
  }
  void cancel_job(std::uint64_t job, const std::string& reason) const {
    session_->cancel_job(job, reason);
  }
  void cancel_stage(std::uint64_t stage, const std::string& reason) const {
    session_->cancel_stage(stage, reason);
  }
  /// The jobs that run now, by their numbers.
  ///     for (const auto& job : context.running_jobs()) std::puts(job.op.c_str());
  std::vector<JobInfo> running_jobs() const { return session_->running_jobs(); }

  /// The executors that run tasks now: in local mode one, the program itself.
  ///     for (const auto& executor : context.executors()) std::printf("%ld\n", executor.pid);
  std::vector<ExecutorInfo> executors() const { return session_->executors(); }

  /// Waits until no replica of a persisted Rdd is on its way: actions do not. What they computed
  /// until now is then on as many executors as persist() was told, or on all that there are; where
  /// a copy could not be made, a warning was logged. Runs no job.
  ///     auto kept = points.persist(StorageLevel::memory().replicated(2));
  ///     kept.count();
  ///     context.wait_for_replicas();
  void wait_for_replicas() const { session_->wait_for_replicas(); }

  /// What was lost since the Context was made, why, and what was computed again for it. The flag
  /// --summary prints it when the Context ends.
  ///     std::puts(context.recovery_report().text().c_str());
  RecoveryReport recovery_report() const { return session_->recovery_report(); }

  /// The budget for rows in this process, and what of it is and was in use.
  const MemoryManager& memory() const { return *session_->memory(); }

  /// For sources and tests.
  const SessionRef& session() const { return session_; }

 private:
  template <class T, class Combine>
  Accumulator<T, Combine> new_accumulator(const std::string& name,
                                          const SourceLocation& where) const {
    const AccumulatorId id{detail::new_shared_id()};
    if constexpr (detail::check_accumulator<T, Combine>()) {
      auto label = *detail::make_label("accumulator", where);
      label.name = name;
      session_->accumulators().add(std::make_shared<detail::AccumulatorOf<T, Combine>>(
          id, std::move(label), session_->memory()));
    }
    return Accumulator<T, Combine>(id);
  }
  template <class T, class Rdds>
  Rdd<T> united(const Rdds& rdds, const SourceLocation& where) const {
    const auto label = detail::make_label("union_of", where);
    std::vector<detail::Erased<T>> parts;
    for (const auto& rdd : rdds) {
      detail::check_same_context(*this, rdd, *label);
      parts.push_back(detail::Erased<T>(detail::erase(rdd)));
    }
    return detail::unite<T>(session_, std::move(parts), *label);
  }

  SessionRef session_;
};

}  // namespace kindred
