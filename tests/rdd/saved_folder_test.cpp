#include "kindred/rdd/saved_folder.hpp"

#include <memory>
#include <set>
#include <string>

#include "tests/catch.hpp"
#include "tests/rdd/saved_files.hpp"
#include "tests/rdd/source_testing.hpp"

namespace kindred::detail {
namespace {

using test::files_in;
using test::names_in;
using test::TemporaryFolder;

const OpLabel kOp{"save_as_text_file", "", "words.cpp", 12};

std::unique_ptr<PartFile> part_of(const SavedFolder& folder, std::uint32_t partition,
                                  const std::string& line) {
  auto part =
      std::make_unique<PartFile>(folder.temporary(), PartitionId{partition},
                                 OutputCompression::none, std::make_shared<MemoryManager>());
  part->line() += line;
  part->end_line();
  return part;
}

}  // namespace

TEST_CASE("an attempt that ends without commit gives its space back at once") {
  const TemporaryFolder temporary;
  const SavedFolder folder(temporary.path() + "/out", kOp);
  {
    const auto part = part_of(folder, 0, "half");
    REQUIRE(names_in(folder.temporary() + "/attempts").size() == 1);
  }
  REQUIRE(names_in(folder.temporary() + "/attempts").empty());
  REQUIRE(names_in(folder.temporary() + "/parts").empty());
}

TEST_CASE(
    "attempts at one partition do not mix, and what a killed one left is no part [scenario-30]",
    "[scenario-30]") {
  const TemporaryFolder temporary;
  SavedFolder folder(temporary.path() + "/out", kOp);
  const auto first = part_of(folder, 0, "whole");
  const auto second = part_of(folder, 0, "whole");
  const auto killed = part_of(folder, 0, "half");
  REQUIRE(names_in(folder.temporary() + "/attempts").size() == 3);
  second->commit();
  first->commit();
  folder.commit(1, OutputCompression::none);
  REQUIRE(files_in(temporary.path() + "/out") ==
          std::map<std::string, std::string>{{"_SUCCESS", ""}, {"part-00000", "whole\n"}});
  REQUIRE(names_in(temporary.path()) == std::set<std::string>{"out"});
}

TEST_CASE("a task that outlives its job can add nothing to the folder, nor make it again") {
  const TemporaryFolder temporary;
  auto folder = std::make_unique<SavedFolder>(temporary.path() + "/out", kOp);
  const auto late = part_of(*folder, 0, "late");
  const auto gone = folder->temporary();
  folder.reset();
  REQUIRE(names_in(temporary.path()).empty());
  REQUIRE_THROWS_WITH(late->commit(), test::contains_text("cannot write '" + gone));
  REQUIRE_THROWS_WITH(
      PartFile(gone, PartitionId{1}, OutputCompression::none, std::make_shared<MemoryManager>()),
      test::contains_text("No such file or directory"));
  REQUIRE(names_in(temporary.path()).empty());
}

TEST_CASE(
    "a path may end in slashes and dots, and go through a link: the folder has its last name") {
  const TemporaryFolder temporary;
  const auto to = temporary.path() + "/to";
  std::filesystem::create_directories(to + "/deep");
  std::filesystem::create_directory_symlink("to/deep", temporary.path() + "/link");
  for (const std::string path :
       {"/to/out", "/to/out/", "/to/out/.", "/to/./out//./", "/link/../out", "/to/new/../out"}) {
    INFO(path);
    SavedFolder folder(temporary.path() + path, kOp);
    part_of(folder, 0, "line")->commit();
    folder.commit(1, OutputCompression::none);
    REQUIRE(names_in(to) == std::set<std::string>{"deep", "out"});
    std::filesystem::remove_all(to + "/out");
  }
  for (const std::string path : {"", "/", "/.", "/to", "/to/", "/to/.", "/to/out/.."}) {
    INFO(path);
    REQUIRE_THROWS_WITH(SavedFolder(temporary.path() + path, kOp),
                        test::contains_text("save_as_text_file at words.cpp:12: '") &&
                            test::contains_text("exists already"));
  }
  REQUIRE(names_in(to) == std::set<std::string>{"deep"});
}

TEST_CASE("a folder that was made while the job ran is not written over") {
  const TemporaryFolder temporary;
  {
    SavedFolder folder(temporary.path() + "/out", kOp);
    part_of(folder, 0, "mine")->commit();
    std::filesystem::create_directory(temporary.path() + "/out");  // empty: rename() would take it
    REQUIRE_THROWS_WITH(
        folder.commit(1, OutputCompression::none),
        test::contains_text("save_as_text_file at words.cpp:12: cannot write") &&
            test::contains_text("/out': File exists; it was made while the job ran"));
  }
  REQUIRE(names_in(temporary.path()) == std::set<std::string>{"out"});
  REQUIRE(names_in(temporary.path() + "/out").empty());
}

}  // namespace kindred::detail
