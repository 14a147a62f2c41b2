// The places where every op must give the same: threads, and executor processes.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "kindred/kindred.hpp"
#include "tests/catch.hpp"

namespace kindred::test {

inline Context& context_of(const std::string& master) {
  static std::map<std::string, std::unique_ptr<Context>> contexts;
  auto& context = contexts[master];
  if (context == nullptr) context = std::make_unique<Context>(master);
  return *context;
}

/// Calls `check(context)` on one thread, on three, and on two executor processes.
template <class Check>
void on_every_master(const Check& check) {
  for (const std::string master : {"local[1]", "local[3]", "local-cluster[2,1,1024]"}) {
    INFO("master " << master);
    check(context_of(master));
  }
}

/// Calls `check(context, partitions)` for each master and 1, 2 and 7 partitions.
template <class Check>
void everywhere(const Check& check) {
  on_every_master([&](Context& context) {
    for (const int partitions : {1, 2, 7}) {
      INFO(partitions << " partitions");
      check(context, partitions);
    }
  });
}

/// Rows for a model test: none (all partitions empty), one, few (some partitions empty), many; and
/// all of one key.
inline std::vector<std::vector<std::int64_t>> model_rows() {
  std::vector<std::vector<std::int64_t>> sets{{}, {5}, {3, 1, 2}, std::vector<std::int64_t>(50, 7)};
  auto& many = sets.emplace_back();
  for (std::int64_t i = 0; i < 1000; ++i) many.push_back(i * 7919 % 101 - 50);
  return sets;
}

/// A text for a number: some short enough to lie inside a std::string, some not.
inline std::string text_of(std::int64_t x) {
  return x % 3 == 0 ? "a rather long text that needs memory of its own " + std::to_string(x)
                    : std::to_string(x);
}

inline std::vector<std::string> texts_of(const std::vector<std::int64_t>& numbers) {
  std::vector<std::string> texts;
  for (const auto x : numbers) texts.push_back(text_of(x));
  return texts;
}

}  // namespace kindred::test
