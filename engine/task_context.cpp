#include "kindred/engine/task_context.hpp"

#include <exception>
#include <fmt/format.h>

#include "kindred/engine/check.hpp"
#include "kindred/engine/disk_map_output.hpp"
#include "kindred/engine/error.hpp"
#include "kindred/engine/task_failure.hpp"

namespace kindred {
namespace {

// The other global that is allowed beside the entry table: handles inside a user's function find
// their task here.
thread_local TaskContext* running = nullptr;

}  // namespace

TaskContext* current_task() { return running; }

const std::vector<ExecutorId>& TaskContext::locations(ShuffleId shuffle) const {
  for (const auto& outputs : inputs_) {
    if (outputs.shuffle == shuffle) return outputs.locations;
  }
  throw DecodeError("a stage reads a shuffle whose map outputs were not sent along");
}

const MapOutputRef& TaskContext::no_output() {
  static const MapOutputRef kNone;
  return kNone;
}

const MapOutputRef& TaskContext::output_here(const ShuffleOutputs& outputs, ShuffleId shuffle,
                                             PartitionId map) const {
  const auto& output = map.value < outputs.size() ? outputs[map.value] : no_output();
  if (output == nullptr)
    throw_fetch_failure(shuffle, map, stores_.self, "the map output is no longer there");
  return output;
}

std::string TaskContext::stored_piece(const DiskMapOutput& output, ShuffleId shuffle,
                                      PartitionId map, std::size_t piece) const {
  try {
    return output.piece(piece);
  } catch (const DecodeError& damage) {
    throw_fetch_failure(shuffle, map, stores_.self, damage.what());
  }
}

std::unique_ptr<RemoteBlock> TaskContext::fetch(ShuffleId shuffle, PartitionId map,
                                                PartitionId reduce) const {
  const auto from = locations(shuffle).at(map.value);
  if (stores_.remote == nullptr) {
    throw_fetch_failure(shuffle, map, from, "this executor reaches no other one");
  }
  try {
    return stores_.remote->fetch(from, shuffle, map, reduce, stores_.memory);
  } catch (const OutOfMemoryError&) {
    throw;  // here: another map output would be as large
  } catch (const std::exception& failure) {
    throw_fetch_failure(shuffle, map, from, failure.what());
  }
}

void TaskContext::throw_unread(ShuffleId shuffle, PartitionId map) const {
  const auto from = locations(shuffle).at(map.value);
  try {
    throw;
  } catch (const OutOfMemoryError&) {
    throw;
  } catch (const DecodeError& damage) {
    throw_fetch_failure(shuffle, map, from,
                        fmt::format("executor {}: the bytes arrived as they were sent, and so were "
                                    "damaged where they are kept: {}",
                                    from.value, damage.what())
                            .c_str());
  } catch (const std::exception& failure) {
    throw_fetch_failure(shuffle, map, from, failure.what());
  }
}

const void* TaskContext::keep_broadcast(BroadcastId id, BroadcastStore::Decode decode) {
  return broadcasts_.emplace_back(id, stores_.broadcasts.find(id, decode, stores_.memory))
      .second.get();
}

void TaskContext::throw_killed() { throw detail::TaskKilled("the driver ended the task"); }

void TaskContext::throw_fetch_failure(ShuffleId shuffle, PartitionId map, ExecutorId from,
                                      const char* why) const {
  throw detail::FetchFailure({shuffle, map, from, why});
}

namespace detail {

CurrentTask::CurrentTask(TaskContext& task) {
  KINDRED_CHECK(running == nullptr);
  running = &task;
}

CurrentTask::~CurrentTask() { running = nullptr; }

}  // namespace detail
}  // namespace kindred
