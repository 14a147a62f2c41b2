#include "kindred/engine/task_context.hpp"

#include <algorithm>
#include <string>

#include "kindred/engine/error.hpp"
#include "kindred/engine/task_failure.hpp"
#include "tests/catch.hpp"
#include "tests/refusing_memory.hpp"

namespace {

using namespace kindred;
using kindred::test::refuse_each_request;

constexpr ExecutorId kPeer{7};
constexpr ShuffleId kShuffle{1};

// Another executor that has one block, or says why not.
class OneBlock final : public RemoteBlocks {
 public:
  explicit OneBlock(std::string bytes) : bytes_(std::move(bytes)) {}
  std::unique_ptr<RemoteBlock> fetch(ExecutorId, ShuffleId, PartitionId, PartitionId,
                                     const MemoryRef& memory) override {
    if (bytes_.empty()) throw DecodeError("the connection ended");
    auto block = std::make_shared<BlockBuffer>(bytes_.size(), memory);
    std::copy(bytes_.begin(), bytes_.end(), block->bytes().begin());
    return whole_block(std::move(block));
  }

 private:
  const std::string bytes_;
};

// What a task gets of that block, or the text of its failed fetch.
std::string fetched(const std::string& bytes, const MemoryRef& memory) {
  ExecutorStores stores;
  stores.self = ExecutorId{1};
  stores.memory = memory;
  stores.remote = std::make_shared<OneBlock>(bytes);
  const MapOutputsList inputs{{kShuffle, {kPeer}}};
  const TaskContext task(stores, inputs, StageId{2}, PartitionId{0}, 0);
  try {
    const auto block = task.fetch(kShuffle, PartitionId{0}, PartitionId{3});
    const auto got = block->next(block->left());
    return {got.begin(), got.end()};
  } catch (const detail::FetchFailure& failure) {
    CHECK(failure.outcome.shuffle == kShuffle);
    CHECK(failure.outcome.map_partition == PartitionId{0});
    CHECK(failure.outcome.from == kPeer);
    return "failed: " + failure.outcome.message;
  }
}

}  // namespace

TEST_CASE("a task gets a fetched block, or the reason why it could not be had") {
  const auto memory = std::make_shared<MemoryManager>();
  CHECK(fetched("rows", memory) == "rows");
  CHECK(fetched("", memory) == "failed: the connection ended");
  CHECK(memory->used() == 0);
}

TEST_CASE("a block for which there is no room here is no failed fetch: another would be as large") {
  REQUIRE(refuse_each_request([](const MemoryRef& memory) { fetched("rows", memory); }) == 1);
}
