#include <atomic>
#include <csignal>
#include <fcntl.h>
#include <ostream>
#include <stdexcept>
#include <string>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "tests/rdd/as_nobody.hpp"
#include "tests/rdd/everywhere.hpp"
#include "tests/rdd/saved_files.hpp"
#include "tests/rdd/source_testing.hpp"

using namespace kindred;
using namespace kindred::test;

namespace {

struct Unwilling {
  int value = 0;
  friend std::ostream& operator<<(std::ostream& out, const Unwilling& unwilling) {
    if (unwilling.value == 7) throw std::runtime_error("seven is not written");
    return out << unwilling.value;
  }
};

// True the first time that it is called with a path, in whichever process.
bool first_time(const std::string& path) {
  const int file = ::open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY, 0600);
  if (file >= 0) ::close(file);
  return file >= 0;
}

// Rows of many buffers, so that a part of the file is on the disk when something happens.
std::string long_line(std::int64_t x) { return std::to_string(x) + std::string(1000, '.'); }

void check_long_lines(const std::string& path, int partitions, std::int64_t rows) {
  const auto files = files_in(path);
  REQUIRE(files.size() == static_cast<std::size_t>(partitions) + 1);
  std::string all;
  for (const auto& [name, text] : files) all += name == "_SUCCESS" ? "" : text;
  std::string expected;
  for (std::int64_t x = 0; x < rows; ++x) expected += long_line(x) + "\n";
  REQUIRE((all == expected));
}

// A file system of a few pages, where this process may mount one.
class SmallDisk {
 public:
  explicit SmallDisk(const std::string& path) : path_(path) {
    mounted_ = ::mount("tmpfs", path.c_str(), "tmpfs", 0, "size=256k") == 0;
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  ~SmallDisk() {
    if (mounted_) ::umount2(path_.c_str(), MNT_DETACH);  // an executor may look into it yet
  }
  bool mounted() const { return mounted_; }

 private:
  std::string path_;
  bool mounted_;
};

}  // namespace

TEST_CASE("a save whose job fails leaves nothing") {
  const TemporaryFolder folder;
  everywhere([&](Context& context, int partitions) {
    const auto rows = context.range(0, 2000, partitions).map([](std::int64_t x) {
      if (x == 1500) throw std::runtime_error("this row is refused");
      return long_line(x);
    });
    REQUIRE_THROWS_WITH(rows.save_as_text_file(folder.path() + "/new/out"),
                        contains_text("this row is refused") &&
                            contains_text("map at actions_save_failures_test.cpp"));
    REQUIRE(names_in(folder.path()).empty());
    REQUIRE_THROWS_WITH(
        context.range(0, 10, partitions)
            .map([](std::int64_t x) { return Unwilling{static_cast<int>(x)}; })
            .save_as_text_file(folder.path() + "/out"),
        contains_text("seven is not written") && contains_text("save_as_text_file at"));
    REQUIRE(names_in(folder.path()).empty());
  });
}

TEST_CASE("a task that fails in the middle and is tried again writes each row once") {
  const TemporaryFolder folder;
  const auto marker = folder.path() + "/failed-";
  context_of("local-cluster[2,1,1024]")
      .range(0, 4000, 4)
      .map(capture(marker,
                   [](const std::string& path, std::int64_t x) {
                     if (x % 1000 == 900 && first_time(path + std::to_string(x))) {
                       throw std::runtime_error("the first attempt fails");
                     }
                     return long_line(x);
                   }))
      .save_as_text_file(folder.path() + "/out");
  REQUIRE(names_in(folder.path()).count("failed-3900") == 1);
  REQUIRE(names_in(folder.path()).size() == 5);
  check_long_lines(folder.path() + "/out", 4, 4000);
}

TEST_CASE("a save during which an executor is killed writes each row once [scenario-30]",
          "[scenario-30]") {
  const TemporaryFolder folder;
  Context context("local-cluster[2,1,1024]");
  const auto marker = folder.path() + "/killed-";
  context.range(0, 4000, 4)
      .map(capture(marker,
                   [](const std::string& path, std::int64_t x) {
                     if ((x == 900 || x == 2900) && first_time(path + std::to_string(x))) {
                       ::kill(::getpid(), SIGKILL);
                     }
                     return long_line(x);
                   }))
      .save_as_text_file(folder.path() + "/out");
  REQUIRE(names_in(folder.path()) == std::set<std::string>{"killed-900", "killed-2900", "out"});
  check_long_lines(folder.path() + "/out", 4, 4000);
}

TEST_CASE("a path that exists is refused at once, by its name, and is left as it was [scenario-30]",
          "[scenario-30]") {
  static std::atomic<int> computed;
  computed = 0;
  const TemporaryFolder folder;
  const auto path = folder.write("out", "precious");
  auto& context = context_of("local[1]");
  const auto rows = context.range(0, 10).map([](std::int64_t x) {
    ++computed;
    return x;
  });
  REQUIRE_THROWS_AS(rows.save_as_text_file(path), InputError);
  REQUIRE_THROWS_WITH(rows.save_as_text_file(path),
                      contains_text("save_as_text_file at actions_save_failures_test.cpp") &&
                          contains_text("'" + path + "' exists already"));
  std::filesystem::create_directory(folder.path() + "/empty");
  REQUIRE_THROWS_AS(rows.save_as_text_file(folder.path() + "/empty/"), InputError);
  std::filesystem::create_symlink("nowhere", folder.path() + "/link");
  REQUIRE_THROWS_AS(rows.save_as_text_file(folder.path() + "/link"), InputError);
  REQUIRE_THROWS_AS(rows.save_as_text_file(""), UsageError);
  REQUIRE_THROWS_AS(rows.save_as_text_file("/"), UsageError);
  REQUIRE(computed == 0);
  REQUIRE(context.text_file(path).collect() == std::vector<std::string>{"precious"});
  REQUIRE(names_in(folder.path()) == std::set<std::string>{"empty", "link", "out"});
}

TEST_CASE("a folder that cannot be written is an error with the path and the reason") {
  const TemporaryFolder folder;
  const auto file = folder.write("file", "");
  const auto numbers = context_of("local[1]").range(0, 10);
  for (const auto& path : {file + "/out", file + "/new/out"}) {
    REQUIRE_THROWS_AS(numbers.save_as_text_file(path), InputError);
    REQUIRE_THROWS_WITH(numbers.save_as_text_file(path),
                        contains_text("cannot write '" + path + "': Not a directory"));
  }
  const auto closed = folder.path() + "/closed";
  std::filesystem::create_directory(closed);
  for (const auto& path : {folder.path(), closed}) ::chmod(path.c_str(), 0555);
  {
    const AsNobody nobody;
    REQUIRE_THROWS_WITH(numbers.save_as_text_file(closed + "/out"),
                        contains_text("cannot write '" + closed + "/out': Permission denied; let"));
    REQUIRE_THROWS_WITH(
        numbers.save_as_text_file(closed + "/new/out"),
        contains_text("cannot write '" + closed + "/new/out': Permission denied; let"));
  }
  ::chmod(folder.path().c_str(), 0755);
  REQUIRE(names_in(closed).empty());
  REQUIRE_THROWS_WITH(numbers.save_as_text_file("/proc/out"),
                      contains_text("cannot write '/proc/out': "));
  REQUIRE(names_in(folder.path()) == std::set<std::string>{"closed", "file"});
}

TEST_CASE("a part that another program took away is missed, and no folder appears") {
  const TemporaryFolder folder;
  const auto part = folder.path() + "/_temporary-out-0/parts/part-00000";
  const auto rows = context_of("local[1]")
                        .range(0, 4, 2)
                        .map(capture(part, [](const std::string& path, std::int64_t x) {
                          if (x == 3)
                            ::unlink(path.c_str());  // the first partition is done by then
                          return x;
                        }));
  REQUIRE_THROWS_WITH(rows.save_as_text_file(folder.path() + "/out"),
                      contains_text("'" + part + "' is not there") &&
                          contains_text("a file system that all hosts share"));
  REQUIRE(names_in(folder.path()).empty());
}

TEST_CASE("of two saves to one path at the same time one succeeds and the other is refused") {
  const TemporaryFolder folder;
  auto& context = context_of("local[3]");
  for (int round = 0; round < 10; ++round) {
    const auto path = folder.path() + "/out" + std::to_string(round);
    std::atomic<int> refused = 0;
    const auto save = [&] {
      try {
        context.range(0, 2000, 4).map(fn<&long_line>).save_as_text_file(path);
      } catch (const InputError&) {
        ++refused;
      }
    };
    std::thread other(save);
    save();
    other.join();
    REQUIRE(refused == 1);
    check_long_lines(path, 4, 2000);
    REQUIRE(names_in(folder.path()).size() == static_cast<std::size_t>(round) + 1);
  }
}

TEST_CASE("a file that cannot grow fails the job with its path, and leaves nothing") {
  const TemporaryFolder folder;
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit small = before;
  small.rlim_cur = 300'000;
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
  std::string message;
  try {
    context_of("local[1]")
        .range(0, 2000, 2)
        .map(fn<&long_line>)
        .save_as_text_file(folder.path() + "/out");
  } catch (const JobError& error) {
    message = error.what();
  }
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  REQUIRE_THAT(message, contains_text("part-00000") && contains_text("File too large") &&
                            contains_text("save_as_text_file at"));
  REQUIRE(names_in(folder.path()).empty());
}

TEST_CASE("a full disk fails the job with the path and the reason, and leaves nothing") {
  const TemporaryFolder folder;
  const SmallDisk disk(folder.path());
  if (!disk.mounted()) {
    WARN("skipped: this user may not mount a file system");
    return;
  }
  for (const std::string master : {"local[3]", "local-cluster[2,1,1024]"}) {
    for (const auto compression : {OutputCompression::none, OutputCompression::gzip}) {
      const auto rows = context_of(master).range(0, 400'000, 2).map([](std::int64_t x) {
        return std::to_string(x * 2654435761 % 1'000'000'007);
      });
      REQUIRE_THROWS_WITH(
          rows.save_as_text_file(folder.path() + "/out", {.compression = compression}),
          contains_text("cannot write '" + folder.path()) &&
              contains_text("No space left on device; free space"));
      REQUIRE(names_in(folder.path()).empty());
    }
  }
}
