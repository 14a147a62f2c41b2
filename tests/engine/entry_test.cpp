#include "kindred/engine/entry.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <spawn.h>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

#include "kindred/engine/error.hpp"
#include "tests/catch.hpp"

extern char** environ;

namespace kindred {
namespace {

int registered(int x) { return x + 1; }
int registered_too(int x) { return x + 2; }
int unregistered(int x) { return x + 3; }

const void* address(int (*function)(int)) { return reinterpret_cast<const void*>(function); }

[[maybe_unused]] const bool* const kFirst = &detail::RegisteredEntry<&registered>::done;
[[maybe_unused]] const bool* const kSecond = &detail::RegisteredEntry<&registered_too>::done;

constexpr const char* kPrintId = "KINDRED_TEST_PRINT_BUILD_ID";

// In a process that was started to print it: before main, so that no test framework is in between.
[[maybe_unused]] const bool kPrinted = [] {
  if (std::getenv(kPrintId) == nullptr) return false;
  std::printf("%llx %llx\n", static_cast<unsigned long long>(program_build_id()),
              static_cast<unsigned long long>(entry_id(address(&registered)).offset));
  std::fflush(stdout);
  _exit(0);
}();

// What this program prints about itself when it is started anew.
std::string printed_by_new_process() {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addclose(&actions, ends[0]);
  setenv(kPrintId, "1", 1);
  char name[] = "engine_test";
  char* const arguments[] = {name, nullptr};
  pid_t child = 0;
  const auto started = posix_spawn(&child, "/proc/self/exe", &actions, nullptr, arguments, environ);
  unsetenv(kPrintId);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  REQUIRE(started == 0);
  std::string text;
  std::array<char, 256> buffer;
  for (ssize_t got = 0; (got = read(ends[0], buffer.data(), buffer.size())) > 0;) {
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  close(ends[0]);
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(status == 0);
  return text;
}

}  // namespace

TEST_CASE("an entry's id leads back to the entry") {
  const auto id = entry_id(address(&registered));
  REQUIRE(entry_address(id) == address(&registered));
  REQUIRE(entry_id(address(&registered_too)) != id);
  REQUIRE(entry_address(entry_id(address(&registered_too))) == address(&registered_too));
  REQUIRE(id.module == program_build_id());
}

TEST_CASE("an address that did not register itself is refused") {
  const auto id = entry_id(address(&unregistered));
  REQUIRE(unregistered(1) == 4);
  REQUIRE_THROWS_AS(entry_address(id), DecodeError);
  REQUIRE_THROWS_WITH(entry_address(id), test::contains_text("is not a task entry"));
  auto beside = entry_id(address(&registered));
  beside.offset += 1;
  REQUIRE_THROWS_AS(entry_address(beside), DecodeError);
  REQUIRE_THROWS_AS(entry_address({program_build_id(), ~std::uint64_t{0}}), DecodeError);
}

TEST_CASE("an id of another module is refused") {
  auto id = entry_id(address(&registered));
  id.module ^= 1;
  REQUIRE_THROWS_AS(entry_address(id), DecodeError);
  REQUIRE_THROWS_AS(entry_address({}), DecodeError);
}

TEST_CASE("an address of no module has no id") {
  const auto on_heap = std::make_unique<int>(1);
  REQUIRE_THROWS_AS(entry_id(on_heap.get()), UsageError);
  REQUIRE_THROWS_WITH(entry_id(on_heap.get()), test::contains_text("dlopen"));
}

TEST_CASE("a new process of the same file has the same build id and the same entries") {
  std::array<char, 64> expected;
  std::snprintf(expected.data(), expected.size(), "%llx %llx\n",
                static_cast<unsigned long long>(program_build_id()),
                static_cast<unsigned long long>(entry_id(address(&registered)).offset));
  REQUIRE(program_build_id() != 0);
  REQUIRE(printed_by_new_process() == expected.data());
}

}  // namespace kindred
