#include "kindred/engine/memory.hpp"

#include <cstdint>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "kindred/engine/combine_table.hpp"
#include "kindred/engine/grouped_rows.hpp"
#include "kindred/engine/rows.hpp"
#include "tests/refusing_memory.hpp"

namespace kindred {
namespace {

const auto kPlus = [](auto a, const auto& b) { return a + b; };

std::string long_text(int i) { return std::string(20, 'x') + std::to_string(i); }

}  // namespace

TEST_CASE("memory is counted, its peak kept, and given back") {
  MemoryManager memory(1000);
  memory.acquire(600);
  memory.acquire(400);
  memory.release(700);
  REQUIRE(memory.used() == 300);
  REQUIRE(memory.peak() == 1000);
  REQUIRE(memory.limit() == 1000);
  memory.acquire(0);
  memory.release(300);
  REQUIRE(memory.used() == 0);
}

TEST_CASE("a request beyond the budget is refused, with a text that says what to do") {
  MemoryManager memory(1000);
  memory.acquire(900);
  REQUIRE_THROWS_AS(memory.acquire(101), OutOfMemoryError);
  REQUIRE_THROWS_WITH(memory.acquire(101),
                      test::contains_text("101 bytes were asked for") &&
                          test::contains_text("900 of a budget of 1000") &&
                          test::contains_text("Use more partitions, unpersist"));
  REQUIRE(memory.used() == 900);
  REQUIRE(memory.peak() == 900);
  memory.acquire(100);
}

TEST_CASE("memory is counted right when several threads take and give it back") {
  MemoryManager memory;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&memory, t] {
      for (int i = 0; i < 10'000; ++i) {
        memory.acquire(static_cast<std::size_t>(t + 1));
        memory.release(static_cast<std::size_t>(t + 1));
      }
    });
  }
  for (auto& thread : threads) thread.join();
  REQUIRE(memory.used() == 0);
  REQUIRE(memory.peak() >= 4);
  REQUIRE(memory.peak() <= 10);
}

TEST_CASE("a reservation holds what was added, asks in steps and moves") {
  const auto memory = std::make_shared<test::RefusingMemory>(SIZE_MAX);
  {
    Reservation held(memory);
    for (int i = 0; i < 100'000; ++i) held.add(10);
    REQUIRE(held.bytes() == 1'000'000);
    REQUIRE(memory->used() >= 1'000'000);
    REQUIRE(memory->used() <= 1'100'000);
    REQUIRE(memory->asked() < 100);
    held.remove(600'000);
    held.add(500'000);
    REQUIRE(held.bytes() == 900'000);
    REQUIRE(memory->used() <= 1'100'000);

    Reservation moved(std::move(held));
    REQUIRE(moved.bytes() == 900'000);
    Reservation assigned(memory);
    assigned = std::move(moved);
    REQUIRE(assigned.bytes() == 900'000);
  }
  REQUIRE(memory->used() == 0);
}

TEST_CASE("a reservation that is refused still holds what it held before") {
  const auto memory = std::make_shared<MemoryManager>(1000);
  Reservation held(memory);
  held.add(100);
  REQUIRE_THROWS_AS(held.add(5000), OutOfMemoryError);
  REQUIRE(held.bytes() == 100);
  held.add(100);
  REQUIRE(held.bytes() == 200);
}

TEST_CASE("memory is aligned as its type asks") {
  struct alignas(64) Wide {
    double lanes[8];
  };
  const auto memory = std::make_shared<MemoryManager>();
  {
    AccountedVector<Wide> vector(3, Wide{}, Accounted<Wide>(memory));
    REQUIRE(reinterpret_cast<std::uintptr_t>(vector.data()) % 64 == 0);
    Rows<Wide> rows(memory);
    for (int i = 0; i < 100; ++i) rows.push(Wide{});
    for (std::size_t i = 0; i < rows.chunks(); ++i) {
      REQUIRE(reinterpret_cast<std::uintptr_t>(rows.chunk(i).data()) % 64 == 0);
    }
  }
  REQUIRE(memory->used() == 0);
}

TEST_CASE("a reservation gives all back whichever request is refused") {
  REQUIRE(test::refuse_each_request([](const MemoryRef& memory) {
            Reservation held(memory);
            for (int i = 0; i < 100; ++i) held.add(100);
          }) > 3);
}

TEST_CASE("an accounted vector gives all back whichever request is refused") {
  REQUIRE(test::refuse_each_request([](const MemoryRef& memory) {
            AccountedVector<std::string> vector{Accounted<std::string>(memory)};
            for (int i = 0; i < 100; ++i) vector.push_back(long_text(i));
            AccountedString text{Accounted<char>(memory)};
            for (int i = 0; i < 1000; ++i) text += 'x';
          }) > 10);
}

TEST_CASE("rows give all back whichever request is refused") {
  REQUIRE(test::refuse_each_request([](const MemoryRef& memory) {
            Rows<std::pair<std::string, int>> rows(memory);
            for (int i = 0; i < 1000; ++i) rows.push({long_text(i), i});
            auto moved = std::move(rows);
            for (int i = 0; i < 1000; ++i) moved.push({long_text(i), i});
          }) > 10);
}

TEST_CASE("a combine table gives all back whichever request is refused") {
  REQUIRE(test::refuse_each_request([](const MemoryRef& memory) {
            CombineTable<std::string, std::string> table(memory);
            for (int i = 0; i < 1000; ++i) table.add(long_text(i % 300), long_text(i), kPlus);
            table.finish(kPlus);
          }) > 10);
  REQUIRE(test::refuse_each_request([](const MemoryRef& memory) {
            CombineTable<int, int> table(memory);
            for (int i = 0; i < 40'000; ++i) table.add(i % 20'000, i, kPlus);
            table.finish(kPlus);
          }) > 10);
}

TEST_CASE("grouped rows give all back whichever request is refused") {
  REQUIRE(test::refuse_each_request([](const MemoryRef& memory) {
            GroupedRows<std::string, std::string> groups(memory);
            for (int i = 0; i < 1000; ++i) groups.add(long_text(i % 300), long_text(i));
            groups.finish();
          }) > 10);
}

}  // namespace kindred
