#include "kindred/rdd/file_split.hpp"

#include <cstdlib>
#include <stdexcept>
#include <sys/stat.h>
#include <unistd.h>

#include "kindred/engine/error.hpp"
#include "tests/catch.hpp"
#include "tests/rdd/as_nobody.hpp"
#include "tests/rdd/source_testing.hpp"

namespace kindred::detail {
namespace {

using test::AsNobody;
using test::contains_text;
using test::TemporaryFolder;

// An empty file of that many bytes on paper.
std::string sparse(const TemporaryFolder& folder, const std::string& name, std::uint64_t size) {
  auto path = folder.write(name, "");
  if (::truncate(path.c_str(), static_cast<off_t>(size)) != 0) throw std::runtime_error("truncate");
  return path;
}

std::string file_name(const FileSplit& split) {
  return std::filesystem::path(split.path).filename().string();
}

TEST_CASE("splits cover a file from end to end, in as many partitions as were asked for") {
  const TemporaryFolder folder;
  for (std::uint32_t size : {0U, 1U, 5U, 1000U}) {
    const auto path = folder.write("plain.txt", std::string(size, 'x'));
    for (std::uint32_t partitions : {1U, 2U, 7U, 100U}) {
      const auto planned = plan_splits(path, partitions);
      REQUIRE(planned.size() == partitions);
      std::uint64_t end = 0;
      for (const auto& partition : planned) {
        REQUIRE(partition.size() <= 1);
        for (const auto& split : partition) {
          REQUIRE(split.begin == end);
          REQUIRE(split.end > split.begin);
          REQUIRE(split.file_size == size);
          end = split.end;
        }
      }
      REQUIRE(end == size);
    }
  }
}

TEST_CASE("a number of partitions deals the bytes of all files out evenly, in their order") {
  const TemporaryFolder folder;
  const std::vector<std::uint64_t> sizes = {0, 10, 1, 0, 5, 100, 1};
  std::vector<std::pair<std::size_t, std::uint64_t>> expected;  // file and byte
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    folder.write(std::to_string(i), std::string(sizes[i], 'x'));
    for (std::uint64_t byte = 0; byte < sizes[i]; ++byte) expected.emplace_back(i, byte);
  }
  for (std::uint32_t partitions = 1; partitions < 130; ++partitions) {
    CAPTURE(partitions);
    const auto planned = plan_splits(folder.path(), partitions);
    REQUIRE(planned.size() == partitions);
    std::vector<std::pair<std::size_t, std::uint64_t>> bytes;
    for (const auto& partition : planned) {
      const auto before = bytes.size();
      for (const auto& split : partition) {
        for (auto byte = split.begin; byte < split.end; ++byte) {
          bytes.emplace_back(std::stoul(file_name(split)), byte);
        }
      }
      REQUIRE(bytes.size() - before <= 117 / partitions + 1);
      REQUIRE(bytes.size() - before >= 117 / partitions);
    }
    REQUIRE(bytes == expected);
  }
}

TEST_CASE("by default a large file is cut for each 32 MiB, and small ones are put together") {
  const TemporaryFolder folder;
  constexpr std::uint64_t kMiB = 1024 * 1024;
  const auto partitions_at = [&](std::uint64_t size) {
    return plan_splits(sparse(folder, "0", size), {}).size();
  };
  REQUIRE(partitions_at(0) == 1);
  REQUIRE(partitions_at(32 * kMiB) == 1);
  REQUIRE(partitions_at(32 * kMiB + 1) == 2);
  REQUIRE(partitions_at(10 * 1024 * kMiB) == 320);

  const std::vector<std::uint64_t> sizes = {10, 20, 0, 3, 30, 65, 1, 1, 32, 5};  // MiB
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    sparse(folder, std::to_string(i), sizes[i] * kMiB);
  }
  std::vector<std::vector<std::string>> names;
  for (const auto& partition : plan_splits(folder.path(), {})) {
    auto& last = names.emplace_back();
    for (const auto& split : partition) last.push_back(file_name(split));
  }
  REQUIRE(names == std::vector<std::vector<std::string>>{
                       {"0", "1"}, {"3"}, {"4"}, {"5"}, {"5"}, {"5"}, {"6", "7"}, {"8"}, {"9"}});
}

TEST_CASE("many small files make few partitions") {
  const TemporaryFolder folder;
  for (int i = 0; i < 2000; ++i) folder.write(std::to_string(i), "line\n");
  const auto planned = plan_splits(folder.path(), {});
  REQUIRE(planned.size() == 4);
  for (std::size_t i = 0; i < 3; ++i) REQUIRE(planned[i].size() == 512);
  REQUIRE(planned[3].size() == 2000 - 3 * 512);
  REQUIRE(plan_splits(folder.path(), 2).size() == 2);
}

TEST_CASE("a compressed file is never cut, and leaves no partition without work") {
  const TemporaryFolder folder;
  const auto check = [&](const std::string& path, Compression compression) {
    for (std::optional<std::uint32_t> partitions : {std::optional<std::uint32_t>(7), {}}) {
      const auto planned = plan_splits(path, partitions);
      REQUIRE(planned.size() == 1);
      REQUIRE(planned[0].size() == 1);
      REQUIRE(planned[0][0].compression == compression);
    }
  };
  check(folder.write("a.gz", test::gzip("a\nb\n")), Compression::gzip);
  check(folder.write("b.zst", test::zstd("a\nb\n")), Compression::zstd);
  check(folder.write("c.lz4", test::lz4("a\nb\n")), Compression::lz4);
  REQUIRE(plan_splits(folder.path(), 7).size() == 3);
  REQUIRE(plan_splits(folder.path(), 2).size() == 2);
  REQUIRE(plan_splits(folder.path(), {}).size() == 1);
}

TEST_CASE("a file that is not compressed as its name says is an error") {
  const TemporaryFolder folder;
  REQUIRE_THROWS_AS(plan_splits(folder.write("a.gz", "plain"), {}), InputError);
  REQUIRE_THROWS_WITH(plan_splits(folder.write("a.gz", "plain"), {}),
                      contains_text("compressed with gzip, but it does not begin"));
  REQUIRE_THROWS_WITH(plan_splits(folder.write("a.zst", test::gzip("a")), {}),
                      contains_text("compressed with zstd, but it does not begin"));
  REQUIRE_THROWS_WITH(plan_splits(folder.write("a.lz4", test::zstd("a")), {}),
                      contains_text("compressed with lz4, but it does not begin"));
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
  REQUIRE_THROWS_WITH(plan_splits("missing-*.txt", {}),
                      contains_text("no file matches 'missing-*.txt': a relative one starts at "
                                    "the working directory, '/"));
  const auto fifo = folder.path() + "/fifo";
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  REQUIRE_THROWS_WITH(plan_splits(fifo, {}), contains_text("not a regular file"));
  const auto secret = folder.write("secret.txt", "x");
  REQUIRE(::chmod(secret.c_str(), 0) == 0);
  const AsNobody nobody;  // root may read anything
  REQUIRE_THROWS_WITH(plan_splits(secret, {}), contains_text("Permission denied; let this user"));
}

TEST_CASE("splits name the file so that a process with another working directory finds it") {
  const auto here = std::filesystem::current_path();
  const TemporaryFolder folder;
  folder.write("a.txt", "x");
  const auto relative = std::filesystem::relative(folder.path() + "/a.txt", here).string();
  REQUIRE(plan_splits(relative, {}).at(0).at(0).path.starts_with('/'));
}

}  // namespace
}  // namespace kindred::detail
