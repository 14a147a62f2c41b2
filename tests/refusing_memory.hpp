// A MemoryManager that refuses one request, and the sweep over all of them.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>

#include "kindred/engine/error.hpp"
#include "kindred/engine/memory.hpp"
#include "tests/catch.hpp"

namespace kindred::test {

/// Refuses one request, counted from 0. Safe to use from any thread.
class RefusingMemory : public MemoryManager {
 public:
  explicit RefusingMemory(std::size_t refused) : refused_(refused) {}
  std::size_t asked() const { return asked_; }
  bool refused() const { return asked_ > refused_; }

 private:
  bool grants(std::size_t) override { return asked_++ != refused_; }

  const std::size_t refused_;
  std::atomic<std::size_t> asked_ = 0;
};

/// Runs `use(memory)` with the first request refused, then with the second one, until a run meets
/// no refusal. Each refusal must come out as OutOfMemoryError and each run must give all memory
/// back. Returns how many requests there were.
template <class Use>
std::size_t refuse_each_request(Use&& use) {
  for (std::size_t refused = 0;; ++refused) {
    INFO("request " << refused << " is refused");
    const auto memory = std::make_shared<RefusingMemory>(refused);
    bool thrown = false;
    try {
      use(MemoryRef(memory));
    } catch (const OutOfMemoryError&) {
      thrown = true;
    }
    REQUIRE(memory->used() == 0);
    REQUIRE(thrown == memory->refused());
    if (!thrown) return refused;
  }
}

}  // namespace kindred::test
