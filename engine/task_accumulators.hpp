// What a task adds to accumulators, until its end.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "kindred/engine/ids.hpp"
#include "kindred/engine/task.hpp"

namespace kindred {

/// What one task added to one accumulator; rdd's accumulator.hpp knows the type.
class TaskAccumulator {
 public:
  explicit TaskAccumulator(AccumulatorId id) : id_(id) {}
  TaskAccumulator(const TaskAccumulator&) = delete;
  TaskAccumulator& operator=(const TaskAccumulator&) = delete;
  virtual ~TaskAccumulator() = default;

  AccumulatorId id() const { return id_; }
  virtual std::string encode() const = 0;

 private:
  AccumulatorId id_;
};

/// All of one task: used by its thread alone. A task adds to few accumulators but often, hence a
/// list.
class TaskAccumulators {
 public:
  /// Null where the task has not added to it yet.
  TaskAccumulator* find(AccumulatorId id) const {
    for (const auto& one : all_) {
      if (one->id() == id) return one.get();
    }
    return nullptr;
  }
  void keep(std::unique_ptr<TaskAccumulator> one) { all_.push_back(std::move(one)); }

  /// By accumulator, so that the order does not depend on which row came first.
  AccumulatorUpdates encode() const;

 private:
  std::vector<std::unique_ptr<TaskAccumulator>> all_;
};

}  // namespace kindred
