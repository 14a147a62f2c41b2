#include "tests/scheduler/fake.hpp"

namespace kindred::test {

TEST_CASE("a broadcast is dropped after the launches that were asked for before") {
  Lineage lineage;
  FakeCluster cluster;
  cluster.join(1, 2);
  cluster.submit(1, lineage.result(lineage.source(2)));
  cluster.send(BroadcastDropped{BroadcastId{7}});
  REQUIRE(std::holds_alternative<LaunchTasks>(*(cluster.log.end() - 2)));
  REQUIRE(std::get<DropBroadcast>(cluster.log.back()).broadcast == BroadcastId{7});
  cluster.run_all();
  REQUIRE(cluster.ended_with<JobSucceeded>(1));
}

}  // namespace kindred::test
