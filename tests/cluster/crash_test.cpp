#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <unistd.h>

#include "kindred/cluster/crash_report.hpp"
#include "kindred/cluster/function_names.hpp"
#include "tests/catch.hpp"
#include "tests/cluster/process_cases.hpp"

namespace {

using namespace kindred;
using namespace kindred::cluster;
using namespace kindred::test;

// Sanitizers have handlers of their own, and the last word.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

std::string name_of(PartitionId partition, TaskContext&, ShuffleId) {
  return "part " + std::to_string(partition.value);
}

std::string exits_with_42_in_one(PartitionId partition, TaskContext& task, ShuffleId shuffle) {
  if (partition.value == 1) std::exit(42);
  return name_of(partition, task, shuffle);
}

std::string exits_with_0(PartitionId, TaskContext&, ShuffleId) { std::exit(0); }

std::string is_killed_once(PartitionId partition, TaskContext& task, ShuffleId shuffle) {
  if (first_executor(task)) ::kill(::getpid(), SIGKILL);
  return name_of(partition, task, shuffle);
}

[[gnu::noinline]] int reads_from(volatile int* address) { return *address; }

std::string reads_null_in_one(PartitionId partition, TaskContext& task, ShuffleId shuffle) {
  if (partition.value == 3) return std::to_string(reads_from(nullptr) + 1);
  return name_of(partition, task, shuffle);
}

[[gnu::noinline]] int recurses(int depth) {  // NOLINT(misc-no-recursion)
  volatile int locals[256] = {depth};
  if (depth < 0) return 0;
  return recurses(locals[0] + 1) + locals[0];
}

std::string overflows(PartitionId, TaskContext&, ShuffleId) { return std::to_string(recurses(0)); }

void throws() { throw std::logic_error("nobody expects this"); }
[[gnu::noinline]] void must_not_throw() noexcept { throws(); }

std::string terminates(PartitionId, TaskContext&, ShuffleId) {
  must_not_throw();
  return {};
}

bool works(Driver& driver) {
  const auto stage = std::make_shared<TextStage<name_of>>(RddId{9}, 4);
  return driver.run(stage, all_partitions(4)).size() == 4;
}

// The failure of a job whose task takes down its executor each time. The driver works after that.
template <TaskBody body>
JobFailure failure_by(std::uint32_t cores, std::uint32_t partitions) {
  Driver driver(processes(2, cores), four_failures());
  try {
    driver.run(std::make_shared<TextStage<body>>(RddId{1}, partitions), all_partitions(partitions));
  } catch (const JobError& error) {
    CHECK(works(driver));
    return error.failure();
  }
  FAIL("no failure");
  return {};
}

}  // namespace

TEST_CASE("a task that calls exit(42) each time fails its job after four times [scenario-1]",
          "[scenario-1]") {
  const auto failure = failure_by<exits_with_42_in_one>(1, 4);
  CHECK_THAT(failure.message, contains_text("exited with status 42: exit() was called"));
  CHECK(failure.attempts == 4);
  CHECK(failure.partition == 1);
  CHECK(failure.op == "test_op at stages.hpp:1");
}

TEST_CASE("a task that calls exit(0) is a failure too, and the next job runs [scenario-2]",
          "[scenario-2]") {
  const auto failure = failure_by<exits_with_0>(1, 1);
  CHECK_THAT(failure.message, contains_text("exited with status 0: exit() was called"));
  CHECK(failure.attempts == 4);
}

TEST_CASE("a task that kills its process once does not change the answer [scenario-3]",
          "[scenario-3]") {
  Driver driver(processes(2));
  REQUIRE(works(driver));
  const auto stage = std::make_shared<TextStage<is_killed_once>>(RddId{1}, 2);
  CHECK(texts(driver.run(stage, all_partitions(2))) ==
        std::vector<std::string>{"part 0", "part 1"});
}

TEST_CASE("the task that crashes is named, with its ops and its stack, among others that run") {
  const auto failure = failure_by<reads_null_in_one>(2, 8);
  if (kSanitized) return;
  CHECK(failure.partition == 3);
  CHECK(failure.attempts == 4);
  CHECK(failure.op == "test_op at stages.hpp:1");
  CHECK_THAT(failure.message, contains_text("ended by signal 11 (Segmentation fault)"));
  CHECK_THAT(failure.message, contains_text("at address 0x0 in partition 3 of stage 0"));
  CHECK_THAT(failure.message, contains_text("#0 (anonymous namespace)::reads_from(int volatile*)"));
  CHECK_THAT(failure.message, !contains_text("kindred_on_crash"));
  CHECK_THAT(failure.message, !contains_text("TaskThreads"));
}

TEST_CASE("a stack that overflows is told from other bad accesses") {
  const auto failure = failure_by<overflows>(1, 1);
  if (kSanitized) return;
  CHECK_THAT(failure.message, contains_text("its stack overflowed"));
  CHECK_THAT(failure.message, contains_text("recurses"));
}

TEST_CASE("an exception that leaves a noexcept function is told with its type and text") {
  const auto failure = failure_by<terminates>(1, 1);
  if (kSanitized) return;
  CHECK_THAT(failure.message, contains_text("ended by signal 6 (Aborted): nobody caught "
                                            "std::logic_error: nobody expects this"));
  CHECK_THAT(failure.message, contains_text("must_not_throw"));
}

TEST_CASE("a crash report is read with all of its parts, and what is none is none") {
  const auto report = parse_crash_report(
      "signal 11 dead\noverflow\ntask 1f 10\nframe 12ab /lib/some where.so\nframe 7 ?\n");
  REQUIRE(report);
  CHECK(report->signal == 11);
  CHECK(report->address == 0xdead);
  CHECK(report->stack_overflow);
  CHECK(report->stage == StageId{31});
  CHECK(report->partition == PartitionId{16});
  REQUIRE(report->frames.size() == 2);
  CHECK(report->frames[0].offset == 0x12ab);
  CHECK(report->frames[0].module == "/lib/some where.so");
  CHECK_THAT(report->stack(), contains_text("#0 ? (some where.so+0x12ab)"));
  CHECK_FALSE(parse_crash_report(""));
  CHECK_FALSE(parse_crash_report("signal"));
  CHECK_FALSE(parse_crash_report("frame 12 /lib/libc.so\n"));
}

TEST_CASE("a file without symbols has no names of functions") {
  FunctionNames names;
  CHECK(names.find("/proc/self/status", 1).empty());
  CHECK(names.find("/there/is/no/such/file", 1).empty());
  CHECK(names.find("/proc/self/exe", ~std::uint64_t{0}).empty());
}
