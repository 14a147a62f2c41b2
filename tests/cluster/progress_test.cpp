#include "kindred/cluster/progress.hpp"

#include <memory>
#include <string>
#include <vector>

#include "tests/catch.hpp"
#include "tests/cluster/stages.hpp"

using namespace kindred;
using namespace kindred::cluster;
using namespace kindred::test;
using namespace std::chrono_literals;
using How = scheduler::TaskFinished::How;

namespace {

std::string no_text(PartitionId, TaskContext&, ShuffleId) { return {}; }

// Two tasks in flight at a time of a stage of ten, on a clock of our own.
class TenTasks {
 public:
  TenTasks() {
    auto attempt = std::make_shared<scheduler::StageAttempt>();
    attempt->stage = StageId{3};
    attempt->end = std::make_shared<TextStage<no_text>>(RddId{1}, 10);
    attempt->end->rename("names");
    attempt_ = attempt;
    progress.on(scheduler::StageStarted{attempt_, 10}, now);
  }
  void launch(std::size_t tasks) {
    progress.on(scheduler::LaunchTasks{ExecutorId{0}, attempt_,
                                       std::vector<scheduler::LaunchTasks::Task>(tasks)},
                now);
  }
  void end(How how) {
    progress.on(scheduler::TaskFinished{TaskId{0}, StageId{3}, 0, ExecutorId{0}, how}, now);
  }
  void finish() { progress.on(scheduler::StageFinished{StageId{3}, 0, false}, now); }
  std::vector<std::string> lines(std::size_t width = 100) { return progress.lines(now, width); }

  ProgressLines progress;
  ProgressLines::TimePoint now{1h};

 private:
  std::shared_ptr<const scheduler::StageAttempt> attempt_;
};

}  // namespace

TEST_CASE(
    "a stage's line counts tasks that are done, in flight and failed, and foretells its end") {
  TenTasks stage;
  stage.launch(4);
  stage.now += 2s;
  stage.end(How::done);
  stage.end(How::failed);
  stage.launch(1);
  const auto op = stage.progress.lines(stage.now, 200).front();
  CHECK(stage.lines() == std::vector{op});
  CHECK_THAT(op, contains_text("stage 3 "));
  CHECK_THAT(op, contains_text("[=>          ] 1/10, 3 in flight, 1 failed, 0.5/s, 18 s left"));
  stage.end(How::killed);
  CHECK_THAT(stage.lines().front(), contains_text("1/10, 2 in flight, 1 failed,"));
  stage.end(How::lost);
  stage.end(How::fetch_failed);
  CHECK_THAT(stage.lines().front(), contains_text("1/10, 0 in flight, 3 failed,"));
}

TEST_CASE("a stage that ends soon is never shown, and one that has ended no longer") {
  TenTasks stage;
  stage.launch(2);
  stage.now += ProgressLines::kPatience - 1ms;
  CHECK(stage.progress.any());
  CHECK(stage.lines().empty());
  stage.now += 1ms;
  CHECK(stage.lines().size() == 1);
  stage.finish();
  CHECK(stage.lines().empty());
  CHECK_FALSE(stage.progress.any());
  stage.end(How::done);  // late: of an attempt that is gone
  CHECK(stage.lines().empty());
}

TEST_CASE("a line is no longer than the terminal is wide: the op's name gives way first") {
  TenTasks stage;
  stage.launch(2);
  stage.now += 1s;
  stage.end(How::done);
  for (const std::size_t width : {120U, 80U, 60U, 30U, 10U, 1U}) {
    INFO("width " << width);
    CHECK(stage.lines(width).front().size() <= width);
  }
  CHECK_THAT(stage.lines(60).front(), contains_text("1/10, 1 in flight, 1.0/s, 9 s left"));
}

TEST_CASE("long times are told in minutes and hours") {
  TenTasks stage;
  stage.launch(2);
  stage.now += 10min;
  stage.end(How::done);
  CHECK_THAT(stage.lines().front(), contains_text("1 h 30 min left"));
}

TEST_CASE("tasks whose outputs were lost and computed again do not make the bar longer") {
  TenTasks stage;
  stage.launch(40);
  stage.now += 1s;
  for (int i = 0; i < 40; ++i) stage.end(How::done);
  CHECK_THAT(stage.lines().front(), contains_text("[============] 40/10, 0 in flight"));
}
