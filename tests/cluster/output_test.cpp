#include <atomic>
#include <csignal>
#include <cstdio>
#include <future>
#include <iostream>
#include <map>
#include <unistd.h>

#include "kindred/cluster/line_writer.hpp"
#include "kindred/cluster/lines.hpp"
#include "kindred/cluster/process_end.hpp"
#include "tests/catch.hpp"
#include "tests/cluster/other_driver.hpp"
#include "tests/cluster/process_cases.hpp"

namespace {

using namespace kindred;
using namespace kindred::cluster;
using namespace kindred::test;

constexpr std::uint32_t kTasks = 40;
constexpr int kLinesOfTask = 1'000;

std::vector<std::string> split(std::string_view bytes, std::size_t piece) {
  std::vector<std::string> lines;
  const auto add = [&](std::string_view line) { lines.emplace_back(line); };
  LineSplitter splitter;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    splitter.take(bytes.substr(at, piece), add);
  }
  splitter.finish(add);
  return lines;
}

std::string prints_much(PartitionId partition, TaskContext&, ShuffleId) {
  const std::string rest(100, 'x');
  for (int i = 0; i < kLinesOfTask; ++i) {
    std::printf("task %u line %d %s\n", partition.value, i, rest.c_str());
  }
  return {};
}

std::string prints_and_is_killed(PartitionId, TaskContext& task, ShuffleId) {
  if (!first_executor(task)) return {};
  std::printf("by printf\n");
  std::cout << "by cout\n";
  std::cerr << "by cerr\n";
  [[maybe_unused]] const auto written = ::write(STDOUT_FILENO, "no end", 6);
  ::kill(::getpid(), SIGKILL);
  return {};
}

std::string prints_and_exits(PartitionId, TaskContext&, ShuffleId) {
  for (int i = 0; i < 20; ++i) std::printf("line %d\n", i);
  std::cerr << "cannot go on: the disk is on fire\n";
  std::_Exit(42);
}

}  // namespace

TEST_CASE("bytes become the same lines however they are cut") {
  for (const std::size_t piece : {1, 2, 3, 100}) {
    CHECK(split("one\n\nthree\nno end", piece) ==
          std::vector<std::string>{"one", "", "three", "no end"});
  }
  CHECK(split("", 1).empty());
}

TEST_CASE("a line without an end is cut, and no byte of it is lost") {
  const std::string line(LineSplitter::kMostLine * 2 + 5, 'x');
  const auto parts = split(line + "\nnext\n", 1000);
  REQUIRE(parts.size() == 4);
  CHECK(parts[0] + parts[1] + parts[2] == line);
  CHECK(parts[3] == "next");
}

TEST_CASE("only the last lines are kept, and of a long one its beginning") {
  LastLines last;
  for (int i = 0; i < 100; ++i) last.add("line " + std::to_string(i));
  last.add(std::string(1'000'000, 'x'));
  CHECK(last.lines().size() == LastLines::kMostLines);
  CHECK(last.lines()[LastLines::kMostLines - 2] == "line 99");
  CHECK(last.lines().back().size() == LastLines::kMostOfLine);
}

TEST_CASE("a writer whose stream takes nothing says that it is full, and tells when it is not") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  FILE* to = ::fdopen(ends[1], "w");
  std::promise<void> has_room;
  const std::string line = std::string(999, 'x') + "\n";
  std::size_t sent = 0;
  std::size_t received = 0;
  const auto read = [&] {
    char bytes[4096];
    received += static_cast<std::size_t>(::read(ends[0], bytes, sizeof bytes));
  };
  {
    LineWriter writer([&] { has_room.set_value(); });
    while (!writer.full()) {
      writer.put(to, line);
      sent += line.size();
    }
    CHECK(sent >= LineWriter::kMostWaiting);
    CHECK(sent < 2 * LineWriter::kMostWaiting);
    auto told = has_room.get_future();
    // Whoever was told that it is full waits for the call, however often others ask meanwhile.
    while (writer.full()) read();
    CHECK(told.wait_for(std::chrono::seconds(30)) == std::future_status::ready);
    CHECK(sent - received <= LineWriter::kMostWaiting / 2 + (64 << 10) + 4096);
    auto rest = std::async(std::launch::async, [&] {
      while (received < sent) read();
    });
  }
  CHECK(received == sent);
  ::fclose(to);
  ::close(ends[0]);
}

TEST_CASE("processes that the kernel ended for want of memory are counted where it counts them") {
  CHECK(out_of_memory_kills("nr_free_pages 7\noom_kill 12\nunevictable 3\n") == 12);
  CHECK(out_of_memory_kills("nr_free_pages 7\n") == 0);
}

TEST_CASE("a driver whose tasks print (does nothing when it is run by itself)", "[.]") {
  if (!is_other_driver()) return;
  Driver driver(processes(2, 2));
  const auto stage = std::make_shared<TextStage<prints_much>>(RddId{1}, kTasks);
  driver.run(stage, all_partitions(kTasks));
}

TEST_CASE("a driver whose task is killed (does nothing when it is run by itself)", "[.]") {
  if (!is_other_driver()) return;
  Driver driver(processes(1));
  const auto stage = std::make_shared<TextStage<prints_and_is_killed>>(RddId{1}, 1);
  driver.run(stage, all_partitions(1));
}

TEST_CASE("what tasks print comes out whole, line by line, in order and with the executor") {
  OtherDriver driver("a driver whose tasks print*");
  std::map<int, int> next;
  for (const auto& line : driver.lines()) {
    int executor = 0;
    int task = 0;
    int number = 0;
    if (line.rfind("[executor ", 0) != 0) continue;  // Catch's own
    REQUIRE(std::sscanf(line.c_str(), "[executor %d] task %d line %d", &executor, &task, &number) ==
            3);
    REQUIRE(number == next[task]++);
    REQUIRE(line.ends_with(" " + std::string(100, 'x')));
  }
  REQUIRE(next.size() == kTasks);
  for (const auto& [task, lines] : next) CHECK(lines == kLinesOfTask);
}

TEST_CASE("what an executor printed before it was killed comes out, each on its own stream") {
  const auto with_prefix = [](const std::vector<std::string>& lines) {
    std::vector<std::string> found;
    for (const auto& line : lines) {
      if (line.rfind("[executor 0] ", 0) == 0) found.push_back(line);
    }
    return found;
  };
  OtherDriver output("a driver whose task is killed*");
  CHECK(with_prefix(output.lines()) == std::vector<std::string>{"[executor 0] by printf",
                                                                "[executor 0] by cout",
                                                                "[executor 0] no end"});
  OtherDriver errors("a driver whose task is killed*", "2>&1 >/dev/null");
  CHECK(with_prefix(errors.lines()) == std::vector<std::string>{"[executor 0] by cerr"});
}

TEST_CASE("the error of a job that loses its executors tells the last lines that one printed") {
  Driver driver(processes(2));
  const auto stage = std::make_shared<TextStage<prints_and_exits>>(RddId{1}, 1);
  const auto text = failure_of(driver, stage, 1);
  CHECK_THAT(text, contains_text("exited with status 42"));
  CHECK_THAT(text, contains_text("\n  its last lines:\n"));
  CHECK_THAT(text, contains_text("\n    line 19\n"));
  CHECK_THAT(text, contains_text("cannot go on: the disk is on fire"));
  CHECK_THAT(text, !contains_text("\n    line 1\n"));
}
