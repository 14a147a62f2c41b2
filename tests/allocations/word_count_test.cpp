// Counts what a job takes from the heap. In an executable of its own, since it replaces operator
// new.
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <string>
#include <vector>

#include "kindred/kindred.hpp"
#include "tests/catch.hpp"

namespace {

std::atomic<std::uint64_t> allocations{0};

void* counted(std::size_t size) {
  ++allocations;
  if (void* place = std::malloc(size == 0 ? 1 : size)) return place;
  throw std::bad_alloc();
}

void* counted(std::size_t size, std::align_val_t alignment) {
  ++allocations;
  const auto align = static_cast<std::size_t>(alignment);
  if (void* place = std::aligned_alloc(align, (size + align - 1) / align * align)) return place;
  throw std::bad_alloc();
}

}  // namespace

void* operator new(std::size_t size) { return counted(size); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return counted(size, alignment);
}
void operator delete(void* place) noexcept { std::free(place); }
void operator delete(void* place, std::size_t) noexcept { std::free(place); }
void operator delete(void* place, std::align_val_t) noexcept { std::free(place); }
void operator delete(void* place, std::size_t, std::align_val_t) noexcept { std::free(place); }

using namespace kindred;

namespace {

constexpr std::size_t kDistinct = 500;

// `count` words of `distinct`, too long to lie inside a std::string.
std::vector<std::string> lines_of(std::size_t count, std::size_t distinct) {
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < count / 10; ++i) {
    auto& line = lines.emplace_back();
    for (std::size_t word = 0; word < 10; ++word) {
      line += "a_word_that_is_longer_than_a_string_holds_" +
              std::to_string((i * 10 + word) % distinct) + " ";
    }
  }
  return lines;
}

std::uint64_t allocations_of_word_count(Context& context, std::size_t count, std::size_t distinct) {
  const auto words =
      context.parallelize(lines_of(count, distinct), 2)
          .flat_map([](std::string_view line) { return split(line); })
          .map([](std::string_view word) { return std::pair(word, std::int64_t{1}); })
          .reduce_by_key(std::plus<>{}, 2);
  const auto before = allocations.load();
  REQUIRE(words.count() == distinct);
  return allocations.load() - before;
}

}  // namespace

TEST_CASE("a word count allocates for each distinct word, not for each word") {
  Context context("local[2]");
  allocations_of_word_count(context, 1'000, kDistinct);  // what is made once a process
  const auto few = allocations_of_word_count(context, 10'000, kDistinct);
  const auto many = allocations_of_word_count(context, 100'000, kDistinct);
  INFO("10,000 words: " << few << ", 100,000 words: " << many);
  // Each of the two map tasks owns each word once, and the reduce task that it is for once more.
  CHECK(few >= 3 * kDistinct);
  CHECK(few < 4 * kDistinct + 1'000);
  CHECK(many < few + 500);
}

TEST_CASE("filtering and counting texts allocates nothing for a row") {
  Context context("local[2]");
  const auto count = [&](std::size_t rows) {
    const auto lines = context.parallelize(lines_of(rows * 10, kDistinct), 2);
    const auto before = allocations.load();
    const auto words = lines.flat_map([](std::string_view line) { return split(line); })
                           .filter([](std::string_view word) { return word.ends_with('7'); })
                           .key_by([](std::string_view word) { return word.size(); })
                           .values()
                           .count();
    REQUIRE(words == rows);
    return allocations.load() - before;
  };
  count(100);
  CHECK(count(10'000) < count(100) + 100);
}
