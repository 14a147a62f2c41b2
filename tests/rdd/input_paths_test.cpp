#include "kindred/rdd/input_paths.hpp"

#include <sys/stat.h>

#include "kindred/engine/error.hpp"
#include "tests/catch.hpp"
#include "tests/rdd/as_nobody.hpp"
#include "tests/rdd/source_testing.hpp"

namespace kindred::detail {
namespace {

using test::AsNobody;
using test::contains_text;
using test::TemporaryFolder;
using Names = std::vector<std::string>;

class PathsTest {
 public:
  // Files of these names in one folder; what ends with a slash is a folder.
  explicit PathsTest(const Names& names) {
    for (const auto& name : names) {
      if (name.ends_with('/')) {
        std::filesystem::create_directories(at(name));
      } else {
        folder_.write(name, "x");
      }
    }
  }
  std::string at(const std::string& name) const { return folder_.path() + "/" + name; }
  // The files found, without the folder that they are all in.
  Names found(const std::string& paths) const {
    Names names;
    for (const auto& file : find_files(paths)) {
      REQUIRE(file.starts_with(folder_.path() + "/"));
      names.push_back(file.substr(folder_.path().size() + 1));
    }
    return names;
  }

 private:
  TemporaryFolder folder_;
};

TEST_CASE("a folder means its files, sorted byte by byte, without those that _ or . begins") {
  const PathsTest test({"b", "a", "B", "a10", "a2", "_SUCCESS", ".a.crc", "\xc3\xa4", "a b",
                        "_temporary/", ".git/"});
  const Names expected = {"B", "a", "a b", "a10", "a2", "b", "\xc3\xa4"};
  REQUIRE(test.found(test.at("")) == expected);
  const auto folder = test.at("");
  REQUIRE(test.found(folder.substr(0, folder.size() - 1)) == expected);
}

TEST_CASE("an empty folder means no files") {
  const PathsTest test({"empty/", "hidden/", "hidden/_SUCCESS"});
  REQUIRE(find_files(test.at("empty")).empty());
  REQUIRE(find_files(test.at("hidden")).empty());
}

TEST_CASE("a folder with a sub-folder is an error that says what to write") {
  const PathsTest test({"2023/", "2023/a", "2024/", "2024/b", "c"});
  REQUIRE_THROWS_AS(find_files(test.at("")), InputError);
  REQUIRE_THROWS_WITH(find_files(test.at("")), contains_text("it has a sub-folder, '202") &&
                                                   contains_text("/*' to read the files of each"));
  REQUIRE(test.found(test.at("*")) == Names{"2023/a", "2024/b", "c"});
}

TEST_CASE("a pattern means the files that it matches, sorted") {
  const PathsTest test({"log-2023-12.txt", "log-2024-01.txt", "log-2024-02.txt", "log-2024-1.txt",
                        "log-2024-01.gz", "_log-2024-03.txt", ".log-2024-04.txt"});
  const auto found = [&](const std::string& pattern) { return test.found(test.at(pattern)); };
  REQUIRE(found("log-2024-*.txt") == Names{"log-2024-01.txt", "log-2024-02.txt", "log-2024-1.txt"});
  REQUIRE(found("log-2024-??.txt") == Names{"log-2024-01.txt", "log-2024-02.txt"});
  REQUIRE(found("log-2024-[0-9].txt") == Names{"log-2024-1.txt"});
  REQUIRE(found("log-{2024-02,2023-12,2022-01}.txt") ==
          Names{"log-2023-12.txt", "log-2024-02.txt"});
  REQUIRE(found("log-2024-0{1,1.txt,2*}*") ==
          Names{"log-2024-01.gz", "log-2024-01.txt", "log-2024-02.txt"});
  REQUIRE(found("_log*") == Names{"_log-2024-03.txt"});
  REQUIRE(found("_log-2024-03.txt") == Names{"_log-2024-03.txt"});
}

TEST_CASE("a pattern that matches no file is an error with the pattern") {
  const PathsTest test({"a", "_b"});
  for (const std::string pattern : {"*.txt", "missing/*", "{missing,a}/*", "*b", "[x-z]"}) {
    REQUIRE_THROWS_AS(find_files(test.at(pattern)), InputError);
    REQUIRE_THROWS_WITH(find_files(test.at(pattern)),
                        contains_text("no file matches '" + test.at(pattern) + "'"));
  }
}

TEST_CASE("a list of paths with commas is read in its order, each path as if it stood alone") {
  const PathsTest test({"b", "a1", "a2", "d/", "d/2", "d/1", "c"});
  REQUIRE(test.found(test.at("c") + "," + test.at("d") + "," + test.at("a*") + "," +
                     test.at("{b,c}") + "," + test.at("c")) ==
          Names{"c", "d/1", "d/2", "a1", "a2", "b", "c", "c"});
  REQUIRE_THROWS_AS(find_files(test.at("c") + ",,"), UsageError);
  REQUIRE_THROWS_WITH(find_files(""), contains_text("has an empty path"));
}

TEST_CASE("a file whose name looks like a pattern or a list is read by that name") {
  const PathsTest test({"a*", "ab", "a,b", "[x]", "x", "{a,b}", "d*/", "d*/1", "de/", "de/2"});
  for (const std::string name : {"a*", "a,b", "[x]", "{a,b}"}) {
    REQUIRE(test.found(test.at(name)) == Names{name});
  }
  REQUIRE(test.found(test.at("d*")) == Names{"d*/1"});
}

TEST_CASE("a folder that may not be read is an error with its path, in a pattern too") {
  const PathsTest test({"secret/", "secret/a"});
  REQUIRE(::chmod(test.at("").c_str(), 0755) == 0);
  REQUIRE(::chmod(test.at("secret").c_str(), 0) == 0);
  {
    const AsNobody nobody;  // root may read anything
    REQUIRE_THROWS_AS(find_files(test.at("secret")), InputError);
    REQUIRE_THROWS_WITH(find_files(test.at("secret")),
                        contains_text("secret': Permission denied; let this user"));
    REQUIRE_THROWS_AS(find_files(test.at("s*/*")), InputError);
    REQUIRE_THROWS_WITH(find_files(test.at("s*/*")),
                        contains_text("s*/*': Permission denied; let this user"));
  }
  REQUIRE(::chmod(test.at("secret").c_str(), 0700) == 0);
}

}  // namespace
}  // namespace kindred::detail
