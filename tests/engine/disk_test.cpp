#include "kindred/engine/disk.hpp"

#include <cerrno>
#include <string>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include "kindred/engine/error.hpp"
#include "tests/catch.hpp"
#include "tests/full_disk.hpp"
#include "tests/open_files.hpp"

namespace kindred {
namespace {

std::string read(const DiskFile& file, std::uint64_t offset, std::size_t size) {
  std::string bytes(size, '\0');
  file.read(offset, bytes);
  return bytes;
}

}  // namespace

TEST_CASE("a file has no name, gives back what was written, and is closed with its owner") {
  const test::BlockFolder folder;
  auto file = local_disk(folder.path())->create();
  file->append("one ");
  file->append("two");
  CHECK(folder.empty());
  CHECK(folder.open_here().size() == 1);
  CHECK(read(*file, 0, 7) == "one two");
  CHECK(read(*file, 4, 3) == "two");
  file.reset();
  CHECK(folder.open_here().empty());
}

TEST_CASE("a file whose name is removed at once is as good as one without") {
  const test::BlockFolder folder;
  const int file = detail::open_unlinked(folder.path());
  REQUIRE(file >= 0);
  CHECK(folder.empty());
  CHECK(folder.open_here().size() == 1);
  ::close(file);
  CHECK(detail::open_unlinked(folder.path() + "/none") == -1);
  CHECK(errno == ENOENT);
}

TEST_CASE("a folder that is not there, or a file that shrank, is an error with the folder") {
  const test::BlockFolder folder;
  CHECK_THROWS_WITH(local_disk(folder.path() + "/none")->create(),
                    test::contains_text("in the folder " + folder.path() + "/none: No such file"));
  const auto file = local_disk(folder.path())->create();
  file->append("some bytes");
  test::truncate_to_nothing(folder.open_here().at(0));
  CHECK_THROWS_WITH(read(*file, 0, 4), test::contains_text(folder.path()) &&
                                           test::contains_text("shorter than what was written"));
}

TEST_CASE(
    "a full disk is an error with the folder, and what was written before stays [scenario-24]",
    "[scenario-24]") {
  const test::BlockFolder folder;
  const auto file = local_disk(folder.path())->create();
  const std::string first(3000, 'a');
  const std::string second(3000, 'b');
  file->append(first);
  {
    const test::FullDisk full(4096);
    CHECK_THROWS_WITH(file->append(second),
                      test::contains_text("cannot write in the folder " + folder.path()));
    CHECK_THROWS_AS(file->append(second), InputError);
  }
  CHECK(read(*file, 0, 3000) == first);
  file->append(second);
  CHECK(read(*file, 3000, 3000) == second);
  CHECK(folder.empty());
}

TEST_CASE("more files than the soft limit allows can be open") {
  const test::BlockFolder folder;
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  const rlimit few{64, before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &few) == 0);
  const auto disk = local_disk(folder.path());
  std::vector<std::unique_ptr<DiskFile>> files;
  files.push_back(disk->create());
  // At once: the next file may be the program's own.
  rlimit raised{};
  CHECK(::getrlimit(RLIMIT_NOFILE, &raised) == 0);
  CHECK(raised.rlim_cur == before.rlim_max);
  for (int i = 1; i < 100; ++i) files.push_back(disk->create());
  files.clear();
  CHECK(::setrlimit(RLIMIT_NOFILE, &before) == 0);
}

TEST_CASE("files of blocks leave some for connections and for the program's own files") {
  const test::BlockFolder folder;
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  // In a process of its own: a hard limit cannot be raised again.
  const auto child = ::fork();
  if (child == 0) {
    const rlimit few{400, 400};
    if (::setrlimit(RLIMIT_NOFILE, &few) != 0) ::_exit(1);
    const auto disk = local_disk(folder.path());
    std::vector<std::unique_ptr<DiskFile>> files;
    try {
      for (int i = 0; i < 400; ++i) files.push_back(disk->create());
    } catch (const InputError&) {
    }
    if (files.size() < 200 || files.size() > 300) ::_exit(2);
    for (int i = 0; i < 100; ++i) {
      if (::dup(0) < 0) ::_exit(3);
    }
    ::_exit(0);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
}

}  // namespace kindred
