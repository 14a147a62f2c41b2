#include <random>

#include "tests/scheduler/fake.hpp"

namespace kindred::test {
namespace {

// A cluster whose messages arrive late, twice or never, and whose executors die, lose files and
// evict blocks. Whatever happens, the scheduler is told of it at some time.
class Simulation {
 public:
  explicit Simulation(std::uint64_t seed)
      : random_(seed), cluster_({.max_task_failures = 8, .max_stage_attempts = 50}) {}

  void run() {
    make_lineage();
    const auto jobs = 1 + pick(4);
    for (std::uint64_t job = 1; job <= jobs; ++job) waiting_jobs_.push_back(job);
    for (std::size_t i = 0; i < 2 + pick(2); ++i) start_executor();
    for (int step = 0; step < 400 && !done(); ++step) disturb();
    for (int step = 0; step < 20'000 && !done(); ++step) calm();
    REQUIRE(done());
    check(jobs);
  }

 private:
  std::size_t pick(std::size_t below) {
    return std::uniform_int_distribution<std::size_t>(0, below - 1)(random_);
  }
  bool chance(unsigned percent) { return pick(100) < percent; }
  std::uint32_t some_partitions() { return 1 + static_cast<std::uint32_t>(pick(5)); }

  void make_lineage() {
    rows_.push_back(lineage_.source(some_partitions()));
    for (std::size_t i = 0; i < 3 + pick(8); ++i) {
      const auto parent = rows_[pick(rows_.size())];
      const auto other = rows_[pick(rows_.size())];
      switch (pick(5)) {
        case 0:
          rows_.push_back(lineage_.persist(parent));
          break;
        case 1:
          rows_.push_back(lineage_.concat(parent, other));
          break;
        case 2:
          rows_.push_back(
              lineage_.read({lineage_.write(parent), lineage_.write(other)}, some_partitions()));
          break;
        default:
          rows_.push_back(lineage_.shuffle(parent, some_partitions()));
      }
    }
  }

  void start_executor() {
    cluster_.join(++last_executor_, 1 + static_cast<std::uint32_t>(pick(3)));
  }
  void submit() {
    const auto job = waiting_jobs_.front();
    waiting_jobs_.pop_front();
    const auto rows = job == 1 ? rows_.back() : rows_[rows_.size() - 1 - pick(rows_.size() / 2)];
    expected_[JobId{job}] = rows->partitions();
    cluster_.submit(job, lineage_.result(rows));
  }

  // The task does its work now; the message about it may be late.
  void work() {
    if (cluster_.running.empty()) return;
    const auto i = pick(cluster_.running.size());
    const auto task = cluster_.running[i];
    cluster_.running.erase(cluster_.running.begin() + static_cast<std::ptrdiff_t>(i));
    if (!cluster_.executors.contains(task.executor)) return;
    messages_.push_back(TaskEnded{task.id, task.executor, cluster_.work(task)});
  }
  void deliver() {
    if (messages_.empty()) return;
    const auto i = pick(messages_.size());
    const auto message = messages_[i];
    if (!chance(10)) messages_.erase(messages_.begin() + static_cast<std::ptrdiff_t>(i));
    cluster_.send(message);
  }
  void fail() {
    if (cluster_.running.empty()) return;
    const auto i = pick(cluster_.running.size());
    if (!cluster_.executors.contains(cluster_.running[i].executor)) return;
    cluster_.fail(i);
  }
  // The executor is dead from now on; that it is gone is known later.
  void kill() {
    if (cluster_.executors.empty() || last_executor_ > 12) return;
    auto victim = cluster_.executors.begin();
    std::advance(victim, static_cast<std::ptrdiff_t>(pick(cluster_.executors.size())));
    messages_.push_back(ExecutorGone{victim->first, "killed"});
    cluster_.executors.erase(victim);
    start_executor();
  }
  void lose_file() {
    for (auto& [id, executor] : cluster_.executors) {
      if (executor.outputs.empty() || !chance(50)) continue;
      auto lost = executor.outputs.begin();
      std::advance(lost, static_cast<std::ptrdiff_t>(pick(executor.outputs.size())));
      executor.outputs.erase(lost);
      return;
    }
  }
  void evict() {
    for (auto& [id, executor] : cluster_.executors) {
      if (executor.blocks.empty() || !chance(50)) continue;
      const auto block = *executor.blocks.begin();
      executor.blocks.erase(block);
      messages_.push_back(BlocksDropped{id, {block}});
      return;
    }
  }
  void cancel() {
    if (expected_.empty()) return;
    cluster_.cancel(1 + pick(expected_.size()));
  }

  void disturb() {
    const auto what = pick(100);
    if (what < 6 && !waiting_jobs_.empty()) return submit();
    if (what < 9) return kill();
    if (what < 11) return lose_file();
    if (what < 13) return evict();
    if (what < 15) return fail();
    if (what < 16) return cancel();
    what < 60 ? work() : deliver();
  }
  void calm() {
    if (!waiting_jobs_.empty()) return submit();
    chance(50) ? work() : deliver();
  }

  bool done() const {
    return waiting_jobs_.empty() && cluster_.ended.size() == expected_.size() &&
           cluster_.scheduler.idle();
  }

  void check(std::uint64_t jobs) const {
    REQUIRE(expected_.size() == jobs);
    REQUIRE(cluster_.all_finished());
    for (const auto& [job, partitions] : expected_) {
      if (cluster_.ended_with<JobStopped>(job.value)) continue;
      INFO("job " << job.value);
      REQUIRE(cluster_.ended_with<JobSucceeded>(job.value));
      REQUIRE(cluster_.given.at(job).size() == partitions);
    }
  }

  std::mt19937_64 random_;
  FakeCluster cluster_;
  Lineage lineage_;
  std::vector<NodeRef> rows_;
  std::deque<std::uint64_t> waiting_jobs_;
  std::map<JobId, std::size_t> expected_;
  std::vector<Event> messages_;
  std::uint64_t last_executor_ = 0;
};

}  // namespace

TEST_CASE("whatever dies, is late or comes twice, each result is given once and nothing is left") {
  for (std::uint64_t seed = 1; seed <= 500; ++seed) {
    CAPTURE(seed);
    Simulation(seed).run();
  }
}

}  // namespace kindred::test
