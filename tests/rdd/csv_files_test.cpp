#include "kindred/engine/error.hpp"
#include "kindred/rdd/csv_layout.hpp"
#include "kindred/rdd/csv_source.hpp"
#include "tests/catch.hpp"
#include "tests/rdd/source_node.hpp"
#include "tests/rdd/source_testing.hpp"

namespace kindred::detail {
namespace {

using test::contains_text;
using test::rows_of;
using test::TemporaryFolder;
using Row = std::tuple<int, std::string>;

auto open(const std::string& paths, std::optional<int> partitions = {}, bool header = true) {
  CsvOptions options;
  options.header = header;
  if (partitions) options.partitions = *partitions;
  return CsvRows<int, std::string>::open(paths, options, {"csv_file", "", "test.cpp", 1},
                                         column<int>(header ? "n" : "_c0"),
                                         column<std::string>(header ? "s" : "_c1"));
}

TEST_CASE("each CSV file has a header of its own, with its columns in any order") {
  const TemporaryFolder folder;
  folder.write("1.csv", "n,s\n1,a\n2,\"b\n\"\"\"\n");
  folder.write("2.csv", "\xef\xbb\xbfs,more,n\r\nc,,3\r\n\"d,\n\",\"x\n\",4");
  folder.write("3.csv", "n,s\n");
  folder.write("4.csv", "");
  folder.write("5.csv", "\n\n");
  folder.write("6.csv", "\nn,s\n5,e\n\n");
  folder.write("7.csv.gz", test::gzip("s,n\nf,6\n"));
  folder.write("8.csv.zst", test::zstd("s,n\ng,7\n"));
  folder.write("9.csv.lz4", test::lz4("n,s\n8,h"));
  folder.write("_SUCCESS", "");
  const std::vector<Row> expected = {{1, "a"}, {2, "b\n\""}, {3, "c"}, {4, "d,\n"},
                                     {5, "e"}, {6, "f"},     {7, "g"}, {8, "h"}};
  REQUIRE(open(folder.path()).partitions() == 1);
  REQUIRE(rows_of(open(folder.path())) == expected);
  for (int partitions = 1; partitions < 400; partitions += partitions < 10 ? 1 : 23) {
    CAPTURE(partitions);
    const auto rows = open(folder.path(), partitions);
    REQUIRE(rows_of(rows) == expected);
    REQUIRE(rows_of(test::sent(rows)) == expected);
  }
  REQUIRE(rows_of(open(folder.path() + "/2.csv," + folder.path() + "/[1]*", 3)) ==
          std::vector<Row>{expected[2], expected[3], expected[0], expected[1]});
}

TEST_CASE("many CSV files of two headers share their layouts and partitions") {
  const TemporaryFolder folder;
  std::vector<Row> expected;
  for (int i = 1000; i < 1500; ++i) {
    const auto n = std::to_string(i);
    folder.write(n, i % 2 == 0 ? "n,s\n" + n + ",x\n" : "s,n\nx," + n + "\n");
    expected.emplace_back(i, "x");
  }
  const auto rows = open(folder.path());
  REQUIRE(rows.partitions() == 1);
  REQUIRE(rows.layout->headers.size() == 2);
  REQUIRE(rows_of(rows) == expected);
}

TEST_CASE("a file that lacks a column is named, among others that have it") {
  const TemporaryFolder folder;
  folder.write("1.csv", "n,s\n1,a\n");
  folder.write("2.csv", "s,N\na,2\n");
  REQUIRE_THROWS_AS(open(folder.path()), UsageError);
  REQUIRE_THROWS_WITH(open(folder.path()),
                      contains_text("2.csv' has no column 'n'; its columns are 's', 'N'"));
}

TEST_CASE("files without a header may differ in length, but each row is as long as its file's") {
  const TemporaryFolder folder;
  folder.write("1.csv", "1,a\n2,b\n");
  folder.write("2.csv", "3,c,x\n4,d,y\n");
  REQUIRE(rows_of(open(folder.path(), 3, false)) ==
          std::vector<Row>{{1, "a"}, {2, "b"}, {3, "c"}, {4, "d"}});
}

TEST_CASE("an empty folder has no rows, and files without one record are an error") {
  const TemporaryFolder folder;
  REQUIRE(open(folder.path()).partitions() == 1);
  REQUIRE(rows_of(open(folder.path(), 3)).empty());
  folder.write("1.csv", "");
  folder.write("2.csv", "\n");
  REQUIRE_THROWS_AS(open(folder.path()), InputError);
  REQUIRE_THROWS_WITH(open(folder.path()),
                      contains_text(folder.path() + "' is empty: a CSV file needs a header"));
}

}  // namespace
}  // namespace kindred::detail
