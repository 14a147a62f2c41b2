#include "kindred/rdd/file_split.hpp"

#include <cstdlib>
#include <stdexcept>
#include <sys/stat.h>
#include <unistd.h>

#include "kindred/engine/error.hpp"
#include "tests/catch.hpp"
#include "tests/rdd/source_testing.hpp"

namespace kindred::detail {
namespace {

using test::contains_text;
using test::TemporaryFolder;

// Takes root's rights from this process for a while.
class AsNobody {
 public:
  AsNobody() : was_(::geteuid()) {
    constexpr uid_t kNobody = 65534;
    if (was_ == 0 && ::seteuid(kNobody) != 0)
      throw std::runtime_error("cannot give up root's rights");
  }
  AsNobody(const AsNobody&) = delete;
  AsNobody& operator=(const AsNobody&) = delete;
  ~AsNobody() {
    if (was_ == 0 && ::seteuid(0) != 0) std::abort();
  }

 private:
  uid_t was_;
};

TEST_CASE("splits cover a file from end to end, as many as were asked for") {
  const TemporaryFolder folder;
  for (std::uint32_t size : {0U, 1U, 5U, 1000U}) {
    const auto path = folder.write("plain.txt", std::string(size, 'x'));
    for (std::uint32_t partitions : {1U, 2U, 7U, 100U}) {
      const auto splits = plan_splits(path, partitions);
      REQUIRE(splits.size() == partitions);
      std::uint64_t end = 0;
      for (const auto& split : splits) {
        REQUIRE(split.begin == end);
        REQUIRE(split.end >= split.begin);
        REQUIRE(split.file_size == size);
        end = split.end;
      }
      REQUIRE(end == size);
    }
  }
}

TEST_CASE("the default number of splits follows from the file's size: one for each 32 MiB") {
  const TemporaryFolder folder;
  const auto path = folder.write("plain.txt", "");
  REQUIRE(plan_splits(path, {}).size() == 1);
  constexpr off_t kMiB = 1024 * 1024;
  REQUIRE(::truncate(path.c_str(), 32 * kMiB) == 0);
  REQUIRE(plan_splits(path, {}).size() == 1);
  REQUIRE(::truncate(path.c_str(), 32 * kMiB + 1) == 0);
  REQUIRE(plan_splits(path, {}).size() == 2);
  REQUIRE(::truncate(path.c_str(), 10 * 1024 * kMiB) == 0);
  REQUIRE(plan_splits(path, {}).size() == 320);
}

TEST_CASE("a compressed file is one split, whatever is asked for") {
  const TemporaryFolder folder;
  const auto gz = plan_splits(folder.write("a.gz", test::gzip("a\nb\n")), 7);
  REQUIRE(gz.size() == 1);
  REQUIRE(gz[0].compression == Compression::gzip);
  const auto zst = plan_splits(folder.write("a.zst", test::zstd("a\nb\n")), {});
  REQUIRE(zst.size() == 1);
  REQUIRE(zst[0].compression == Compression::zstd);
}

TEST_CASE("a file that is not compressed as its name says is an error") {
  const TemporaryFolder folder;
  REQUIRE_THROWS_AS(plan_splits(folder.write("a.gz", "plain"), {}), InputError);
  REQUIRE_THROWS_WITH(plan_splits(folder.write("a.gz", "plain"), {}),
                      contains_text("compressed with gzip, but it does not begin"));
  REQUIRE_THROWS_WITH(plan_splits(folder.write("a.zst", test::gzip("a")), {}),
                      contains_text("compressed with zstd, but it does not begin"));
  REQUIRE_THROWS_AS(plan_splits(folder.write("empty.gz", ""), {}), InputError);
}

TEST_CASE("a file that cannot be read is an error with its path, the cause and what to do") {
  const TemporaryFolder folder;
  const auto missing = folder.path() + "/missing.txt";
  REQUIRE_THROWS_AS(plan_splits(missing, {}), InputError);
  REQUIRE_THROWS_WITH(
      plan_splits(missing, {}),
      contains_text("'" + missing + "': No such file or directory; check the path"));
  REQUIRE_THROWS_WITH(plan_splits("missing-here.txt", {}),
                      contains_text("a relative one starts at the working directory, '/"));
  REQUIRE_THROWS_WITH(plan_splits(folder.path(), {}),
                      contains_text("Is a directory; name one file in it"));
  const auto fifo = folder.path() + "/fifo";
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  REQUIRE_THROWS_WITH(plan_splits(fifo, {}), contains_text("not a regular file"));
  const auto secret = folder.write("secret.txt", "x");
  REQUIRE(::chmod(secret.c_str(), 0) == 0);
  const AsNobody nobody;  // root may read anything
  REQUIRE_THROWS_WITH(plan_splits(secret, {}), contains_text("Permission denied; let this user"));
}

TEST_CASE("a file cannot have zero partitions") {
  const TemporaryFolder folder;
  REQUIRE_THROWS_AS(plan_splits(folder.write("a.txt", "x"), 0), UsageError);
}

TEST_CASE("splits name the file so that a process with another working directory finds it") {
  const auto here = std::filesystem::current_path();
  const TemporaryFolder folder;
  folder.write("a.txt", "x");
  const auto relative = std::filesystem::relative(folder.path() + "/a.txt", here).string();
  REQUIRE(plan_splits(relative, {}).at(0).path.starts_with('/'));
}

}  // namespace
}  // namespace kindred::detail
