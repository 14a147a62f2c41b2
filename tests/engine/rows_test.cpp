#include "kindred/engine/rows.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "kindred/engine/rows_archive.hpp"
#include "tests/engine/random.hpp"
#include "tests/refusing_memory.hpp"

namespace kindred {
namespace {

template <class T>
std::vector<T> all(const Rows<T>& rows) {
  std::vector<T> copy;
  for (std::size_t i = 0; i < rows.chunks(); ++i) {
    for (const auto& row : rows.chunk(i)) copy.push_back(row);
  }
  return copy;
}

template <class T>
std::string written(const Rows<T>& rows) {
  std::string bytes;
  OutputArchive out(bytes);
  write_rows(out, rows);
  return bytes;
}

template <class T>
std::vector<T> read(const MemoryRef& memory, std::string_view bytes) {
  Rows<T> rows(memory);
  InputArchive in(bytes);
  read_rows(in, rows);
  in.finish();
  return all(rows);
}

template <class T>
Rows<T> rows_of(const MemoryRef& memory, const std::vector<T>& values) {
  Rows<T> rows(memory);
  for (const auto& value : values) rows.push(value);
  return rows;
}

}  // namespace

TEST_CASE("rows come out in the order in which they were pushed, in few chunks") {
  const auto memory = std::make_shared<MemoryManager>();
  std::vector<std::uint64_t> model;
  {
    Rows<std::uint64_t> rows(memory);
    REQUIRE(rows.empty());
    REQUIRE(rows.bytes() == 0);
    for (std::uint64_t i = 0; i < 1'000'000; ++i) {
      rows.push(i * i);
      model.push_back(i * i);
    }
    REQUIRE(rows.size() == model.size());
    REQUIRE(all(rows) == model);
    REQUIRE(rows.chunks() < 30);
    REQUIRE(rows.bytes() == 8'000'000);
    REQUIRE(memory->used() >= rows.bytes());
  }
  REQUIRE(memory->used() == 0);
}

TEST_CASE("rows larger than a chunk, and rows that only move, are kept") {
  const auto memory = std::make_shared<MemoryManager>();
  struct Large {
    char bytes[3000];
  };
  Rows<Large> large(memory);
  for (int i = 0; i < 10; ++i) large.push({static_cast<char>(i)});
  REQUIRE(all(large)[9].bytes[0] == 9);
  Rows<std::unique_ptr<int>> held(memory);
  for (int i = 0; i < 100; ++i) held.push(std::make_unique<int>(i));
  REQUIRE(*held.chunk(0)[1] == 1);
}

TEST_CASE("the heap of rows is counted") {
  const auto memory = std::make_shared<MemoryManager>();
  Rows<std::string> rows(memory);
  for (int i = 0; i < 10; ++i) rows.push(std::string(10'000, 'x'));
  REQUIRE(rows.bytes() >= 100'000);
  REQUIRE(memory->used() >= rows.bytes());
}

TEST_CASE("rows that were moved away are empty, and can be filled again") {
  const auto memory = std::make_shared<MemoryManager>();
  auto rows = rows_of<std::string>(memory, {"a", "b"});
  auto moved = std::move(rows);
  REQUIRE(rows.empty());
  rows.push("c");
  REQUIRE(all(rows) == std::vector<std::string>{"c"});
  rows = std::move(moved);
  REQUIRE(all(rows) == std::vector<std::string>{"a", "b"});
}

TEST_CASE("room that is made beforehand is one chunk, however often it is asked for") {
  const auto memory = std::make_shared<MemoryManager>();
  Rows<std::string> rows(memory);
  rows.reserve(0);
  rows.reserve(100);
  rows.reserve(1000);
  REQUIRE(rows.chunks() == 1);
  for (int i = 0; i < 100; ++i) rows.push(std::to_string(i));
  REQUIRE(rows.chunks() == 1);
  for (int i = 100; i < 2000; ++i) rows.push(std::to_string(i));
  REQUIRE(all(rows).size() == 2000);
}

TEST_CASE("rows of every kind come back from their bytes") {
  test::Random random;
  WITH_SEED(random);
  const auto memory = std::make_shared<MemoryManager>();
  std::vector<std::pair<int, double>> numbers;
  std::vector<std::pair<std::string, std::vector<int>>> texts;
  for (const std::size_t size : {0, 1, 2, 100, 5000}) {
    while (numbers.size() < size) numbers.emplace_back(random.below(100), 0.5);
    while (texts.size() < size) texts.emplace_back(random.text(30), std::vector<int>(size % 7));
    REQUIRE(read<std::pair<int, double>>(memory, written(rows_of(memory, numbers))) == numbers);
    REQUIRE(read<std::pair<std::string, std::vector<int>>>(
                memory, written(rows_of(memory, texts))) == texts);
  }
  REQUIRE(memory->used() == 0);
}

TEST_CASE("truncated rows, rows left over and impossible numbers of rows are refused") {
  const auto memory = std::make_shared<MemoryManager>(1 << 20);
  const auto bytes = written(rows_of<std::string>(memory, {"one", "two", ""}));
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    REQUIRE_THROWS_AS(read<std::string>(memory, std::string_view(bytes).substr(0, length)),
                      DecodeError);
  }
  REQUIRE_THROWS_AS(read<std::string>(memory, bytes + "x"), DecodeError);
  for (const std::uint64_t count : {std::uint64_t{1} << 40, (std::uint64_t{1} << 61) + 1}) {
    std::string few;
    OutputArchive out(few);
    out(count, std::uint64_t{0});
    REQUIRE_THROWS_AS(read<std::uint64_t>(memory, few), DecodeError);
    REQUIRE_THROWS_AS(read<std::string>(memory, few), DecodeError);
  }
  REQUIRE(memory->used() == 0);
}

TEST_CASE("a row whose memory is refused stays with who pushed it, and can be pushed again") {
  const auto requests = test::refuse_each_request([](const MemoryRef& memory) {
    Rows<std::string> rows(memory);
    std::vector<std::string> model;
    bool refused = false;
    for (int i = 0; i < 100; ++i) {
      const auto text = std::string(50, 'x') + std::to_string(i);
      auto row = text;
      try {
        rows.push(std::move(row));
      } catch (const OutOfMemoryError&) {
        refused = true;
        REQUIRE(row == text);
        rows.push(std::move(row));
      }
      model.push_back(text);
    }
    REQUIRE(all(rows) == model);
    if (refused) throw OutOfMemoryError("as the sweep expects");
  });
  REQUIRE(requests > 5);
}

TEST_CASE("rows are cut into pieces, each of which can be read by itself") {
  const auto memory = std::make_shared<MemoryManager>();
  std::vector<std::string> model;
  std::vector<std::string> pieces;
  bool refuses = false;
  const auto take = [&](std::string_view piece) {
    if (refuses) throw InputError("no room");
    pieces.emplace_back(piece);
  };
  RowPieces<std::string, decltype(take)> encoder(100, take);
  encoder.flush();
  REQUIRE(pieces.empty());
  for (int i = 0; i < 30; ++i) {
    model.push_back("row " + std::to_string(i));
    encoder.add(model.back());
  }
  refuses = true;
  REQUIRE_THROWS_AS(encoder.flush(), InputError);
  REQUIRE(!read<std::string>(memory, encoder.pending()).empty());
  refuses = false;
  encoder.flush();
  REQUIRE(encoder.pending().empty());
  REQUIRE(pieces.size() > 3);
  std::vector<std::string> back;
  for (const auto& piece : pieces) {
    REQUIRE(piece.size() < 150);
    with_rows<std::string>(piece, memory, [&](const Rows<std::string>& rows) {
      for (const auto& row : all(rows)) back.push_back(row);
      return true;
    });
  }
  REQUIRE(back == model);
  REQUIRE(memory->used() == 0);
}

}  // namespace kindred
