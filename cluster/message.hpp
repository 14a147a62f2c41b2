// All that driver, executors and block services say to each other: a closed set.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "kindred/cluster/frame.hpp"
#include "kindred/cluster/process_memory.hpp"
#include "kindred/cluster/task_threads.hpp"
#include "kindred/engine/ids.hpp"
#include "kindred/engine/storage_options.hpp"
#include "kindred/engine/task.hpp"
#include "kindred/engine/task_runner.hpp"

namespace kindred::cluster {

/// Executor to driver, first of all.
struct Hello {
  std::uint64_t build_id = 0;
  ExecutorId executor;
  std::string token;           ///< the one-time secret that the driver started it with
  std::string authentication;  ///< empty in this version; its place is kept
};
/// Driver to executor: it is taken.
struct Welcome {
  std::uint32_t cores = 1;
  std::uint64_t memory_bytes = 0;
  std::string block_secret;                 ///< what executors show each other
  std::uint32_t heartbeat_ms = 1000;        ///< a Heartbeat each, from both sides
  std::uint32_t driver_timeout_ms = 60000;  ///< the executor ends after a silence this long
  std::uint32_t fetch_timeout_ms = 60000;   ///< of others, while not a byte of a block comes
  StorageOptions storage = {};
  bool shared_memory = true;  ///< blocks are read out of processes of this host
};
/// Driver or block service: the connection ends, and why.
struct Refuse {
  std::string reason;
};
/// Executor to driver: tasks may come, and others find its blocks at this port.
struct Ready {
  std::uint16_t block_port = 0;
};
/// Driver to executor, before the first task of a stage attempt.
struct AddStage {
  StageKey stage;
  std::string lineage;
  MapOutputsList inputs;
};
struct LaunchTasks {
  StageKey stage;
  std::vector<QueuedTask> tasks;
};
/// Executor to driver. A result's value travels as bytes, up to kMostResultAlong.
struct TaskEnded {
  TaskId task;
  TaskOutcome outcome;
};
struct KillTask {
  TaskId task;
};
struct DropShuffle {
  ShuffleId shuffle;
};
struct DropBlocks {
  RddId rdd;
};
struct ForgetStage {
  StageKey stage;
};
struct ExecutorAddress {
  ExecutorId executor;
  std::uint16_t block_port = 0;
};
/// Driver to executor: all executors that are there now, before any stage that reads from them.
struct ExecutorAddresses {
  std::vector<ExecutorAddress> executors;
};
/// Driver to executor: end yourself.
struct Shutdown {};

/// Executor to another one's block service, first of all.
struct BlockHello {
  std::uint64_t build_id = 0;
  ExecutorId from;
  std::string secret;
};
struct FetchBucket {
  std::uint64_t request = 0;
  ShuffleId shuffle;
  PartitionId map;
  PartitionId reduce;
  bool in_place = false;  ///< the asker would read it out of the other process's memory
};
/// A small bucket or a cached block in its wire form, or why there is none.
struct Bucket {
  std::uint64_t request = 0;
  bool found = false;
  std::string bytes;
};

/// Driver to executor and back: there is somebody, however busy.
struct Heartbeat {};

/// Executor to the driver's or another executor's block service.
struct FetchPiece {
  std::uint64_t request = 0;
  BroadcastId broadcast;
  std::uint32_t index = 0;
  bool here = false;  ///< not to be sent elsewhere: that was tried
};
/// A piece of a broadcast in its wire form, or which executor has it. A Bucket that was not found
/// stands for a piece that was not.
struct Piece {
  std::uint64_t request = 0;
  std::uint32_t pieces = 0;  ///< of the broadcast
  bool elsewhere = false;
  ExecutorId at;
  std::string bytes;
};
/// The driver's block service to an executor: the program used the broadcast wrongly.
struct NoBroadcast {
  std::uint64_t request = 0;
  std::string reason;
};
/// Executor to the driver's block service: others may have the piece from it.
struct HavePiece {
  BroadcastId broadcast;
  std::uint32_t index = 0;
};
/// Driver to executor.
struct DropBroadcast {
  BroadcastId broadcast;
};

/// Driver to executor: fetch a cached block from another executor, and keep the copy.
struct Replicate {
  ReplicaId replica;
  BlockId block;
  ExecutorId from;
};
/// Executor to driver: it has the copy, or why it has none.
struct ReplicaEnded {
  ReplicaId replica;
  bool stored = false;
  std::string reason;
};
/// Executor to another one's block service, which answers with a Bucket.
struct FetchBlock {
  std::uint64_t request = 0;
  BlockId block;
};

/// Executor to driver, in place of TaskEnded: the task is done, and its value waits here.
struct ResultWaits {
  TaskId task;
  Done done;  ///< without the value
  std::uint64_t size = 0;
  std::uint64_t checksum = 0;  ///< add_to_checksum()
};
/// Driver to executor.
struct FetchResult {
  TaskId task;
  std::uint32_t round = 0;  ///< comes back with the piece
  std::uint64_t offset = 0;
};
/// Executor to driver: kResultPieceBytes, or what is left.
struct ResultPiece {
  TaskId task;
  std::uint32_t round = 0;
  std::uint64_t offset = 0;
  bool found = false;
  std::string bytes;
};
/// Driver to executor: the result was read, or will not be.
struct DropResult {
  TaskId task;
};

/// A larger bucket: this, and then pieces of it, each with its bytes behind it in the same frame.
struct BlockStart {
  std::uint64_t request = 0;
  std::uint64_t size = 0;
};
struct BlockPiece {
  std::uint64_t request = 0;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};
/// A larger bucket for who is on the same host: where it is. It stays there until BlockTaken, or
/// until the connection ends.
struct BlockInPlace {
  std::uint64_t request = 0;
  MemoryMark mark;
  std::vector<MemoryPart> parts;
};
struct BlockTaken {
  std::uint64_t request = 0;
};

/// A message's index here is its frame's type: new ones go to the end, with a new version.
using Message =
    std::variant<Hello, Welcome, Refuse, Ready, AddStage, LaunchTasks, TaskEnded, KillTask,
                 DropShuffle, DropBlocks, ForgetStage, ExecutorAddresses, Shutdown, BlockHello,
                 FetchBucket, Bucket, Heartbeat, FetchPiece, Piece, NoBroadcast, HavePiece,
                 DropBroadcast, Replicate, ReplicaEnded, FetchBlock, ResultWaits, FetchResult,
                 ResultPiece, DropResult, BlockStart, BlockPiece, BlockInPlace, BlockTaken>;
/// The bytes of a BlockPiece as it is written, before those of the block.
inline constexpr std::size_t kBlockPieceBytes = 3 * sizeof(std::uint64_t);

/// The frame of a piece of a block.
OutgoingFrame piece_frame(const BlockPiece& piece, std::vector<std::span<const char>> body);
/// The type of such a frame.
std::uint16_t piece_type();
/// Reads kBlockPieceBytes.
BlockPiece decode_piece(std::string_view head);

/// The frame of a message. Throws UsageError for one that is too long for a frame.
std::string encode_message(const Message& message);
/// Throws DecodeError for a type that there is not, and for bytes that are too few or too many.
Message decode_message(const Frame& frame);

}  // namespace kindred::cluster
