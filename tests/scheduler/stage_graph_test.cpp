#include "kindred/scheduler/stage_graph.hpp"

#include "tests/catch.hpp"
#include "tests/scheduler/fake_lineage.hpp"

namespace kindred::test {

using scheduler::StageGraph;

TEST_CASE("lineage is cut at shuffles, parents first") {
  Lineage lineage;
  const auto a = lineage.write(lineage.source(2));
  const auto b = lineage.write(lineage.map(lineage.read({a}, 2)));
  const auto result = lineage.result(lineage.zip(lineage.read({b}, 2), lineage.read({a}, 2)));
  const StageGraph graph(result);
  const auto& stages = graph.stages();
  REQUIRE(stages.size() == 3);
  REQUIRE(stages[0].end->id() == a->id());
  REQUIRE(stages[0].parents.empty());
  REQUIRE(stages[1].end->id() == b->id());
  REQUIRE(stages[1].parents == std::vector<std::size_t>{0});
  REQUIRE(stages[2].end == result);
  REQUIRE(stages[2].parents == std::vector<std::size_t>{0, 1});
}

TEST_CASE("a stage knows whether a persisted node lies between it and its shuffles") {
  Lineage lineage;
  const auto kept = lineage.persist(lineage.shuffle(lineage.source(2), 2));
  const StageGraph graph(lineage.result(lineage.shuffle(lineage.map(kept), 2)));
  const auto& stages = graph.stages();
  REQUIRE(stages.size() == 3);
  REQUIRE_FALSE(stages[0].persisted);
  REQUIRE(stages[1].persisted);
  REQUIRE_FALSE(stages[2].persisted);
}

TEST_CASE("cutting takes time in proportion to the lineage, not to the paths through it") {
  Lineage lineage;
  auto rows = lineage.source(1);
  for (int i = 0; i < 2'000; ++i) {
    rows = lineage.zip(lineage.map(rows), rows);
    if (i % 100 == 0) rows = lineage.zip(lineage.shuffle(rows, 1), rows);
  }
  const StageGraph graph(lineage.result(rows));
  REQUIRE(graph.stages().size() == 21);
  REQUIRE(graph.stages().back().parents.size() == 20);
}

TEST_CASE("the stage graph is drawn in Graphviz' language") {
  Lineage lineage;
  const StageGraph graph(lineage.result(lineage.shuffle(lineage.source(3), 2)));
  const auto dot = graph.dot();
  REQUIRE_THAT(dot, contains_text("digraph"));
  REQUIRE_THAT(dot, contains_text("end at fake.cpp:7"));
  REQUIRE_THAT(dot, contains_text("3 partitions"));
  REQUIRE_THAT(dot, contains_text("0->1"));
}

}  // namespace kindred::test
