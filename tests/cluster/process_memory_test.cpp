#include "kindred/cluster/process_memory.hpp"

#include <csignal>
#include <cstring>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/catch.hpp"

namespace {

using namespace kindred;
using namespace kindred::cluster;

// A copy of this process, that waits for its end.
class Copy {
 public:
  Copy() : pid_(::fork()) {
    if (pid_ != 0) return;
    ::alarm(60);
    while (true) ::pause();
  }
  ~Copy() { end(); }
  void end() {
    if (pid_ < 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_;
};

std::string numbers(std::size_t count) {
  std::string bytes(count * sizeof(std::uint32_t), '\0');
  for (std::uint32_t i = 0; i < count; ++i) std::memcpy(&bytes[i * 4], &i, 4);
  return bytes;
}

}  // namespace

TEST_CASE("parts of another process's memory are read one after the other, as many as there are") {
  const auto text = numbers(1 << 20);
  BlockBytes block;
  // More than one call takes, and an empty one among them.
  for (std::size_t at = 0; at < text.size(); at += 1 << 10) {
    block.parts.push_back(std::span(text).subspan(at, 1 << 10));
    if (at == 0) block.parts.emplace_back();
  }
  const auto parts = parts_in_memory(block);
  REQUIRE(parts.size() == 4096);
  const OwnMark own;
  Copy copy;
  auto mark = own.mark();
  CHECK(mark.process == ::getpid());
  mark.process = copy.pid();
  std::string found(text.size(), '\0');
  MemoryReader reader(mark, parts);
  CHECK(reader.left() == text.size());
  CHECK(reader.read(std::span(found).first(1'000'001)));  // in the middle of a part
  CHECK(reader.read(std::span(found).subspan(1'000'001)));
  CHECK(reader.left() == 0);
  CHECK(found == text);
}

TEST_CASE("memory is not read where the mark is not, nor where the process or the part is gone") {
  const auto text = numbers(1000);
  const auto there = std::vector<MemoryPart>{{reinterpret_cast<std::uint64_t>(text.data()), 4000}};
  const OwnMark own;
  Copy copy;
  auto mark = own.mark();
  mark.process = copy.pid();
  std::string found(text.size(), '\0');
  REQUIRE(MemoryReader(mark, there).read(found));

  auto other = mark;
  other.text.back() = static_cast<char>(other.text.back() ^ 1);
  CHECK_FALSE(MemoryReader(other, there).read(found));
  other.text.clear();
  CHECK_FALSE(MemoryReader(other, there).read(found));
  const std::vector<MemoryPart> nowhere{{8, 4000}};
  CHECK_FALSE(MemoryReader(mark, nowhere).read(found));
  const std::vector<MemoryPart> short_one{{there[0].at, 3999}};
  CHECK_FALSE(MemoryReader(mark, short_one).read(found));

  copy.end();
  CHECK_FALSE(MemoryReader(mark, there).read(found));
}
