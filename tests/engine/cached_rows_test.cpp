#include "kindred/engine/cached_rows.hpp"

#include <memory>
#include <string>
#include <vector>

#include "tests/catch.hpp"

namespace kindred {
namespace {

constexpr BlockId kBlock{RddId{1}, PartitionId{2}};
using Texts = CachedRows<std::string>;

const std::vector<std::string> kTexts{"to", "be", "", std::string(1000, 'x')};

MemoryRef budget(std::uint64_t bytes = MemoryManager::kUnlimited) {
  return std::make_shared<MemoryManager>(bytes);
}

std::string sealed_texts() {
  Texts block(budget());
  for (const auto& text : kTexts) block.rows.push(text);
  return block.sealed();
}

std::vector<std::string> texts_of(const Rows<std::string>& rows) {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < rows.chunks(); ++i) {
    texts.insert(texts.end(), rows.chunk(i).begin(), rows.chunk(i).end());
  }
  return texts;
}

}  // namespace

TEST_CASE("a copy of a block gives the same rows, and is opened once") {
  const auto memory = budget();
  BlockStore store;
  store.put(kBlock, std::make_shared<SealedCopy>(sealed_texts(), memory));
  const auto first = find_rows<std::string>(store, kBlock, memory);
  REQUIRE(texts_of(first->rows) == kTexts);
  REQUIRE(find_rows<std::string>(store, kBlock, memory) == first);
  REQUIRE(find_rows<std::string>(store, {RddId{9}, PartitionId{0}}, memory) == nullptr);
  // As well as the first, it can be given on, before it was opened and after.
  REQUIRE(store.sealed(kBlock) == sealed_texts());
  REQUIRE(SealedCopy(sealed_texts(), memory).sealed() == sealed_texts());
}

TEST_CASE("a damaged copy is dropped, and the block is as good as never kept") {
  const auto memory = budget();
  auto bytes = sealed_texts();
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  BlockStore store;
  store.put(kBlock, std::make_shared<SealedCopy>(bytes, memory));
  REQUIRE(find_rows<std::string>(store, kBlock, memory) == nullptr);
  REQUIRE(store.size() == 0);
  REQUIRE(memory->used() == 0);
}

TEST_CASE("copies are asked for from the memory manager, as sealed bytes and as rows") {
  const auto bytes = sealed_texts();
  REQUIRE_THROWS_AS(SealedCopy(bytes, budget(8)), OutOfMemoryError);
  const auto memory = budget();
  {
    BlockStore store;
    store.put(kBlock, std::make_shared<SealedCopy>(bytes, memory));
    REQUIRE(memory->used() >= bytes.size());
    find_rows<std::string>(store, kBlock, memory);
    REQUIRE(memory->used() >= kTexts.back().size());
  }
  REQUIRE(memory->used() == 0);
}

}  // namespace kindred
