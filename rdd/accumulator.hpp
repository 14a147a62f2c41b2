// Accumulators: what tasks count beside their work, for the driver to read after the job.
#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "kindred/engine/archive.hpp"
#include "kindred/engine/memory.hpp"
#include "kindred/engine/owned.hpp"
#include "kindred/engine/task_context.hpp"
#include "kindred/rdd/accumulator_states.hpp"
#include "kindred/rdd/fold_call.hpp"

namespace kindred {
namespace detail {

struct AddAssign {
  template <class T>
  requires requires(T& a, const T& b) { a += b; }
  T operator()(T a, const T& b) const {
    a += b;
    return a;
  }
};

/// Values that were merged one after the other, and the memory that they hold. Their size is looked
/// at when their number has doubled, so that a list that grows is not walked for each element.
template <class T, class Combine>
class Merged {
 public:
  explicit Merged(MemoryRef memory) : memory_(std::move(memory)), heap_(memory_) {}

  void add(T x) {
    if (broken_) throw_broken_accumulator();
    broken_ = true;  // until it is whole again: a function may catch what the combine throws
    if (value_) {
      *value_ = fold_call(Combine{}, std::move(*value_), std::as_const(x));
    } else {
      value_.emplace(std::move(x));
    }
    if constexpr (!bitwise<T>) {
      if (++added_ >= measure_at_) measure();
    }
    broken_ = false;
  }
  Merged copy() const {
    Merged other(memory_);
    other.value_ = value_;
    other.measure();
    return other;
  }
  const std::optional<T>& value() const {
    if (broken_) throw_broken_accumulator();
    return value_;
  }
  void measure() {
    if constexpr (!bitwise<T>) {
      const auto bytes = value_ ? heap_bytes_of(*value_) : 0;
      if (bytes > heap_.bytes()) heap_.add(bytes - heap_.bytes());
      measure_at_ = added_ * 2;
    }
  }

 private:
  MemoryRef memory_;
  std::optional<T> value_;
  Reservation heap_;
  std::size_t added_ = 0;
  std::size_t measure_at_ = 0;
  bool broken_ = false;
};

template <class T, class Combine>
class TaskSum final : public TaskAccumulator {
 public:
  TaskSum(AccumulatorId id, const MemoryRef& memory) : TaskAccumulator(id), merged(memory) {}

  std::string encode() const override {
    std::string bytes;
    OutputArchive out(bytes);
    write_value(out, *merged.value());
    return bytes;
  }

  Merged<T, Combine> merged;
};

template <class T, class Combine>
class AccumulatorOf final : public AccumulatorState {
 public:
  AccumulatorOf(AccumulatorId id, OpLabel label, const MemoryRef& memory)
      : AccumulatorState(id, std::move(label)), merged_(memory) {}

  T value() const {
    const std::lock_guard lock(mutex_);
    return merged_.value() ? *merged_.value() : T{};
  }
  void prepare(const std::vector<std::string_view>& updates) override {
    {
      const std::lock_guard lock(mutex_);
      next_.emplace(merged_.copy());
    }
    for (const auto bytes : updates) {
      InputArchive in(bytes);
      T update{};
      read_value(in, update);
      in.finish();
      next_->add(std::move(update));
    }
    next_->measure();
  }
  void commit() noexcept override {
    {
      const std::lock_guard lock(mutex_);
      std::swap(merged_, *next_);
    }
    next_.reset();
  }
  void abandon() noexcept override { next_.reset(); }

 private:
  mutable std::mutex mutex_;
  Merged<T, Combine> merged_;               // guarded by mutex_
  std::optional<Merged<T, Combine>> next_;  // of the thread that merges
};

/// The rules for an accumulator's type and combine.
template <class T, class Combine>
constexpr bool check_accumulator() {
  static_assert(std::is_same_v<owned_t<T>, T> && serialisable<T> && std::copyable<T> &&
                    std::default_initializable<T>,
                "accumulator: its type must be copyable, have a default constructor and be able to "
                "travel: numbers, strings, containers and structs of such, or a cereal serialize");
  static_assert(std::is_empty_v<Combine> && std::default_initializable<Combine>,
                "accumulator: its combine may not capture anything (it is made anew in each task): "
                "write a lambda without captures or a struct with operator()");
  constexpr bool travels = std::is_same_v<owned_t<T>, T> && serialisable<T> && std::copyable<T> &&
                           std::default_initializable<T> && std::is_empty_v<Combine>;
  if constexpr (travels) {
    constexpr bool merges = folds<Combine, T, const T&>;
    if constexpr (std::is_same_v<Combine, AddAssign>) {
      static_assert(merges,
                    "accumulator: its type has no operator+=: give it one, or a function that "
                    "merges two values: accumulator<T>(name, [](T a, const T& b) {...})");
    } else {
      static_assert(merges,
                    "accumulator: its combine must take two values and give their merged one: "
                    "[](T a, const T& b) { ...; return a; }");
    }
    if constexpr (merges) {
      return check_fold_keeps_numbers<Combine, T, const T&>();
    } else {
      return false;
    }
  } else {
    return false;
  }
}

}  // namespace detail

/// What tasks add to and the driver reads: a count of bad rows, a sum, a list. A handle of one
/// number: capture it by value. Made by Context::accumulator(), and good as long as that Context.
///
/// What counts: each output partition of each stage counts once, by its first success, however
/// often it is computed again (a failed task, a lost executor, a stage that runs again). So a
/// function counts once for each job that runs it: a chain that two jobs compute, or that sort_by
/// or zip_with_index looks at beforehand, counts each time, unless a cache or a shuffle's output
/// stands between. A partition that take() or first() left early counts what it saw; of a job that
/// failed or was cancelled those partitions count that were done by then.
///
/// The driver merges at the end of each job, by stage and partition and not as tasks end: a sum of
/// doubles is the same to the last bit in every run. Where a combine throws there, nothing of the
/// job is merged, and a job that had succeeded throws a JobError that names the accumulator.
template <class T, class Combine = detail::AddAssign>
class Accumulator {
 public:
  Accumulator() = default;
  explicit Accumulator(AccumulatorId id) : id_(id) {}

  /// Adds to what the running task has added so far. Throws UsageError outside of a task.
  ///     rows.filter([bad](std::string_view row) {
  ///       if (row.empty()) bad.add(1);
  ///       return !row.empty();
  ///     })
  void add(T x) const {
    auto* const task = current_task();
    if (task == nullptr) [[unlikely]] {
      detail::throw_added_outside_a_task(id_);
    }
    using Sum = detail::TaskSum<T, Combine>;
    auto* sum = static_cast<Sum*>(task->accumulators().find(id_));
    if (sum == nullptr) {
      auto made = std::make_unique<Sum>(id_, task->memory());
      made->merged.add(std::move(x));
      task->accumulators().keep(std::move(made));
    } else {
      sum->merged.add(std::move(x));
    }
  }
  /// The same.
  ///     rows.for_each([bad](std::string_view row) { bad += row.empty() ? 1 : 0; })
  const Accumulator& operator+=(T x) const {
    add(std::move(x));
    return *this;
  }

  /// What the jobs that ended added until now; T{} if that is nothing. Throws UsageError inside a
  /// task, and when the Context is gone.
  ///     if (bad.value() > 0) warn("some rows were bad");
  T value() const {
    const auto state = detail::accumulator_of_driver(id_, "value");
    return static_cast<const detail::AccumulatorOf<T, Combine>&>(*state).value();
  }

 private:
  AccumulatorId id_;
};

template <class T, class Combine>
inline constexpr bool bitwise<Accumulator<T, Combine>> = true;

}  // namespace kindred
