#include "kindred/rdd/text_source.hpp"

#include <random>
#include <unistd.h>

#include "kindred/engine/error.hpp"
#include "kindred/engine/task_failure.hpp"
#include "tests/catch.hpp"
#include "tests/rdd/source_node.hpp"
#include "tests/rdd/source_testing.hpp"
#include "tests/refusing_memory.hpp"

namespace kindred::detail {
namespace {

using test::contains_text;
using test::partitions_of;
using test::rows_of;
using test::TemporaryFolder;

// The rule in its plainest form.
std::vector<std::string> model_lines(std::string text) {
  if (text.starts_with("\xef\xbb\xbf")) text.erase(0, 3);
  std::vector<std::string> lines;
  while (!text.empty()) {
    const auto lf = text.find('\n');
    auto line = text.substr(0, lf);
    if (lf != std::string::npos && line.ends_with('\r')) line.pop_back();
    lines.push_back(line);
    text.erase(0, lf == std::string::npos ? lf : lf + 1);
  }
  return lines;
}

Lines open(const std::string& path, std::optional<std::uint32_t> partitions = {}) {
  return Lines::open(path, partitions, {"text_file", "", "test.cpp", 1});
}

Lines with_cuts(const std::string& path, std::uint64_t size, std::vector<std::uint64_t> cuts) {
  std::vector<FilePartition> files;
  std::uint64_t begin = 0;
  cuts.push_back(size);
  for (const auto cut : cuts) {
    files.push_back({{path, Compression::none, begin, cut, size}});
    begin = cut;
  }
  return {std::make_shared<const std::vector<FilePartition>>(files),
          std::make_shared<const OpLabel>()};
}

const std::vector<std::string> kTexts = {
    "",
    "\n",
    "\r\n",
    "\n\n\n\n",
    "\r\n\r\n\r\n",
    "a",
    "one\ntwo\n\nthree\n",
    "one\ntwo\nlast",
    "one\r\ntwo\r\n\r\nthree\r\n",
    "one\r\ntwo\nlast\r",
    "a\rb\n\rc\r\r\n",
    "\xef\xbb\xbf"
    "one\ntwo\n",
    "\xef\xbb\xbf"
    "\n\n",
    "\xef\xbb\xbf",
    "\xef\xbb"
    "a\nb",
};

TEST_CASE("each line is read exactly once, wherever a file is cut") {
  const TemporaryFolder folder;
  for (const auto& text : kTexts) {
    const auto path = folder.write("a.txt", text);
    const auto expected = model_lines(text);
    for (std::size_t first = 0; first <= text.size(); ++first) {
      for (std::size_t second = first; second <= text.size(); ++second) {
        CAPTURE(text, first, second);
        REQUIRE(rows_of(with_cuts(path, text.size(), {first, second})) == expected);
      }
    }
  }
}

TEST_CASE("a line belongs to the partition in which it begins") {
  const TemporaryFolder folder;
  const auto path = folder.write("a.txt", "ab\ncd\nef\n");
  using Parts = std::vector<std::vector<std::string>>;
  REQUIRE(partitions_of(with_cuts(path, 9, {3})) == Parts{{"ab"}, {"cd", "ef"}});
  REQUIRE(partitions_of(with_cuts(path, 9, {4})) == Parts{{"ab", "cd"}, {"ef"}});
  REQUIRE(partitions_of(with_cuts(path, 9, {1, 2})) == Parts{{"ab"}, {}, {"cd", "ef"}});
}

TEST_CASE(
    "the lines of several files follow each other, each file with its own mark and last line") {
  const TemporaryFolder folder;
  std::vector<std::string> expected;
  for (std::size_t i = 0; i < kTexts.size(); ++i) {
    folder.write("part-" + std::to_string(100 + i), kTexts[i]);
    for (auto& line : model_lines(kTexts[i])) expected.push_back(std::move(line));
  }
  REQUIRE(rows_of(open(folder.path())) == expected);
  for (std::uint32_t partitions = 1; partitions < 250; ++partitions) {
    CAPTURE(partitions);
    const auto lines = open(folder.path(), partitions);
    REQUIRE(lines.partitions() == partitions);
    REQUIRE(rows_of(lines) == expected);
  }
  folder.write("part-100.gz", test::gzip("compressed\n"));
  folder.write("part-200.lz4", test::lz4("compressed too"));
  expected.insert(expected.begin(), "compressed");  // behind part-100, which is empty
  expected.push_back("compressed too");
  for (std::uint32_t partitions : {1U, 2U, 7U, 100U, 1000U}) {
    CAPTURE(partitions);
    REQUIRE(rows_of(open(folder.path(), partitions)) == expected);
  }
}

TEST_CASE("lines longer than the read buffer are whole, on any number of partitions") {
  const TemporaryFolder folder;
  std::string text = "short\n" + std::string(1'000'000, 'x') + "\r\n";
  text += std::string(262'144, 'y') + "\n" + std::string(262'143, 'z') + "\r\n\nend";
  const auto path = folder.write("long.txt", text);
  for (std::uint32_t partitions : {1U, 2U, 7U, 64U}) {
    REQUIRE(rows_of(open(path, partitions)) == model_lines(text));
  }
}

TEST_CASE("random lines are the same on any number of partitions, plain and compressed") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  const TemporaryFolder folder;
  std::string text;
  while (text.size() < 900'000) {
    text.append(random() % 200, static_cast<char>('a' + random() % 26));
    text += random() % 2 == 0 ? "\n" : "\r\n";
  }
  const auto expected = model_lines(text);
  const auto path = folder.write("a.txt", text);
  for (std::uint32_t partitions : {1U, 2U, 7U, 300U}) {
    REQUIRE(rows_of(open(path, partitions)) == expected);
  }
  REQUIRE(rows_of(open(folder.write("a.txt.gz", test::gzip(text)), 7)) == expected);
  REQUIRE(rows_of(open(folder.write("a.txt.zst", test::zstd(text)), 7)) == expected);
  REQUIRE(rows_of(open(folder.write("a.txt.lz4", test::lz4(text)), 7)) == expected);
}

TEST_CASE("members and frames that follow each other are one text") {
  const TemporaryFolder folder;
  const std::vector<std::string> expected = {"one", "two", "three"};
  const std::string gz = test::gzip("one\ntw") + test::gzip("") + test::gzip("o\nthree");
  REQUIRE(rows_of(open(folder.write("a.gz", gz))) == expected);
  REQUIRE(rows_of(open(folder.write("padded.gz", gz + std::string(700, '\0')))) == expected);
  const std::string skippable("\x50\x2a\x4d\x18\x03\x00\x00\x00pad", 11);
  const std::string zst =
      skippable + test::zstd("one\ntw") + test::zstd("") + skippable + test::zstd("o\nthree");
  REQUIRE(rows_of(open(folder.write("a.zst", zst))) == expected);
  const std::string lz4 =
      skippable + test::lz4("one\ntw") + test::lz4("") + skippable + test::lz4("o\nthree");
  REQUIRE(rows_of(open(folder.write("a.lz4", lz4))) == expected);
  REQUIRE(rows_of(open(folder.write("empty.gz", test::gzip("")))).empty());
  REQUIRE(rows_of(open(folder.write("empty.zst", test::zstd("")))).empty());
  REQUIRE(rows_of(open(folder.write("empty.lz4", test::lz4("")))).empty());
}

TEST_CASE("a compressed file that is cut off anywhere is an error that says so") {
  const TemporaryFolder folder;
  for (const auto& [name, bytes] : {std::pair("a.gz", test::gzip("one\ntwo\nthree\n")),
                                    std::pair("a.zst", test::zstd("one\ntwo\nthree\n")),
                                    std::pair("a.lz4", test::lz4("one\ntwo\nthree\n"))}) {
    for (std::size_t size = 4; size < bytes.size(); ++size) {
      CAPTURE(name, size);
      const auto lines = open(folder.write(name, bytes.substr(0, size)));
      REQUIRE_THROWS_AS(rows_of(lines), InputError);
      REQUIRE_THROWS_WITH(rows_of(lines),
                          contains_text(name) && contains_text("the file is truncated"));
    }
  }
}

TEST_CASE("a corrupt compressed file is an error that says so") {
  const TemporaryFolder folder;
  const auto text = std::string(1000, 'a') + "\nb\n";
  auto gz = test::gzip(text);
  gz[gz.size() - 6] ^= 1;  // its checksum
  REQUIRE_THROWS_WITH(rows_of(open(folder.write("a.gz", gz))),
                      contains_text("a.gz") && contains_text("corrupt (incorrect data check)"));
  REQUIRE_THROWS_WITH(rows_of(open(folder.write("b.gz", test::gzip(text) + "garbage"))),
                      contains_text("corrupt"));
  REQUIRE_THROWS_WITH(rows_of(open(folder.write("b.zst", test::zstd(text) + "garbage"))),
                      contains_text("b.zst") && contains_text("corrupt"));
  auto lz4 = test::lz4(text);
  lz4[lz4.size() - 1] ^= 1;  // its checksum
  REQUIRE_THROWS_WITH(
      rows_of(open(folder.write("a.lz4", lz4))),
      contains_text("a.lz4") && contains_text("corrupt (ERROR_contentChecksum_invalid)"));
  REQUIRE_THROWS_WITH(rows_of(open(folder.write("b.lz4", test::lz4(text) + "garbage"))),
                      contains_text("corrupt (ERROR_frameType_unknown)"));
}

TEST_CASE("a file that became shorter since it was planned is an error, one that grew is not") {
  const TemporaryFolder folder;
  const auto path = folder.write("a.txt", "one\ntwo\nthree\n");
  const auto lines = open(path, 2);
  folder.write("a.txt", "one\ntwo\nthree\nfour\n");
  REQUIRE(rows_of(lines) == std::vector<std::string>{"one", "two", "three"});
  REQUIRE(::truncate(path.c_str(), 5) == 0);
  REQUIRE_THROWS_AS(rows_of(lines), InputError);
  REQUIRE_THROWS_WITH(rows_of(lines), contains_text("it has 5 bytes, and had 14"));
  REQUIRE(::unlink(path.c_str()) == 0);
  REQUIRE_THROWS_WITH(rows_of(lines), contains_text("No such file"));
}

TEST_CASE("a sink that has enough ends the reading at once") {
  const TemporaryFolder folder;
  const auto lines = open(folder.write("a.txt", "one\ntwo\nthree"), 1);
  for (int wanted : {1, 2, 3}) {
    int seen = 0;
    REQUIRE_FALSE(test::run_partition(lines, 0, [&](auto) { return ++seen < wanted; }));
    REQUIRE(seen == wanted);
  }
  REQUIRE(test::run_partition(lines, 0, [](auto) { return true; }));
  folder.write("b.txt", "four");
  int seen = 0;
  REQUIRE_FALSE(test::run_partition(open(folder.path(), 1), 0, [&](auto) { return ++seen < 2; }));
  REQUIRE(seen == 2);
}

TEST_CASE("a task that was asked to stop stops within a block") {
  const TemporaryFolder folder;
  std::string text;
  for (int i = 0; i < 500'000; ++i) text += "line\n";
  const auto lines = open(folder.write("a.txt", text), 1);
  ExecutorStores stores;
  stores.memory = std::make_shared<MemoryManager>();
  const MapOutputsList none;
  TaskContext task(stores, none, StageId{}, PartitionId{0}, 0);
  std::size_t seen = 0;
  auto sink = [&](std::string_view) {
    if (++seen == 10) task.request_stop();
    return true;
  };
  REQUIRE_THROWS_AS(lines.run(PartitionId{0}, task, sink), TaskKilled);
  REQUIRE(seen < 100'000);
}

TEST_CASE("lines read the same in another process") {
  const TemporaryFolder folder;
  const auto lines = open(folder.write("a.txt", "one\ntwo\nthree\n"), 2);
  const auto again = test::sent(lines);
  REQUIRE(partitions_of(again) == partitions_of(lines));
  REQUIRE(again.label->text() == "text_file at test.cpp:1");
}

TEST_CASE("memory that is refused to a text file is an error, and none stays taken") {
  const TemporaryFolder folder;
  const auto text = std::string(700'000, 'x') + "\n" + std::string(700'000, 'y');
  for (const auto& path :
       {folder.write("a.txt", text), folder.write("a.txt.gz", test::gzip(text)),
        folder.write("a.txt.zst", test::zstd(text)), folder.write("a.txt.lz4", test::lz4(text))}) {
    CAPTURE(path);
    const auto lines = open(path, 1);
    REQUIRE(test::refuse_each_request([&](const MemoryRef& memory) { rows_of(lines, memory); }) >=
            2);
  }
}

}  // namespace
}  // namespace kindred::detail
