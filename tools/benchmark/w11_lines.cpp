// W11: the number of lines of a file of 500 MB that is in the page cache.
#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

#include "by_hand.hpp"
#include "engine_side.hpp"
#include "input_files.hpp"
#include "process.hpp"
#include "text_by_hand.hpp"
#include "workload.hpp"

namespace bench {

namespace {

Side engine(const Setup& setup) {
  auto context = make_context(setup);
  return engine_side(context, [context, path = words_file(setup)] {
    return std::uint64_t(context->text_file(path).count());
  });
}

std::uint64_t line_ends(const char* bytes, std::size_t size) {
  std::uint64_t count = 0;
  std::size_t i = 0;
  for (; i + 64 <= size; i += 64) {
    count += static_cast<std::uint64_t>(std::popcount(bytes_equal(bytes + i, '\n')));
  }
  for (; i < size; ++i) count += bytes[i] == '\n';
  return count;
}

// Blocks that fit in a processor's own cache are read, counted and forgotten.
std::uint64_t count_by_pread(const std::string& path, std::uint64_t begin, std::uint64_t end) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::vector<char> block(256 << 10);
  std::uint64_t count = 0;
  while (begin < end) {
    const auto got = pread(file.number(), block.data(),
                           std::min<std::uint64_t>(block.size(), end - begin), off_t(begin));
    if (got <= 0) break;
    count += line_ends(block.data(), static_cast<std::size_t>(got));
    begin += static_cast<std::uint64_t>(got);
  }
  return count;
}

Side with_pread(const Setup& setup) {
  const auto path = words_file(setup);
  return {.run = [path, size = MappedText(path).size(), threads = setup.threads] {
    return Outcome(sum_over_threads(threads, [&](int thread) {
      return count_by_pread(path, share(size, thread, threads), share(size, thread + 1, threads));
    }));
  }};
}

// Each line becomes a string, as std::getline makes it.
std::uint64_t count_strings(std::string_view text) {
  std::string line;
  std::uint64_t count = 0;
  const auto* const end = text.data() + text.size();
  for (const auto* at = text.data(); at < end; ++count) {
    const auto left = static_cast<std::size_t>(end - at);
    const auto* line_end = static_cast<const char*>(std::memchr(at, '\n', left));
    if (!line_end) line_end = end;
    line.assign(at, line_end);
    asm volatile("" ::"r"(line.data()) : "memory");  // someone might look at the line
    at = line_end + 1;
  }
  return count;
}

Side with_getline(const Setup& setup) {
  return {.run = [path = words_file(setup), threads = setup.threads] {
    const MappedText text(path);
    const auto parts = parts_of(text, 0, threads);
    return Outcome(sum_over_threads(
        threads, [&](int thread) { return count_strings(parts[std::size_t(thread)]); }));
  }};
}

const Registered pread_blocks{{.name = "W11",
                               .title = "line count of 500 MB, pread of 256 KiB blocks",
                               .target = 1.5,
                               .then_target = 1.2,
                               .engine = engine,
                               .hand = with_pread}};
const Registered getline_strings{{.name = "W11/getline",
                                  .title = "the same against a std::string for each line",
                                  .engine = engine,
                                  .hand = with_getline}};

}  // namespace

}  // namespace bench
