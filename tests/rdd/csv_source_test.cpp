#include "kindred/rdd/csv_source.hpp"

#include <cmath>
#include <map>
#include <random>

#include "kindred/engine/error.hpp"
#include "tests/catch.hpp"
#include "tests/rdd/source_node.hpp"
#include "tests/rdd/source_testing.hpp"
#include "tests/refusing_memory.hpp"

namespace kindred::detail {
namespace {

using test::contains_text;
using test::partitions_of;
using test::rows_of;
using test::TemporaryFolder;

const OpLabel kLabel{"csv_file", "", "test.cpp", 1};

CsvOptions on(std::uint32_t partitions) {
  CsvOptions options;
  options.partitions = partitions;
  return options;
}

template <class... T>
CsvRows<T...> open(const std::string& path, const CsvOptions& options,
                   const Column<T>&... columns) {
  return CsvRows<T...>::open(path, options, kLabel, columns...);
}

TEST_CASE("columns are found by name, in any order, and typed") {
  const TemporaryFolder folder;
  const auto path = folder.write(
      "a.csv", "id,name,score,ok,unused\n1,Ann,2.5,true,x\n-7,\"B, \"\"b\"\"\",1e3,0,\n");
  const auto rows = open(path, {}, column<double>("score"), column<std::string>("name"),
                         column<std::int64_t>("id"), column<bool>("ok"));
  REQUIRE(rows_of(rows) == std::vector<std::tuple<double, std::string, std::int64_t, bool>>{
                               {2.5, "Ann", 1, true}, {1000, "B, \"b\"", -7, false}});
  STATIC_REQUIRE(std::is_same_v<decltype(rows)::Passed,
                                std::tuple<double, std::string_view, std::int64_t, bool>>);
}

TEST_CASE("a null text is nullopt, and a quoted one is a text") {
  const TemporaryFolder folder;
  const auto path = folder.write("a.csv", "n,s\r\n1,x\r\nNA,NA\r\n,\r\n4,\"NA\"\r\n5,\"\"\r\n");
  using Row = std::tuple<std::optional<int>, std::optional<std::string>>;
  const auto n = column<std::optional<int>>("n");
  const auto s = column<std::optional<std::string>>("s");
  REQUIRE(rows_of(open(path, {}, n, s)) == std::vector<Row>{{1, "x"},
                                                            {std::nullopt, std::nullopt},
                                                            {std::nullopt, std::nullopt},
                                                            {4, "NA"},
                                                            {5, ""}});
  CsvOptions options;
  options.null = {"4"};
  REQUIRE_THROWS_WITH(rows_of(open(path, options, n)),
                      contains_text("line 3: column 'n': 'NA' is not of type int"));
  REQUIRE(rows_of(open(path, options, column<std::string>("s"))).at(1) == std::tuple("NA"));
}

TEST_CASE("what ends a file or stands before its header does not matter") {
  const TemporaryFolder folder;
  using Rows = std::vector<std::tuple<int, std::string>>;
  for (const std::string header :
       {"a,b\n", "a,b\r\n",
        "\xef\xbb\xbf"
        "a,b\n",
        "\n\r\na,b\r\n", "\"a\",\"b\"\n", "\xef\xbb\xbf\"a\",\"b\"\r\n"}) {
    for (const std::string end : {"", "\n", "\r\n", "\r", "\n\n", "\r\n\r\n\r\n"}) {
      for (const std::string last : {"2,y", "2,\"y\""}) {
        for (std::uint32_t partitions : {1U, 2U, 7U, 50U}) {
          const auto path = folder.write("a.csv", header + "1,x\n\n" + last + end);
          CAPTURE(header, end, last, partitions);
          REQUIRE(rows_of(open(path, on(partitions), column<int>("a"), column<std::string>("b"))) ==
                  Rows{{1, "x"}, {2, "y"}});
        }
      }
    }
  }
}

TEST_CASE("a file of one column has a record on each line, an empty one too") {
  const TemporaryFolder folder;
  const auto path = folder.write("a.csv", "\na\n1\n\n3\n\n");
  using Row = std::tuple<std::optional<int>>;
  for (std::uint32_t partitions : {1U, 2U, 7U}) {
    REQUIRE(rows_of(open(path, on(partitions), column<std::optional<int>>("a"))) ==
            std::vector<Row>{1, std::nullopt, 3, std::nullopt});
  }
}

TEST_CASE("a file without a header has columns _c0, _c1 and so on") {
  const TemporaryFolder folder;
  const auto path = folder.write("a.csv", "1;x\n2;\"y;z\"\n");
  CsvOptions options;
  options.header = false;
  options.delimiter = ';';
  REQUIRE(rows_of(open(path, options, column<std::string>("_c1"), column<int>("_c0"))) ==
          std::vector<std::tuple<std::string, int>>{{"x", 1}, {"y;z", 2}});
  REQUIRE_THROWS_WITH(open(path, options, column<int>("_c2")), contains_text("'_c0', '_c1'"));
}

TEST_CASE("a header alone is a file without rows") {
  const TemporaryFolder folder;
  for (const std::string text : {"a,b", "a,b\n"}) {
    REQUIRE(rows_of(open(folder.write("a.csv", text), on(3), column<int>("a"))).empty());
  }
}

TEST_CASE("a column that the file lacks or has twice is an error when the RDD is made") {
  const TemporaryFolder folder;
  const auto path = folder.write("a.csv", "a,\"b \"\"c\"\"\",d,d\n1,2,3,4\n");
  REQUIRE_THROWS_AS(open(path, {}, column<int>("A")), UsageError);
  REQUIRE_THROWS_WITH(
      open(path, {}, column<int>("A")),
      contains_text("a.csv' has no column 'A'; its columns are 'a', 'b \"c\"', 'd', 'd'"));
  REQUIRE_THROWS_AS(open(path, {}, column<int>("d")), UsageError);
  REQUIRE_THROWS_WITH(open(path, {}, column<int>("d")),
                      contains_text("two columns 'd', number 3 and 4"));
  REQUIRE(rows_of(open(path, {}, column<int>("b \"c\""))).size() == 1);
  REQUIRE(rows_of(open(path, {}, column<int>("a"), column<std::string>("a"))).size() == 1);
}

TEST_CASE("a file without any record, and a delimiter that cannot be one, are errors") {
  const TemporaryFolder folder;
  REQUIRE_THROWS_AS(open(folder.write("a.csv", ""), {}, column<int>("a")), InputError);
  REQUIRE_THROWS_WITH(open(folder.write("a.csv", "\n\n"), {}, column<int>("a")),
                      contains_text("a.csv' is empty: a CSV file needs a header"));
  CsvOptions options;
  options.delimiter = '"';
  REQUIRE_THROWS_AS(open(folder.write("a.csv", "a\n"), options, column<int>("a")), UsageError);
}

TEST_CASE("a bad field is an error with file, line and column, on any partition") {
  const TemporaryFolder folder;
  const auto read = [&](const std::string& row, auto wanted, std::uint32_t partitions) {
    const auto path = folder.write("a.csv", "a,b\n0,\"x\ny\"\n" + row + "\n0,z\n");
    return rows_of(open(path, on(partitions), wanted));
  };
  for (std::uint32_t partitions : {1U, 3U, 9U}) {
    CAPTURE(partitions);
    const auto fails = [&](const std::string& row, auto wanted, const std::string& message) {
      CAPTURE(row);
      REQUIRE_THROWS_AS(read(row, wanted, partitions), InputError);
      REQUIRE_THROWS_WITH(read(row, wanted, partitions),
                          contains_text("a.csv', line 4: column 'a': " + message));
    };
    const auto whole = column<int>("a");
    for (const std::string text : {"x", " 1", "1 ", "1.5", "+1", "0x1", "\"\"", "1\r"}) {
      fails(text + ",b", whole, "");
    }
    fails("x1,b", whole, "'x1' is not of type int");
    fails("99999999999,b", whole, "'99999999999' does not fit into int");
    fails("-1,b", column<std::uint8_t>("a"), "'-1' is not of type std::uint8_t");
    fails("256,b", column<std::optional<std::uint8_t>>("a"), "'256' does not fit into");
    fails("1.5x,b", column<double>("a"), "'1.5x' is not of type double");
    fails("yes,b", column<bool>("a"), "'yes' is not of type bool");
    fails("NA,b", whole,
          "'NA' means that there is no value, and a column of int must have one; use "
          "column<std::optional<int>>(\"a\")");
    fails(",b", column<std::string>("a"), "'' means that there is no value");
  }
}

TEST_CASE("a record that is too short or too long is an error with file and line") {
  const TemporaryFolder folder;
  for (std::uint32_t partitions : {1U, 4U}) {
    const auto read = [&](const std::string& row) {
      const auto path = folder.write("a.csv", "a,b\n1,\"\n\"\n" + row + "\n3,4\n");
      return rows_of(open(path, on(partitions), column<int>("a")));
    };
    REQUIRE_THROWS_AS(read("1"), InputError);
    REQUIRE_THROWS_WITH(read("1"), contains_text("a.csv', line 4: the record has 1 fields, and "
                                                 "the file 2 columns: 1"));
    REQUIRE_THROWS_WITH(read("1,2,3"), contains_text("line 4: the record has 3 fields"));
  }
}

TEST_CASE("quotes that RFC 4180 does not allow are an error, in columns nobody asked for too") {
  const TemporaryFolder folder;
  for (const std::string row :
       {"1,b\"c", "1,\"b\"c", "1,b\"\"", "1,\"b\" ", "1,\"b\"\rc", "1, \"b\"", "1\"2,b"}) {
    for (std::uint32_t partitions : {1U, 4U}) {
      CAPTURE(row, partitions);
      const auto path = folder.write("a.csv", "a,b\n1,x\n" + row + "\n3,4\n");
      const auto rows = open(path, on(partitions), column<int>("a"));
      REQUIRE_THROWS_AS(rows_of(rows), InputError);
      REQUIRE_THROWS_WITH(rows_of(rows), contains_text("a.csv', line 3: "));
    }
  }
  const auto path = folder.write("a.csv", "a,b\n1,x\n2,b\"c\"\n");
  REQUIRE_THROWS_WITH(rows_of(open(path, {}, column<int>("a"))),
                      contains_text("line 3: field 2 of its record: a quote may only stand around "
                                    "a whole field") &&
                          contains_text("inside it: b\""));
}

TEST_CASE("a quoted field without an end is an error at the line where it begins") {
  const TemporaryFolder folder;
  const auto path = folder.write("a.csv", "a,b\n1,x\n2,\"y\n3,z\n" + std::string(600'000, 'x'));
  for (std::uint32_t partitions : {1U, 3U}) {
    REQUIRE_THROWS_WITH(rows_of(open(path, on(partitions), column<int>("a"))),
                        contains_text("line 3: the quoted field that begins here does not end"));
  }
}

// A CSV parser in its plainest form: one character after the other.
std::vector<std::vector<std::string>> model_records(const std::string& text) {
  std::vector<std::vector<std::string>> records;
  std::vector<std::string> record;
  std::string field;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c != '"') {
        field += c;
      } else if (text.substr(i, 2) == "\"\"") {
        field += text[i++];
      } else {
        quoted = false;
      }
    } else if (c == '"') {
      quoted = true;
    } else if (c == ',' || c == '\n') {
      record.push_back(std::exchange(field, {}));
      if (c == '\n') records.push_back(std::exchange(record, {}));
    } else if (c != '\r') {
      field += c;
    }
  }
  return records;
}

std::string random_field(std::mt19937& random) {
  static const std::vector<std::string> kPieces = {"a",    "bc", ",",        "\"\"", "\n",
                                                   "\r\n", " ",  "\xc3\xa4", ",\n",  "\"\",\"\""};
  if (random() % 3 == 0) return std::string(random() % 5, 'u');
  std::string field = "\"";
  for (auto pieces = random() % 6; pieces > 0; --pieces)
    field += kPieces[random() % kPieces.size()];
  return field + "\"";
}

TEST_CASE("random quoted records are the plain parser's, for every border between two splits") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  const TemporaryFolder folder;
  CsvOptions options;
  options.null = {};
  for (int file = 0; file < 40; ++file) {
    std::string text = "\"h\n1\",h2,\"h,\"\"3\"\n";
    for (auto records = random() % 8; records > 0; --records) {
      for (int i = 0; i < 3; ++i) text += random_field(random) + (i < 2 ? "," : "");
      text += random() % 2 == 0 ? "\n" : "\r\n";
    }
    const auto path = folder.write("a.csv", text);
    auto model = model_records(text);
    model.erase(model.begin());
    std::vector<std::tuple<std::string, std::string>> expected;
    for (const auto& record : model) expected.emplace_back(record.at(2), record.at(0));
    // As many partitions as bytes: then a cut falls before each byte.
    for (std::uint32_t partitions = 1; partitions <= text.size() + 1; ++partitions) {
      if (partitions > 12 && partitions < text.size()) continue;
      CAPTURE(text, partitions);
      options.partitions = partitions;
      REQUIRE(rows_of(open(path, options, column<std::string>("h,\"3"),
                           column<std::string>("h\n1"))) == expected);
    }
  }
}

TEST_CASE("records that cross the read buffer are whole, plain and compressed") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  const TemporaryFolder folder;
  std::string text = "a,b\n";
  while (text.size() < 2'000'000) {
    text += random_field(random) + ",\"";
    text.append(random() % 300, 'x') += "\n\"\"\"\r\n";
    if (random() % 2000 != 0) continue;
    text += '"';
    text.append(random() % 700'000, '\n') += "\",z\n";
  }
  std::vector<std::tuple<std::string, std::string>> expected;
  const auto model = model_records(text);
  for (std::size_t i = 1; i < model.size(); ++i) expected.emplace_back(model[i][1], model[i][0]);
  CsvOptions options;
  options.null = {};
  const auto read = [&](const std::string& path, std::uint32_t partitions) {
    options.partitions = partitions;
    return rows_of(open(path, options, column<std::string>("b"), column<std::string>("a")));
  };
  const auto path = folder.write("a.csv", text);
  for (std::uint32_t partitions : {1U, 2U, 7U, 100U}) REQUIRE(read(path, partitions) == expected);
  REQUIRE(read(folder.write("a.csv.gz", test::gzip(text)), 7) == expected);
  REQUIRE(read(folder.write("a.csv.zst", test::zstd(text)), 7) == expected);
}

TEST_CASE("a sink that has enough ends the reading of records at once") {
  const TemporaryFolder folder;
  const auto rows = open(folder.write("a.csv", "a\n1\n2\n3"), {}, column<int>("a"));
  int seen = 0;
  REQUIRE_FALSE(test::run_partition(rows, 0, [&](auto) { return ++seen < 2; }));
  REQUIRE(seen == 2);
}

TEST_CASE("CSV rows read the same in another process") {
  const TemporaryFolder folder;
  const auto path = folder.write("a.csv", "a,b\n1,x\nNA,\"y\n\"\n3,z\n");
  const auto rows = open(path, on(3), column<std::optional<int>>("a"), column<std::string>("b"));
  const auto again = test::sent(rows);
  REQUIRE(partitions_of(again) == partitions_of(rows));
  REQUIRE(again.label->text() == "csv_file at test.cpp:1");
  auto wrong = *rows.layout;
  wrong.headers[0].wanted[1] = 2;
  REQUIRE_THROWS_AS(check_layout(wrong, 2), DecodeError);
  wrong = *rows.layout;
  wrong.partitions[0][0].header = 1;
  REQUIRE_THROWS_AS(check_layout(wrong, 2), DecodeError);
  REQUIRE_THROWS_AS(check_layout(*rows.layout, 3), DecodeError);
}

TEST_CASE("memory that is refused to a CSV file is an error, and none stays taken") {
  const TemporaryFolder folder;
  std::string text = "a,b\n";
  for (int i = 0; i < 5000; ++i) text += "1,\"doubled \"\" and long enough for the heap\"\n";
  text += "2,\"";
  text.append(600'000, '\n') += "\"\n";
  for (const auto& path :
       {folder.write("a.csv", text), folder.write("a.csv.zst", test::zstd(text))}) {
    const auto rows = open(path, on(2), column<int>("a"), column<std::string>("b"));
    CAPTURE(path);
    REQUIRE(test::refuse_each_request([&](const MemoryRef& memory) { rows_of(rows, memory); }) >=
            10);
  }
}

TEST_CASE("the Olympic athletes are all there, compressed and plain, on any number of partitions") {
  const std::string compressed = KINDRED_SOURCE_DIR "/examples/data/athlete_events.csv.zst";
  const TemporaryFolder folder;
  const auto plain = folder.write("athlete_events.csv", test::unzstd(compressed));
  const auto read = [&](const std::string& path, std::uint32_t partitions) {
    return rows_of(open(path, on(partitions), column<int>("Year"),
                        column<std::optional<double>>("Age"), column<std::string>("Name")));
  };
  const auto rows = read(compressed, 1);
  REQUIRE(rows.size() == 271'116);
  std::size_t nulls = 0;
  std::map<int, std::pair<double, int>> ages;
  for (const auto& [year, age, name] : rows) {
    auto& [sum, count] = ages[year];
    if (age.has_value()) {
      sum += *age;
      ++count;
    } else {
      ++nulls;
    }
  }
  REQUIRE(nulls == 9474);
  REQUIRE(ages.size() == 35);
  const auto mean = [&](int year) { return ages[year].first / ages[year].second; };
  REQUIRE(std::abs(mean(1896) - 23.580645) < 1e-6);
  REQUIRE(std::abs(mean(2016) - 26.207919) < 1e-6);
  for (std::uint32_t partitions : {1U, 2U, 7U}) {
    CAPTURE(partitions);
    const bool same = read(plain, partitions) == rows;  // not printed row by row
    REQUIRE(same);
  }
}

}  // namespace
}  // namespace kindred::detail
