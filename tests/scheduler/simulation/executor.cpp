#include "tests/scheduler/simulation/executor.hpp"

#include <algorithm>
#include <cstring>

#include "tests/scheduler/simulation/watch.hpp"

namespace kindred::simulation {

std::string as_bytes(Value value) {
  std::string bytes(sizeof value, '\0');
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

Value as_value(const std::string& bytes) {
  Value value = 0;
  if (bytes.size() != sizeof value) throw Broken("a result that no task gave");
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

TaskOutcome TaskWork::run(const Work& work) {
  work_ = &work;
  try {
    const auto value = evaluate(*work.stage->end, work.partition);
    if (work.stage->end->kind() == NodeKind::shuffle_writer) {
      self_.outputs[{work.stage->end->shuffle(), work.partition}] = value;
    } else {
      done_.value.bytes = as_bytes(value);
    }
    // Tells the watch whose it is.
    done_.updates.push_back(
        {AccumulatorId{work.stage->end->id().value}, as_bytes(work.partition.value)});
    return std::move(done_);
  } catch (FetchFailed& failure) {
    failure.cached = std::move(done_.cached);
    return std::move(failure);
  } catch (Failed& failure) {
    failure.cached = std::move(done_.cached);
    return std::move(failure);
  }
}

std::optional<Value> TaskWork::cached(const Node& node, PartitionId partition) {
  const auto block = self_.blocks.find({node.id(), partition});
  if (block == self_.blocks.end()) return std::nullopt;
  return block->second;
}

Value TaskWork::output(const Node& writer, PartitionId map) {
  const auto shuffle = writer.shuffle();
  const auto& inputs = *work_->stage->inputs;
  const auto input = std::find_if(inputs.begin(), inputs.end(),
                                  [&](const MapOutputs& one) { return one.shuffle == shuffle; });
  if (input == inputs.end()) throw Broken("a stage was shipped without a shuffle that it reads");
  const auto from = input->locations.at(map.value);
  if (from == scheduler::kNoExecutor) throw FetchFailed{shuffle, map, from, "it is nowhere"};
  const auto& holder = *executors_.at(from.value);
  if (!holder.answers(now_)) throw FetchFailed{shuffle, map, from, "it does not answer"};
  const auto found = holder.outputs.find({shuffle, map});
  if (found == holder.outputs.end()) throw FetchFailed{shuffle, map, from, "it is not there"};
  return found->second;
}

void TaskWork::compute(const Node& node, PartitionId partition) {
  if (program_.dooms.empty()) return;
  const auto doom = program_.dooms.find({node.id(), partition});
  if (doom == program_.dooms.end()) return;
  if (doom->second == Doom::crashes) throw Crash{};
  throw Failed{{"doomed", "std::runtime_error", "map", doom->second == Doom::throws}};
}

void TaskWork::computed(const Node& node, PartitionId partition, Value value) {
  if (node.kind() != NodeKind::persisted) return;
  const BlockId block{node.id(), partition};
  self_.blocks[block] = value;
  done_.cached.push_back(block);
}

}  // namespace kindred::simulation
