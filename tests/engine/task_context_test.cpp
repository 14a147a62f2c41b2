#include "kindred/engine/task_context.hpp"

#include <string>

#include "kindred/engine/error.hpp"
#include "kindred/engine/sealed_block.hpp"
#include "kindred/engine/task_failure.hpp"
#include "tests/catch.hpp"

namespace {

using namespace kindred;
using kindred::test::contains_text;

constexpr ExecutorId kPeer{7};
constexpr ShuffleId kShuffle{1};

// Another executor that has one block, or says why not.
class OneBlock final : public RemoteBlocks {
 public:
  explicit OneBlock(std::string sealed) : sealed_(std::move(sealed)) {}
  std::string fetch(ExecutorId, ShuffleId, PartitionId, PartitionId) override {
    if (sealed_.empty()) throw DecodeError("the connection ended");
    return sealed_;
  }

 private:
  const std::string sealed_;
};

// What a task gets of that block, or the text of its failed fetch.
std::string fetched(const std::string& sealed) {
  ExecutorStores stores;
  stores.self = ExecutorId{1};
  stores.memory = std::make_shared<MemoryManager>();
  stores.remote = std::make_shared<OneBlock>(sealed);
  const MapOutputsList inputs{{kShuffle, {kPeer}}};
  const TaskContext task(stores, inputs, StageId{2}, PartitionId{0}, 0);
  try {
    return task.fetch(kShuffle, PartitionId{0}, PartitionId{3});
  } catch (const detail::FetchFailure& failure) {
    CHECK(failure.outcome.shuffle == kShuffle);
    CHECK(failure.outcome.map_partition == PartitionId{0});
    CHECK(failure.outcome.from == kPeer);
    return "failed: " + failure.outcome.message;
  }
}

}  // namespace

TEST_CASE("a task gets a fetched block opened, or the reason why it could not be had") {
  CHECK(fetched(seal_block("rows")) == "rows");
  CHECK(fetched("") == "failed: the connection ended");
}

TEST_CASE("a block that was altered where it is kept is a failed fetch that says so [scenario-18]",
          "[scenario-18]") {
  const auto sealed = seal_block("rows that are long enough to be altered anywhere");
  for (std::size_t at = 0; at < sealed.size(); ++at) {
    auto altered = sealed;
    altered[at] = static_cast<char>(altered[at] ^ 1);
    CHECK_THAT(fetched(altered), contains_text("failed: executor 7: ") &&
                                     contains_text("damaged where they are kept: block: "));
  }
}
