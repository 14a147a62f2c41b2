#include "tools/benchmark/peer_lines.hpp"

#include <vector>

#include "tests/catch.hpp"

namespace bench {
namespace {

TEST_CASE("a peer's times and checksum are read from among its chatter") {
  const auto result = read_peer(
      "duckdb", "WARN no native code\nchecksum 18446744073709551615\nseconds 0.25\n\nseconds 0.5",
      18446744073709551615u);
  CHECK(result.measured());
  CHECK(result.peer == "duckdb");
  CHECK(result.seconds == std::vector{0.25, 0.5});
}

TEST_CASE("a peer with another checksum failed, and both are named") {
  const auto result = read_peer("polars", "checksum 12\nseconds 1.5\n", 13);
  CHECK(!result.measured());
  CHECK(result.failed == "the checksum is 12, not 13");
}

TEST_CASE("a peer that gives no times failed, by the last line of what it said") {
  CHECK(read_peer("polars", "Traceback:\nMemoryError: too much\n", 1).failed ==
        "MemoryError: too much");
  CHECK(read_peer("polars", "checksum 1\nKilled\n", 1).failed == "Killed");
  CHECK(read_peer("polars", "", 1).failed == "it printed no figures");
}

TEST_CASE("a peer that gives times without a checksum failed") {
  CHECK(!read_peer("polars", "seconds 1\n", 1).measured());
}

TEST_CASE("a line that is a figure only in part is chatter") {
  const auto result = read_peer("polars", "checksum 1\nseconds 1.5 or so\nchecksum 1e3\n", 1);
  CHECK(result.seconds.empty());
  CHECK(result.failed == "checksum 1e3");
}

TEST_CASE("a workload that a peer does not express is skipped, not failed") {
  const auto result = read_peer("pyspark", "skipped not expressed\n", 1);
  CHECK(result.failed.empty());
  CHECK(result.skipped == "not expressed");
}

}  // namespace
}  // namespace bench
