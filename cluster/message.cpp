#include "kindred/cluster/message.hpp"

#include <chrono>
#include <fmt/format.h>
#include <utility>

#include "kindred/engine/archive.hpp"
#include "kindred/engine/error.hpp"

// One serialize() for each type, for both directions, found by argument-dependent lookup.
namespace kindred {

template <class Archive, class Tag>
void serialize(Archive& archive, Id<Tag>& id) {
  archive(id.value);
}
template <class Archive>
void serialize(Archive& archive, PartitionId& id) {
  archive(id.value);
}
template <class Archive>
void serialize(Archive& archive, BlockId& id) {
  archive(id.rdd, id.partition);
}
template <class Archive>
void serialize(Archive& archive, StageKey& key) {
  archive(key.stage, key.attempt);
}
template <class Archive>
void serialize(Archive& archive, MapOutputs& outputs) {
  archive(outputs.shuffle, outputs.locations);
}
template <class Archive>
void serialize(Archive& archive, AccumulatorUpdate& update) {
  archive(update.accumulator, update.bytes);
}
// The object itself cannot leave its process.
template <class Archive>
void serialize(Archive& archive, TaskValue& value) {
  archive(value.bytes);
}
template <class Archive>
void serialize(Archive& archive, Done& done) {
  auto run_time = done.run_time.count();
  archive(done.value, done.cached, done.bucket_bytes, done.updates, run_time);
  done.run_time = std::chrono::nanoseconds(run_time);
}
template <class Archive>
void serialize(Archive& archive, Failed& failed) {
  auto& error = failed.error;
  archive(error.message, error.type, error.op, error.retriable, failed.cached);
}
template <class Archive>
void serialize(Archive& archive, FetchFailed& failed) {
  archive(failed.shuffle, failed.map_partition, failed.from, failed.message, failed.cached);
}
template <class Archive>
void serialize(Archive& archive, Killed& killed) {
  archive(killed.reason, killed.cached);
}
template <class Archive>
void serialize(Archive& archive, Lost& lost) {
  archive(lost.reason, lost.cached);
}

namespace cluster {
namespace {

// Makes the alternative that the index says, and reads it.
template <class Variant, class Archive, std::size_t... Index>
Variant read_alternative(Archive& archive, std::size_t index, std::index_sequence<Index...>) {
  Variant result;
  const bool known =
      ((index == Index ? (archive(result.template emplace<Index>()), true) : false) || ...);
  if (!known) throw DecodeError(fmt::format("message: there is no kind {}", index));
  return result;
}

template <class Variant, class Archive>
Variant read_alternative(Archive& archive, std::size_t index) {
  return read_alternative<Variant>(archive, index,
                                   std::make_index_sequence<std::variant_size_v<Variant>>());
}

}  // namespace

template <class Archive>
void serialize(Archive& archive, QueuedTask& task) {
  archive(task.id, task.partition, task.attempt);
}
template <class Archive>
void serialize(Archive& archive, ExecutorAddress& address) {
  archive(address.executor, address.block_port);
}
template <class Archive>
void serialize(Archive& archive, Hello& message) {
  archive(message.build_id, message.executor, message.token, message.authentication);
}
template <class Archive>
void serialize(Archive& archive, Welcome& message) {
  archive(message.cores, message.memory_bytes, message.block_secret, message.heartbeat_ms,
          message.driver_timeout_ms, message.fetch_timeout_ms, message.storage,
          message.shared_memory);
}
template <class Archive>
void serialize(Archive& archive, Refuse& message) {
  archive(message.reason);
}
template <class Archive>
void serialize(Archive& archive, Ready& message) {
  archive(message.block_port);
}
template <class Archive>
void serialize(Archive& archive, AddStage& message) {
  archive(message.stage, message.lineage, message.inputs);
}
template <class Archive>
void serialize(Archive& archive, LaunchTasks& message) {
  archive(message.stage, message.tasks);
}
template <class Archive>
void save(Archive& archive, const TaskEnded& message) {
  archive(message.task, static_cast<std::uint8_t>(message.outcome.index()));
  std::visit([&](const auto& outcome) { archive(outcome); }, message.outcome);
}
template <class Archive>
void load(Archive& archive, TaskEnded& message) {
  std::uint8_t index = 0;
  archive(message.task, index);
  message.outcome = read_alternative<TaskOutcome>(archive, index);
}
template <class Archive>
void serialize(Archive& archive, KillTask& message) {
  archive(message.task);
}
template <class Archive>
void serialize(Archive& archive, DropShuffle& message) {
  archive(message.shuffle);
}
template <class Archive>
void serialize(Archive& archive, DropBlocks& message) {
  archive(message.rdd);
}
template <class Archive>
void serialize(Archive& archive, ForgetStage& message) {
  archive(message.stage);
}
template <class Archive>
void serialize(Archive& archive, ExecutorAddresses& message) {
  archive(message.executors);
}
template <class Archive>
void serialize(Archive&, Shutdown&) {}
template <class Archive>
void serialize(Archive& archive, BlockHello& message) {
  archive(message.build_id, message.from, message.secret);
}
template <class Archive>
void serialize(Archive& archive, FetchBucket& message) {
  archive(message.request, message.shuffle, message.map, message.reduce, message.in_place);
}
template <class Archive>
void serialize(Archive& archive, Bucket& message) {
  archive(message.request, message.found, message.bytes);
}
template <class Archive>
void serialize(Archive& archive, FetchPiece& message) {
  archive(message.request, message.broadcast, message.index, message.here);
}
template <class Archive>
void serialize(Archive& archive, Piece& message) {
  archive(message.request, message.pieces, message.elsewhere, message.at, message.bytes);
}
template <class Archive>
void serialize(Archive& archive, NoBroadcast& message) {
  archive(message.request, message.reason);
}
template <class Archive>
void serialize(Archive& archive, HavePiece& message) {
  archive(message.broadcast, message.index);
}
template <class Archive>
void serialize(Archive& archive, DropBroadcast& message) {
  archive(message.broadcast);
}
template <class Archive>
void serialize(Archive& archive, Replicate& message) {
  archive(message.replica, message.block, message.from);
}
template <class Archive>
void serialize(Archive& archive, ReplicaEnded& message) {
  archive(message.replica, message.stored, message.reason);
}
template <class Archive>
void serialize(Archive& archive, FetchBlock& message) {
  archive(message.request, message.block);
}

template <class Archive>
void serialize(Archive& archive, ResultWaits& message) {
  archive(message.task, message.done, message.size, message.checksum);
}
template <class Archive>
void serialize(Archive& archive, FetchResult& message) {
  archive(message.task, message.round, message.offset);
}
template <class Archive>
void serialize(Archive& archive, ResultPiece& message) {
  archive(message.task, message.round, message.offset, message.found, message.bytes);
}
template <class Archive>
void serialize(Archive& archive, DropResult& message) {
  archive(message.task);
}

template <class Archive>
void serialize(Archive& archive, BlockStart& message) {
  archive(message.request, message.size);
}
template <class Archive>
void serialize(Archive& archive, BlockPiece& message) {
  archive(message.request, message.offset, message.length);
}
template <class Archive>
void serialize(Archive& archive, MemoryMark& mark) {
  archive(mark.process, mark.at, mark.text);
}
template <class Archive>
void serialize(Archive& archive, MemoryPart& part) {
  archive(part.at, part.size);
}
template <class Archive>
void serialize(Archive& archive, BlockInPlace& message) {
  archive(message.request, message.mark, message.parts);
}
template <class Archive>
void serialize(Archive& archive, BlockTaken& message) {
  archive(message.request);
}

template <class Archive>
void serialize(Archive&, Heartbeat&) {}

std::string encode_message(const Message& message) {
  std::string bytes(kFrameHeaderBytes, '\0');
  OutputArchive archive(bytes);
  std::visit([&](const auto& alternative) { archive(alternative); }, message);
  seal_frame(static_cast<std::uint16_t>(message.index()), bytes);
  return bytes;
}

std::uint16_t piece_type() { return static_cast<std::uint16_t>(Message(BlockPiece{}).index()); }

OutgoingFrame piece_frame(const BlockPiece& piece, std::vector<std::span<const char>> body) {
  OutgoingFrame frame{std::string(kFrameHeaderBytes, '\0'), std::move(body)};
  OutputArchive archive(frame.bytes);
  archive(piece);
  seal_frame(piece_type(), frame.bytes, frame.body);
  return frame;
}

BlockPiece decode_piece(std::string_view head) {
  BlockPiece piece;
  InputArchive archive(head);
  archive(piece);
  archive.finish();
  return piece;
}

Message decode_message(const Frame& frame) {
  try {
    InputArchive archive(frame.payload);
    auto message = read_alternative<Message>(archive, frame.type);
    archive.finish();
    return message;
  } catch (const DecodeError&) {
    throw;
  } catch (const std::exception& failure) {
    throw DecodeError(fmt::format("message: {}", failure.what()));
  }
}

}  // namespace cluster
}  // namespace kindred
