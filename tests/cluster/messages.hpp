// Messages for the tests of all that carries them.
#pragma once

#include <vector>

#include "kindred/cluster/message.hpp"

namespace kindred::test {

// Out of line: g++ takes its text for uninitialised where it is made among the others.
[[gnu::noinline]] inline cluster::BlockInPlace block_in_place() {
  return {11, {1234, 0x7000'0000, "mark"}, {{0x8000'0000, 8}, {0x9000'0000, 4096}}};
}

/// One of each kind, in the order of Message, none of them empty.
inline std::vector<cluster::Message> one_of_each() {
  using namespace cluster;
  const StageKey stage{StageId{7}, 2};
  return {
      Hello{0x1234, ExecutorId{3}, "token", "slot"},
      Welcome{4, 1 << 30, "secret", 100, 5000, 6000, {"/blocks", ShuffleStorage::disk}, false},
      Refuse{"no"},
      Ready{4321},
      AddStage{stage, "lineage", {{ShuffleId{5}, {ExecutorId{1}, ExecutorId{2}}}}},
      LaunchTasks{stage, {{TaskId{1}, PartitionId{2}, 3}, {TaskId{4}, PartitionId{5}, 6}}},
      TaskEnded{TaskId{9}, Done{{nullptr, "value"},
                                {{RddId{1}, PartitionId{2}}},
                                {10, 20},
                                {{AccumulatorId{3}, "sum"}}}},
      KillTask{TaskId{9}},
      DropShuffle{ShuffleId{8}},
      DropBlocks{RddId{8}},
      ForgetStage{stage},
      ExecutorAddresses{{{ExecutorId{1}, 1000}, {ExecutorId{2}, 2000}}},
      Shutdown{},
      BlockHello{0x1234, ExecutorId{3}, "secret"},
      FetchBucket{11, ShuffleId{5}, PartitionId{6}, PartitionId{7}, true},
      Bucket{11, true, "bytes"},
      Heartbeat{},
      FetchPiece{11, BroadcastId{5}, 6, true},
      Piece{11, 6, true, ExecutorId{2}, "bytes"},
      NoBroadcast{11, "it was destroyed"},
      HavePiece{BroadcastId{5}, 6},
      DropBroadcast{BroadcastId{5}},
      Replicate{ReplicaId{4}, {RddId{1}, PartitionId{2}}, ExecutorId{3}},
      ReplicaEnded{ReplicaId{4}, true, "no"},
      FetchBlock{11, {RddId{1}, PartitionId{2}}},
      ResultWaits{TaskId{9}, Done{{}, {{RddId{1}, PartitionId{2}}}, {}, {}}, 5'000'000, 77},
      FetchResult{TaskId{9}, 1, 4096},
      ResultPiece{TaskId{9}, 1, 4096, true, "bytes"},
      DropResult{TaskId{9}},
      BlockStart{11, 1 << 20},
      BlockPiece{11, 300'000, 100'000},
      block_in_place(),
      BlockTaken{11},
  };
}

}  // namespace kindred::test
