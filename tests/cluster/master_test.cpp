#include "kindred/cluster/master.hpp"

#include <thread>

#include "kindred/engine/error.hpp"
#include "tests/catch.hpp"

using kindred::UsageError;
using kindred::cluster::LocalClusterMaster;
using kindred::cluster::LocalMaster;
using kindred::cluster::Master;
using kindred::cluster::MiniClusterMaster;
using kindred::cluster::parse_master;
using kindred::test::contains_text;

TEST_CASE("local masters give their number of threads") {
  CHECK(parse_master("local") == Master{LocalMaster{1}});
  CHECK(parse_master("local[1]") == Master{LocalMaster{1}});
  CHECK(parse_master("local[16]") == Master{LocalMaster{16}});
  CHECK(std::get<LocalMaster>(parse_master("local[*]")).threads ==
        std::max(1U, std::thread::hardware_concurrency()));
}

TEST_CASE("a local cluster gives executors, cores and memory, with or without spaces") {
  CHECK(parse_master("local-cluster[3,2,512]") == Master{LocalClusterMaster{3, 2, 512}});
  CHECK(parse_master("local-cluster[3, 2, 512]") == Master{LocalClusterMaster{3, 2, 512}});
}

TEST_CASE("a mini cluster gives the same of threads") {
  CHECK(parse_master("mini-cluster[3,2,512]") == Master{MiniClusterMaster{3, 2, 512}});
  CHECK_THROWS_WITH(parse_master("mini-cluster[1,2]"),
                    contains_text("mini-cluster takes 3 numbers, not 2"));
}

TEST_CASE("an unknown master is named, and what there is is listed") {
  for (const auto* text : {"", "Local", "local[2", "local2", "local-cluster", "spark://a:7077",
                           "yarn", "local[2]x", "local-cluster[1,1,1"}) {
    CHECK_THROWS_AS(parse_master(text), UsageError);
    CHECK_THROWS_WITH(parse_master(text), contains_text("'" + std::string(text) + "'"));
    CHECK_THROWS_WITH(parse_master(text), contains_text("local-cluster[N,CORES,MIB]"));
  }
}

TEST_CASE("zero and negative numbers are refused with their own text") {
  CHECK_THROWS_WITH(parse_master("local[0]"), contains_text("0 threads are too few"));
  CHECK_THROWS_WITH(parse_master("local[-2]"), contains_text("-2 threads are too few"));
  CHECK_THROWS_WITH(parse_master("local-cluster[0,1,1]"), contains_text("0 executors are too few"));
  CHECK_THROWS_WITH(parse_master("local-cluster[1,0,1]"), contains_text("0 cores are too few"));
  CHECK_THROWS_WITH(parse_master("local-cluster[1,1,0]"), contains_text("0 MiB are too few"));
}

TEST_CASE("what is not a number, or is too large, is refused with its own text") {
  CHECK_THROWS_WITH(parse_master("local[two]"), contains_text("'two' is not a number of threads"));
  CHECK_THROWS_WITH(parse_master("local[]"), contains_text("'' is not a number of threads"));
  CHECK_THROWS_WITH(parse_master("local[99999999999999999999]"), contains_text("are more than"));
  CHECK_THROWS_WITH(parse_master("local[5000]"), contains_text("are more than"));
  CHECK_THROWS_WITH(parse_master("local-cluster[1,2]"), contains_text("takes 3 numbers, not 2"));
}

TEST_CASE("a standing cluster is refused as not part of this version") {
  CHECK_THROWS_AS(parse_master("kindred://host:7077"), UsageError);
  CHECK_THROWS_WITH(parse_master("kindred://host:7077"), contains_text("no standing cluster"));
}
