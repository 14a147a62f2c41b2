#include "kindred/engine/unique_rows.hpp"

#include <limits>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "tests/catch.hpp"
#include "tests/engine/random.hpp"
#include "tests/refusing_memory.hpp"

namespace kindred {
namespace {

template <class K, class V>
Rows<std::pair<K, V>> rows_of(const std::map<K, V>& model, const MemoryRef& memory) {
  Rows<std::pair<K, V>> rows(memory);
  for (const auto& [key, value] : model) rows.push({key, value});
  return rows;
}

template <class K, class V, class MakeKey>
void agrees_with_model(std::size_t keys, MakeKey make_key) {
  const auto memory = std::make_shared<MemoryManager>();
  {
    std::map<K, V> model;
    while (model.size() < keys) model.emplace(make_key(), static_cast<V>(model.size()));
    UniqueRows<K, V> unique(memory);
    REQUIRE(unique.fill(rows_of(model, memory)));
    std::vector<std::pair<K, int>> asked;
    for (const auto& [key, value] : model) asked.emplace_back(key, 0);
    for (std::size_t i = 0; i < 1000; ++i) asked.emplace_back(make_key(), 0);
    std::size_t seen = 0;
    const auto all = unique.find_all(
        std::span<const std::pair<K, int>>(asked), [&](const auto& row, const V* value) {
          REQUIRE(&row == &asked[seen++]);
          REQUIRE(value == unique.find(key_hash(row.first), row.first));
          REQUIRE((value != nullptr) == model.contains(row.first));
          if (value != nullptr) REQUIRE(*value == model.at(row.first));
          return true;
        });
    REQUIRE(all);
    REQUIRE(seen == asked.size());
  }
  REQUIRE(memory->used() == 0);
}

}  // namespace

TEST_CASE("unique rows agree with a map, whether a key is there or not") {
  test::Random random;
  WITH_SEED(random);
  for (const std::size_t keys : {0, 1, 2, 63, 64, 65, 1000, 20'000}) {
    agrees_with_model<std::uint32_t, double>(
        keys, [&] { return static_cast<std::uint32_t>(random.below(40'000)); });
    agrees_with_model<std::pair<std::int64_t, char>, int>(keys, [&] {
      return std::pair(static_cast<std::int64_t>(random.below(10'000)) - 5'000,
                       static_cast<char>(random.below(4)));
    });
  }
}

TEST_CASE("zero and NaN are keys of unique rows like others") {
  const auto memory = std::make_shared<MemoryManager>();
  const auto nan = std::numeric_limits<double>::quiet_NaN();
  Rows<std::pair<double, int>> rows(memory);
  UniqueRows<double, int> none(memory);
  REQUIRE(none.fill(rows));
  REQUIRE(none.find(key_hash(0.0), 0.0) == nullptr);
  rows.push({nan, 1});
  rows.push({0.0, 2});
  UniqueRows<double, int> unique(memory);
  REQUIRE(unique.fill(rows));
  REQUIRE(*unique.find(key_hash(-nan), -nan) == 1);
  REQUIRE(*unique.find(key_hash(-0.0), -0.0) == 2);
  REQUIRE(unique.find(key_hash(1.0), 1.0) == nullptr);
}

TEST_CASE("unique rows say where a key is there twice") {
  const auto memory = std::make_shared<MemoryManager>();
  for (const int twice : {0, 7, 99'999}) {
    Rows<std::pair<int, int>> rows(memory);
    for (int i = 0; i < 100'000; ++i) rows.push({i, i});
    rows.push({twice, 1});
    UniqueRows<int, int> unique(memory);
    REQUIRE(!unique.fill(rows));
  }
  REQUIRE(memory->used() == 0);
}

TEST_CASE("a search in unique rows stops where it is asked to") {
  const auto memory = std::make_shared<MemoryManager>();
  UniqueRows<int, int> unique(memory);
  REQUIRE(unique.fill(rows_of(std::map<int, int>{{1, 10}}, memory)));
  const std::vector<std::pair<int, int>> asked(200, {1, 0});
  int seen = 0;
  REQUIRE(!unique.find_all(std::span<const std::pair<int, int>>(asked),
                           [&](const auto&, const int*) { return ++seen < 100; }));
  REQUIRE(seen == 100);
}

TEST_CASE("unique rows give back what they hold where memory is refused") {
  test::refuse_each_request([](const MemoryRef& memory) {
    std::map<int, int> model;
    for (int i = 0; i < 1000; ++i) model.emplace(i, i);
    UniqueRows<int, int> unique(memory);
    const bool filled = unique.fill(rows_of(model, memory));
    REQUIRE(filled);
  });
}

}  // namespace kindred
