// Persisted partitions that are to be on more than one executor.
#include "tests/scheduler/fake.hpp"

namespace kindred::test {
namespace {

using Holders = std::set<std::uint64_t>;

// Rows behind a shuffle that a job put into the caches of three executors, one or two on each; no
// copy was made yet.
struct Replicated {
  explicit Replicated(std::uint32_t copies = 2) : copies_(copies) {
    for (const std::uint64_t id : {1, 2, 3}) cluster.join(id);
    cluster.submit(1, lineage.result(kept));
    cluster.run_all();
    launched_before = cluster.launched();
  }
  BlockId block(std::uint32_t partition) const { return {kept->id(), PartitionId{partition}}; }
  Holders holders(std::uint32_t partition) const { return cluster.holders(block(partition)); }
  void require_copies(std::size_t copies) const {
    for (std::uint32_t p = 0; p < kPartitions; ++p) REQUIRE(holders(p).size() == copies);
  }
  /// Runs a job on the rows, and returns how many tasks that took.
  std::size_t read(std::uint64_t job) {
    const auto before = cluster.launched();
    cluster.submit(job, lineage.result(lineage.map(kept)));
    cluster.run_all();
    REQUIRE(cluster.ended_with<JobSucceeded>(job));
    return cluster.launched() - before;
  }
  /// A program's end.
  void require_nothing_left() {
    cluster.send(RddUnpersisted{kept->id()});
    cluster.send(ShuffleForgotten{writer->shuffle()});
    REQUIRE(cluster.copying.empty());
    for (const auto& [id, executor] : cluster.executors) REQUIRE(executor.blocks.empty());
    REQUIRE(cluster.scheduler.idle());
    REQUIRE(cluster.scheduler.replicas_under_way() == 0);
    while (!cluster.executors.empty()) cluster.lose(cluster.executors.begin()->first.value);
    REQUIRE(cluster.scheduler.empty());
  }

  static constexpr std::uint32_t kPartitions = 5;
  const std::uint32_t copies_;
  Lineage lineage;
  NodeRef writer = lineage.write(lineage.source(4));
  NodeRef kept = lineage.persist(lineage.read({writer}, kPartitions), copies_);
  FakeCluster cluster;
  std::size_t launched_before = 0;
};

}  // namespace

TEST_CASE("each cached partition is copied to as many executors as its RDD wants, and no more") {
  Replicated run;
  auto& cluster = run.cluster;
  REQUIRE(cluster.copying.size() == Replicated::kPartitions);
  REQUIRE(cluster.scheduler.replicas_under_way() == Replicated::kPartitions);
  cluster.copy_all();
  run.require_copies(2);
  REQUIRE(cluster.scheduler.replicas_under_way() == 0);
  REQUIRE(run.read(2) == Replicated::kPartitions);
  REQUIRE(cluster.copying.empty());
  run.require_nothing_left();
}

TEST_CASE("an RDD that is persisted once is not copied") {
  Replicated run(1);
  REQUIRE(run.cluster.all<Replicate>().empty());
  run.require_nothing_left();
}

TEST_CASE("copies are asked for before the job that made their blocks ends") {
  Replicated run;
  const auto& log = run.cluster.log;
  const auto last = std::find_if(log.rbegin(), log.rend(), [](const Action& action) {
    return std::holds_alternative<Replicate>(action);
  });
  REQUIRE(std::any_of(log.rbegin(), last, [](const Action& action) {
    return std::holds_alternative<JobSucceeded>(action);
  }));
}

TEST_CASE("a lost executor costs no computation where its blocks had copies [scenario-6]",
          "[scenario-6]") {
  for (const std::uint64_t victim : {1, 2, 3}) {
    Replicated run;
    auto& cluster = run.cluster;
    cluster.copy_all();
    // Without their shuffle no partition could be computed again unnoticed.
    cluster.send(ShuffleForgotten{run.writer->shuffle()});
    cluster.lose(victim);
    REQUIRE(run.read(2) == Replicated::kPartitions);
    REQUIRE(cluster.computed_in(run.writer) == 4);
    // Nothing was lost, and the report says so.
    const auto losses = cluster.all<DataLost>();
    REQUIRE(losses.size() == 1);
    for (const auto& part : losses[0].lost) CHECK(part.kind != KeptPartitions::Kind::cached);
    REQUIRE(losses[0].elsewhere.size() == 1);
    CHECK(losses[0].elsewhere[0].count > 0);
    CHECK_FALSE(losses[0].elsewhere[0].op.empty());
    // Both that are left hold all by now.
    cluster.copy_all();
    run.require_copies(2);
    run.require_nothing_left();
  }
}

TEST_CASE("where one copy after the other is lost with time between, none is computed again") {
  Replicated run;
  auto& cluster = run.cluster;
  cluster.copy_all();
  cluster.send(ShuffleForgotten{run.writer->shuffle()});
  for (std::uint64_t id = 1; id <= 20; ++id) {
    cluster.lose(id);
    cluster.join(id + 3);
    cluster.copy_all();
    run.require_copies(2);
  }
  REQUIRE(run.read(2) == Replicated::kPartitions);
  REQUIRE(cluster.computed_in(run.writer) == 4);
  run.require_nothing_left();
}

TEST_CASE("with too few executors all have a copy, and the next that joins gets what is wanted") {
  Replicated run(4);
  auto& cluster = run.cluster;
  cluster.copy_all();
  run.require_copies(3);
  cluster.join(4);
  REQUIRE(cluster.copying.size() == Replicated::kPartitions);
  cluster.copy_all();
  run.require_copies(4);
  cluster.join(5);
  REQUIRE(cluster.copying.empty());
  run.require_nothing_left();
}

TEST_CASE("the one that has a block may be lost before its copy is made: it is computed again") {
  Replicated run;
  auto& cluster = run.cluster;
  const auto lost = cluster.executors.at(ExecutorId{1}).blocks.size();
  REQUIRE(lost > 0);
  cluster.lose(1);
  cluster.copy_all();  // those from executor 1 fail
  cluster.send(ShuffleForgotten{run.writer->shuffle()});
  REQUIRE(run.read(2) > Replicated::kPartitions);
  REQUIRE(cluster.computed_in(run.writer) == 8);
  cluster.copy_all();
  run.require_copies(2);
  run.require_nothing_left();
}

TEST_CASE("a copy that arrives though the one that gave it is lost saves the computation") {
  Replicated run;
  auto& cluster = run.cluster;
  cluster.send(ShuffleForgotten{run.writer->shuffle()});
  // The bytes are there, and their message is late.
  for (const auto& copy : cluster.copying) {
    if (copy.from.value == 1) cluster.executors.at(copy.to).blocks.insert(copy.block);
  }
  cluster.lose(1);
  while (!cluster.copying.empty()) {
    cluster.copying[0].from.value == 1 ? cluster.end_copy(0, true) : cluster.copy(0);
  }
  REQUIRE(run.read(2) == Replicated::kPartitions);
  REQUIRE(cluster.computed_in(run.writer) == 4);
  run.require_copies(2);
  run.require_nothing_left();
}

TEST_CASE("where a copy's target is lost, another executor gets it") {
  Replicated run;
  auto& cluster = run.cluster;
  const auto victim = cluster.copying.at(0).to;
  cluster.lose(victim.value);
  cluster.join(4);
  for (const auto& copy : cluster.copying) REQUIRE(copy.to != victim);
  cluster.copy_all();
  REQUIRE(run.read(2) >= Replicated::kPartitions);
  cluster.copy_all();
  run.require_copies(2);
  // What the lost one says late is not believed.
  cluster.send(ReplicaEnded{ReplicaId{0}, victim, true});
  run.require_nothing_left();
}

TEST_CASE("a copy that fails is tried on other executors, but not for ever") {
  Replicated run;
  auto& cluster = run.cluster;
  for (const std::uint64_t id : {4, 5, 6, 7, 8}) cluster.join(id);
  const auto block = cluster.copying.at(0).block;
  std::set<ExecutorId> tried;
  const auto next = [&] {
    return std::find_if(cluster.copying.begin(), cluster.copying.end(),
                        [&](const Replicate& copy) { return copy.block == block; });
  };
  for (auto copy = next(); copy != cluster.copying.end(); copy = next()) {
    REQUIRE(tried.insert(copy->to).second);
    cluster.end_copy(static_cast<std::size_t>(copy - cluster.copying.begin()), false);
  }
  REQUIRE(tried.size() == 3);
  // Nor where an executor joins; but when one is lost, it may have been that one's fault.
  cluster.copy_all();
  cluster.join(9);
  REQUIRE(cluster.copying.empty());
  const Holders has = cluster.holders(block);
  for (const std::uint64_t id : {4, 5, 6, 7, 8, 9}) {
    if (!has.contains(id)) {
      cluster.lose(id);
      break;
    }
  }
  REQUIRE(next() != cluster.copying.end());
  cluster.copy_all();
  REQUIRE(cluster.holders(block).size() == 2);
  run.require_nothing_left();
}

TEST_CASE("unpersist drops all copies, those under way too") {
  Replicated run;
  auto& cluster = run.cluster;
  cluster.copy(0);
  const auto late = cluster.copying.at(0);
  cluster.send(RddUnpersisted{run.kept->id()});
  REQUIRE(cluster.copying.empty());
  for (const auto& [id, executor] : cluster.executors) REQUIRE(executor.blocks.empty());
  REQUIRE(cluster.scheduler.replicas_under_way() == 0);
  // Told before the executor knew of that, and twice: nobody may believe that it is there.
  for (int i = 0; i < 2; ++i) cluster.send(ReplicaEnded{late.replica, late.to, true});
  REQUIRE(run.read(2) == Replicated::kPartitions);
  cluster.copy_all();
  run.require_copies(2);
  run.require_nothing_left();
}

TEST_CASE("an executor that has nothing yet, but will have a copy, hears of an unpersist") {
  Lineage lineage;
  FakeCluster cluster;
  for (const std::uint64_t id : {1, 2, 3}) cluster.join(id);
  const auto kept = lineage.persist(lineage.source(1), 2);
  cluster.submit(1, lineage.result(kept));
  cluster.run_all();
  REQUIRE(cluster.copying.size() == 1);
  cluster.send(RddUnpersisted{kept->id()});
  REQUIRE(cluster.copying.empty());
  REQUIRE(cluster.all<DropBlocks>().size() == 2);
}

TEST_CASE("of several holders a task starts on whichever is free") {
  Replicated run(3);
  auto& cluster = run.cluster;
  cluster.copy_all();
  cluster.join(4, 8);  // it has nothing
  cluster.submit(2, run.lineage.result(run.kept));
  REQUIRE(cluster.running.size() == 3);
  for (const auto& task : cluster.running) REQUIRE(task.executor != ExecutorId{4});
  cluster.run_all();
  run.require_nothing_left();
}

TEST_CASE("where a copy is listed and gone, the next one is read, not the parents [scenario-23]",
          "[scenario-23]") {
  Replicated run;
  auto& cluster = run.cluster;
  cluster.copy_all();
  for (auto& [id, executor] : cluster.executors) executor.outputs.clear();
  cluster.send(ShuffleForgotten{run.writer->shuffle()});
  // Nobody tells the scheduler.
  cluster.executors.at(ExecutorId{1}).blocks.clear();
  cluster.submit(2, run.lineage.result(run.kept));
  bool looked = false;
  while (!cluster.running.empty()) {
    const auto task = cluster.running.at(0);
    const BlockId block{run.kept->id(), task.partition};
    if (cluster.executors.at(task.executor).blocks.contains(block)) {
      cluster.run(0);
      continue;
    }
    looked = true;
    cluster.end(0, FetchFailed{run.writer->shuffle(), PartitionId{0}, kNoExecutor, "nowhere"});
  }
  REQUIRE(looked);
  REQUIRE(cluster.ended_with<JobSucceeded>(2));
  REQUIRE(cluster.computed_in(run.writer) == 4);
  run.require_nothing_left();
}

TEST_CASE("blocks of one partition that were together have their copies together") {
  Lineage lineage;
  FakeCluster cluster;
  for (std::uint64_t id = 1; id <= 5; ++id) cluster.join(id);
  const auto a = lineage.persist(lineage.source(20), 2);
  const auto b = lineage.persist(lineage.map(a), 2);
  cluster.submit(1, lineage.result(lineage.zip(a, b)));
  cluster.run_all();
  cluster.copy_all();
  std::map<std::uint64_t, int> load;
  for (std::uint32_t p = 0; p < 20; ++p) {
    const auto holders = cluster.holders({a->id(), PartitionId{p}});
    REQUIRE(holders.size() == 2);
    REQUIRE(cluster.holders({b->id(), PartitionId{p}}) == holders);
    for (const auto id : holders) ++load[id];
  }
  // And they are spread: each executor has its 4 and about as many copies.
  for (const auto& [id, blocks] : load) {
    CHECK(blocks >= 6);
    CHECK(blocks <= 10);
  }
}

}  // namespace kindred::test
