#include "kindred/engine/disk_pieces.hpp"

#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "kindred/engine/error.hpp"
#include "kindred/engine/sealed_block.hpp"
#include "tests/catch.hpp"
#include "tests/faulty_disk.hpp"

namespace kindred {
namespace {

constexpr const char* kName = "block 3 of persist at pi.cpp:12";

const MemoryRef memory = std::make_shared<MemoryManager>();

}  // namespace

TEST_CASE("pieces come back as they were added, sealed and opened") {
  test::FaultyDisk disk;
  DiskPieces pieces(disk, memory, kName);
  const std::vector<std::string> raw{"one", "", std::string(100'000, 'x'), "four"};
  for (const auto& piece : raw) pieces.add(piece);
  REQUIRE(pieces.size() == 4);
  for (std::size_t i = 0; i < raw.size(); ++i) {
    CHECK(pieces.piece(i) == raw[i]);
    CHECK(open_block(pieces.sealed(i)) == raw[i]);
  }
  CHECK_NOTHROW(pieces.check());
}

TEST_CASE("whatever byte of a piece changes, its reader is told of DISK and block [scenario-18]",
          "[scenario-18]") {
  test::FaultyDisk disk;
  DiskPieces pieces(disk, memory, kName);
  pieces.add("these are a few bytes of rows");
  const auto size = pieces.sealed(0).size();
  for (std::size_t at = 0; at < size; ++at) {
    disk.alter = [&](std::span<char> bytes) { bytes[at] = static_cast<char>(bytes[at] ^ 0x10); };
    CHECK_THROWS_AS(pieces.check(), DecodeError);
    CHECK_THROWS_WITH(pieces.piece(0), test::contains_text(kName) &&
                                           test::contains_text("damaged from DISK, piece 1 of 1"));
  }
}

TEST_CASE("a whole piece is not taken for another one of the same size") {
  test::FaultyDisk disk;
  DiskPieces pieces(disk, memory, kName);
  pieces.add("first");
  pieces.add("other");
  const auto other = pieces.sealed(1);
  disk.alter = [&](std::span<char> bytes) { std::copy(other.begin(), other.end(), bytes.begin()); };
  CHECK_THROWS_AS(pieces.piece(0), DecodeError);
  CHECK(pieces.piece(1) == "other");
}

TEST_CASE("a piece that is refused names the block, and those before it stay [scenario-24]",
          "[scenario-24]") {
  test::FaultyDisk disk(2);  // the file and a piece are granted
  DiskPieces pieces(disk, memory, kName);
  pieces.add("first");
  CHECK_THROWS_WITH(pieces.add("second"),
                    test::contains_text(kName) && test::contains_text("in the folder /full"));
  CHECK(pieces.size() == 1);
  pieces.add("third");
  CHECK(pieces.piece(0) == "first");
  CHECK(pieces.piece(1) == "third");
  test::FaultyDisk none(0);
  CHECK_THROWS_WITH(DiskPieces(none, memory, kName), test::contains_text(kName));
}

}  // namespace kindred
