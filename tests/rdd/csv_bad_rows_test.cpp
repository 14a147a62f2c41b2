#include "kindred/rdd/csv_bad_rows.hpp"

#include <algorithm>
#include <random>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>
#include <sstream>

#include "kindred/engine/error.hpp"
#include "kindred/engine/log.hpp"
#include "kindred/rdd/csv_source.hpp"
#include "tests/catch.hpp"
#include "tests/rdd/source_testing.hpp"
#include "tests/refusing_memory.hpp"

namespace kindred::detail {
namespace {

using test::contains_text;
using test::rows_of;
using test::TemporaryFolder;

// What is logged while it lives, in place of stderr.
class CapturedLog {
 public:
  CapturedLog() {
    log_info("");  // makes the logger
    logger_ = spdlog::get("kindred");
    (void)text();
    was_ = logger_->sinks();
    logger_->sinks() = {std::make_shared<spdlog::sinks::ostream_sink_mt>(text_)};
  }
  CapturedLog(const CapturedLog&) = delete;
  CapturedLog& operator=(const CapturedLog&) = delete;
  ~CapturedLog() {
    (void)text();
    logger_->sinks() = was_;
  }
  std::string text() const {
    while (unwritten_log_lines() > 0) flush_log();
    return text_.str();
  }
  std::size_t lines() const {
    const auto text = this->text();
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  }

 private:
  std::ostringstream text_;
  std::shared_ptr<spdlog::logger> logger_;
  std::vector<spdlog::sink_ptr> was_;
};

CsvOptions with(BadRows bad_rows, int partitions = 1) {
  CsvOptions options;
  options.bad_rows = bad_rows;
  options.partitions = partitions;
  return options;
}

template <class... T>
CsvRows<T...> open(const std::string& path, const CsvOptions& options,
                   const Column<T>&... columns) {
  return CsvRows<T...>::open(path, options, {"csv_file", "", "test.cpp", 1}, columns...);
}

using Text = std::optional<std::string>;
using TextRow = std::tuple<Text, Text>;

// The rule for bad records in its plainest form, one character after the other.
class Model {
 public:
  Model(const std::string& text, std::size_t columns, BadRows bad_rows, std::size_t most)
      : text_(text), columns_(columns), bad_rows_(bad_rows), most_(most) {
    for (std::size_t begin = 0; begin < text_.size();) begin = record(begin);
  }
  std::vector<std::vector<Text>> rows;

 private:
  void bad() {
    if (bad_rows_ == BadRows::null) rows.emplace_back(columns_);
  }
  std::size_t line_behind(std::size_t at) const {
    const auto found = text_.find('\n', at);
    return found == text_.npos ? text_.size() : found + 1;
  }
  std::size_t bad_from(std::size_t at) {
    bad();
    return line_behind(at);
  }
  // Returns where the next record begins.
  std::size_t record(std::size_t begin) {
    std::vector<Text> fields;
    auto at = begin;
    while (true) {
      std::string field;
      const auto wrong = read_field(at, field);
      if (wrong != text_.npos) return bad_from(wrong - begin < most_ ? wrong : begin);
      if (at == text_.npos) return bad_from(begin);  // inside quotes
      fields.emplace_back(std::move(field));
      if (at == text_.size() || text_[at] == '\n') break;
      ++at;
    }
    if (at - begin >= most_) return bad_from(begin);
    if (fields.size() == columns_) {
      rows.push_back(fields);
    } else if (fields.size() != 1 || !fields[0]->empty() || text_[begin] == '"') {
      bad();
    }
    return std::min(at + 1, text_.size());
  }
  // Goes to the separator behind the field, or to npos; returns the first byte that may not be
  // where it is.
  std::size_t read_field(std::size_t& at, std::string& field) const {
    const auto ends = [&](std::size_t i) {
      return i == text_.size() || text_[i] == ',' || text_[i] == '\n';
    };
    if (at == text_.size() || text_[at] != '"') {
      for (; !ends(at); ++at) {
        if (text_[at] == '"') return at;
        field += text_[at];
      }
      if ((at == text_.size() || text_[at] == '\n') && field.ends_with('\r')) field.pop_back();
      return text_.npos;
    }
    for (++at; at < text_.size(); ++at) {
      if (text_[at] == '"' && text_.substr(at, 2) != "\"\"") break;
      if (text_[at] == '"') ++at;
      field += text_[at];
    }
    if (at == text_.size()) {
      at = text_.npos;
      return text_.npos;
    }
    ++at;
    if (ends(at)) return text_.npos;
    if (text_[at] != '\r') return at;
    ++at;
    return at == text_.size() || text_[at] == '\n' ? text_.npos : at;
  }

  const std::string& text_;
  std::size_t columns_;
  BadRows bad_rows_;
  std::size_t most_;
};

std::vector<TextRow> model_rows(const std::string& body, BadRows bad_rows, std::size_t most) {
  std::vector<TextRow> rows;
  for (const auto& row : Model(body, 2, bad_rows, most).rows) rows.emplace_back(row[0], row[1]);
  return rows;
}

TEST_CASE("rows between bad ones are the plain parser's, wherever a file is cut") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  const CapturedLog log;
  const TemporaryFolder folder;
  const std::vector<std::string> pieces = {
      "a",    "b",    ",",    ",", "\"", "\"", "\n", "\r\n", "\r", "x,y\n", "\"p\",\"q\n\"\n",
      "\"\"", "\n\"", "\",\""};
  for (int file = 0; file < 300; ++file) {
    std::string body;
    for (auto count = random() % 25; count > 0; --count) body += pieces[random() % pieces.size()];
    const auto path = folder.write("a.csv", "h1,h2\n" + body);
    const std::size_t most = random() % 2 == 0 ? 1000 : 6 + random() % 10;
    for (const auto bad_rows : {BadRows::skip, BadRows::null}) {
      const auto expected = model_rows(body, bad_rows, most);
      auto options = with(bad_rows);
      options.null = {};
      options.max_record_bytes = most;
      for (std::size_t partitions = 1; partitions <= body.size() + 7; ++partitions) {
        if (partitions > 9 && partitions < body.size() + 6) continue;
        CAPTURE(body, most, partitions, bad_rows);
        options.partitions = partitions;
        REQUIRE(rows_of(open(path, options, column<Text>("h1"), column<Text>("h2"))) == expected);
      }
    }
  }
}

TEST_CASE("bad rows that cross the read buffer, and many of them, are left out alike") {
  const CapturedLog log;
  const TemporaryFolder folder;
  std::string body;
  for (int i = 0; i < 60'000; ++i) {
    body += std::to_string(i) + ",x\n";
    if (i % 3 == 0) body += "1,b\"c\n";
    if (i % 10'000 == 7)
      body += "2," + std::string(400'000, 'y') + "\"z" + std::string(300'000, 'y');
    if (i % 10'000 == 7) body += "\n";
    if (i % 10'000 == 8) body += "\"unclosed,\n";
  }
  const auto expected = model_rows(body, BadRows::skip, 1'000'000);
  REQUIRE(expected.size() > 50'000);
  for (const auto& path : {folder.write("a.csv", "h1,h2\n" + body),
                           folder.write("a.csv.lz4", test::lz4("h1,h2\n" + body))}) {
    for (int partitions : {1, 7}) {
      auto options = with(BadRows::skip, partitions);
      options.max_record_bytes = 1'000'000;
      const bool same =
          rows_of(open(path, options, column<Text>("h1"), column<Text>("h2"))) == expected;
      REQUIRE(same);  // not printed row by row
    }
  }
}

TEST_CASE("each kind of bad row is left out where it may be, and the rest is read") {
  const CapturedLog log;
  const TemporaryFolder folder;
  const auto path = folder.write("a.csv",
                                 "n,s\n1,a\nx,b\n3\n4,d,e\n,f\n6,\"g\"h\n99999999999,i\n8,NA\n"
                                 "9,j\n10,\"k\n");
  for (int partitions : {1, 2, 7, 50}) {
    CAPTURE(partitions);
    const auto options = with(BadRows::skip, partitions);
    REQUIRE(rows_of(open(path, options, column<int>("n"), column<std::string>("s"))) ==
            std::vector<std::tuple<int, std::string>>{{1, "a"}, {9, "j"}});
    REQUIRE(rows_of(open(path, options, column<std::string>("s"))) ==
            std::vector<std::tuple<std::string>>{{"a"}, {"b"}, {"f"}, {"i"}, {"j"}});
    REQUIRE(rows_of(open(path, options, column<std::optional<int>>("n"))) ==
            std::vector<std::tuple<std::optional<int>>>{{1}, {std::nullopt}, {8}, {9}});
  }
}

TEST_CASE("BadRows::null leaves no row out, and fails where a column must have a value") {
  const CapturedLog log;
  const TemporaryFolder folder;
  using N = std::optional<int>;
  const auto options = with(BadRows::null, 2);
  const auto path = folder.write("a.csv", "n,s\n1,a\nx,b\n3\n4,d,e\n,f\n6,\"g\"h\n7,NA\n8,\"k\n");
  REQUIRE(
      rows_of(open(path, options, column<N>("n"), column<Text>("s"))) ==
      std::vector<std::tuple<N, Text>>{
          {1, "a"}, {std::nullopt, "b"}, {}, {}, {std::nullopt, "f"}, {}, {7, std::nullopt}, {}});
  const auto n = column<N>("n");
  const auto s = column<std::string>("s");
  const auto fails = [&](const std::string& row, const std::string& message) {
    const auto bad = folder.write("b.csv", "n,s\n1,a\n" + row);
    REQUIRE_THROWS_AS(rows_of(open(bad, options, n, s)), InputError);
    REQUIRE_THROWS_WITH(rows_of(open(bad, options, n, s)),
                        contains_text("b.csv', line 3: " + message));
  };
  fails("3", "the record has 1 fields");
  fails("3,\"a\"b", "field 2 of its record: a quote may only");
  fails("3,\"a", "the quoted field that begins here does not end;");
  fails("3,NA", "column 's': 'NA' means that there is no value");
  REQUIRE(rows_of(open(folder.write("b.csv", "n,s\nx,a\n"), options, n, s)) ==
          std::vector<std::tuple<N, std::string>>{{std::nullopt, "a"}});
  REQUIRE_THROWS_WITH(rows_of(open(folder.write("b.csv", "n,s\nx,a\n"), options, column<int>("n"),
                                   column<Text>("s"))),
                      contains_text("line 2: column 'n': 'x' is not of type int"));
}

TEST_CASE("a task says once how many rows were bad and where the first one is") {
  const TemporaryFolder folder;
  folder.write("a.csv", "n\n1\n2\n");
  folder.write("b.csv", "n\n1\nx\ny\n");
  folder.write("c.csv", "n\nz\n1\n");
  const auto options = with(BadRows::skip);
  {
    const CapturedLog log;
    REQUIRE(rows_of(open(folder.path(), options, column<int>("n"))).size() == 4);
    REQUIRE(log.lines() == 1);
    REQUIRE_THAT(log.text(), contains_text("csv_file at test.cpp:1, partition 0: 3 bad rows were "
                                           "left out; the first one is at line 3 of '" +
                                           folder.path() + "/b.csv'"));
  }
  const CapturedLog log;
  rows_of(open(folder.path() + "/c.csv", with(BadRows::null), column<std::optional<int>>("n")));
  REQUIRE_THAT(log.text(), contains_text("1 bad row was read with nulls; the first one is at line "
                                         "2 of"));
  rows_of(open(folder.path() + "/a.csv", options, column<int>("n")));
  REQUIRE(log.lines() == 1);
}

TEST_CASE("a record beyond the limit is an error that says how to raise it") {
  const TemporaryFolder folder;
  CsvOptions options;
  const auto read = [&](const std::string& row) {
    return rows_of(
        open(folder.write("a.csv", "a,b\n1,2\n" + row + "\n3,4\n"), options, column<Text>("b")));
  };
  options.max_record_bytes = 100;
  REQUIRE(read("1," + std::string(97, 'x')).size() == 3);
  REQUIRE_THROWS_AS(read("1," + std::string(98, 'x')), InputError);
  REQUIRE_THROWS_WITH(
      read("1," + std::string(98, 'x')),
      contains_text("line 3: the record that begins here is longer than 100 bytes"));
  options.max_record_bytes = 300'000;
  REQUIRE_THROWS_WITH(read(std::string(1'000'000, 'x') + ",2"),
                      contains_text("line 3: the record that begins here is longer than 300000"));
  REQUIRE_THROWS_WITH(read("1,\"" + std::string(1'000'000, '\n')),
                      contains_text("line 3: the quoted field that begins here does not end within "
                                    "300000 bytes (CsvOptions::max_record_bytes)"));
  for (const std::uint64_t most : {std::uint64_t{0}, std::uint64_t{1} << 31}) {
    options.max_record_bytes = most;
    REQUIRE_THROWS_AS(read("1,2"), UsageError);
  }
}

TEST_CASE("memory that is refused to bad rows is an error, but not to the warning of them") {
  const CapturedLog log;
  const TemporaryFolder folder;
  std::string text = "a,b\n";
  for (int i = 0; i < 20'000; ++i) text += "1,\"a \"\" in it\"\n2,\"bad\"x\n";
  const auto rows = open(folder.write("a.csv", text), with(BadRows::skip, 2), column<int>("a"));
  std::size_t refused = 0;
  for (std::size_t request = 0;; ++request) {
    CAPTURE(request);
    const auto memory = std::make_shared<test::RefusingMemory>(request);
    std::optional<std::size_t> read;
    try {
      read = rows_of(rows, memory).size();
    } catch (const OutOfMemoryError&) {
      ++refused;
    }
    REQUIRE(memory->used() == 0);
    REQUIRE(read.value_or(20'000) == 20'000);
    if (!memory->refused()) break;
  }
  REQUIRE(refused >= 10);
  REQUIRE_THAT(log.text(), contains_text("the first one is at byte"));
}

}  // namespace
}  // namespace kindred::detail
