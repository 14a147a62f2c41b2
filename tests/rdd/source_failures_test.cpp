#include <string>
#include <sys/stat.h>

#include "kindred/engine/error.hpp"
#include "tests/rdd/as_nobody.hpp"
#include "tests/rdd/everywhere.hpp"
#include "tests/rdd/source_testing.hpp"

using namespace kindred;
using namespace kindred::test;

namespace {

template <class Job>
JobFailure failure_of(const Job& job) {
  try {
    job();
  } catch (const JobError& error) {
    return error.failure();
  }
  FAIL("the job should have failed");
  return {};
}

}  // namespace

TEST_CASE("files of every form are read in other processes as in this one") {
  const TemporaryFolder folder;
  folder.write("1.txt", "one\ntwo\n");
  folder.write("2.txt.gz", gzip("three\n"));
  folder.write("3.txt.zst", zstd("four\n"));
  folder.write("4.txt.lz4", lz4("five"));
  everywhere([&](Context& context, int partitions) {
    REQUIRE(context.text_file(folder.path(), partitions).collect() ==
            std::vector<std::string>{"one", "two", "three", "four", "five"});
    REQUIRE(context.text_file(folder.path() + "/{1,3}.*").count() == 3);
  });
}

TEST_CASE("a truncated file fails its job with its path and what is wrong") {
  const TemporaryFolder folder;
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += std::to_string(i * 7919) + "\n";
  for (const auto& [name, bytes] : {std::pair("a.gz", gzip(text)), std::pair("a.zst", zstd(text)),
                                    std::pair("a.lz4", lz4(text))}) {
    CAPTURE(name);
    const auto path = folder.write(name, bytes.substr(0, bytes.size() * 2 / 3));
    on_every_master([&](Context& context) {
      const auto failure = failure_of([&] { context.text_file(path).count(); });
      REQUIRE(failure.type == "kindred::InputError");
      REQUIRE_THAT(failure.message,
                   contains_text("'" + path + "': it ends in the middle of its compressed data"));
    });
  }
}

TEST_CASE("a bad CSV row fails its job with file, line and column, or is left out") {
  const TemporaryFolder folder;
  folder.write("1.csv", "a,b\n1,x\n");
  folder.write("2.csv", "b,a\ny,2\nz,three\n");
  everywhere([&](Context& context, int partitions) {
    CsvOptions options;
    options.partitions = partitions;
    const auto failure =
        failure_of([&] { context.csv_file(folder.path(), options, column<int>("a")).collect(); });
    REQUIRE(failure.type == "kindred::InputError");
    REQUIRE_THAT(failure.message, contains_text("2.csv', line 3: column 'a': 'three' is not of "
                                                "type int"));
    options.bad_rows = BadRows::null;
    REQUIRE(context.csv_file(folder.path(), options, column<std::optional<int>>("a")).count() == 3);
    options.bad_rows = BadRows::skip;
    REQUIRE(context.csv_file(folder.path(), options, column<int>("a")).collect() ==
            std::vector<std::tuple<int>>{{1}, {2}});
  });
}

TEST_CASE("a file or folder that cannot be read is an error when the Rdd is made") {
  const TemporaryFolder folder;
  auto& context = context_of("local[1]");
  REQUIRE_THROWS_AS(context.text_file(folder.path() + "/missing"), InputError);
  const auto line = std::to_string(__LINE__ + 1);
  REQUIRE_THROWS_WITH(context.text_file("missing.txt"),
                      contains_text("text_file at source_failures_test.cpp:" + line + ": cannot"));
  REQUIRE_THROWS_AS(context.text_file(""), UsageError);
  REQUIRE_THROWS_WITH(context.text_file(""),
                      contains_text("text_file at source_failures_test.cpp:"));
  REQUIRE_THROWS_WITH(context.csv_file(folder.write("a.csv", "a\n1\n"), column<int>("b")),
                      contains_text("csv_file at source_failures_test.cpp:") &&
                          contains_text("a.csv' has no column 'b'"));
  std::filesystem::remove(folder.path() + "/a.csv");
  REQUIRE_THROWS_WITH(context.text_file("missing.txt"),
                      contains_text("'missing.txt': No such file") &&
                          contains_text(std::filesystem::current_path().string()));
  REQUIRE_THROWS_WITH(context.csv_file(folder.path() + "/*.csv", column<int>("a")),
                      contains_text("no file matches '" + folder.path() + "/*.csv'"));
  REQUIRE(context.text_file(folder.path()).count() == 0);
  REQUIRE(::chmod(folder.path().c_str(), 0) == 0);
  {
    const AsNobody nobody;  // root may read anything
    REQUIRE_THROWS_WITH(context.text_file(folder.path()),
                        contains_text("'" + folder.path() + "': Permission denied"));
  }
  REQUIRE(::chmod(folder.path().c_str(), 0700) == 0);
}
