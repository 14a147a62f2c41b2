#include "kindred/engine/grouped_rows.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tests/catch.hpp"
#include "tests/engine/random.hpp"

namespace kindred {
namespace {

template <class K, class V, class MakeKey, class MakeValue>
void agrees_with_model(std::size_t adds, MakeKey make_key, MakeValue make_value) {
  const auto memory = std::make_shared<MemoryManager>();
  {
    GroupedRows<K, V> groups(memory);
    std::map<K, std::vector<V>> model;
    std::vector<K> first_seen;
    std::vector<std::pair<K, V>> many;  // the second half is added at once
    for (std::size_t i = 0; i < adds; ++i) {
      const K key = make_key();
      const V value = make_value();
      if (!model.contains(key)) first_seen.push_back(key);
      model[key].push_back(value);
      if (i < adds / 2) {
        groups.add(pass(key), value);
      } else {
        many.emplace_back(key, value);
      }
    }
    groups.add_rows(many);
    groups.finish();
    REQUIRE(groups.size() == model.size());
    for (std::size_t i = 0; i < groups.size(); ++i) {
      const auto& key = groups.key(i);
      REQUIRE(key == first_seen[i]);
      const auto values = groups.values(i);
      const auto found = groups.find(pass(key));
      REQUIRE(groups.group(pass(key)) == i);
      REQUIRE(std::vector<V>(values.begin(), values.end()) == model.at(key));
      REQUIRE(found.data() == values.data());
      REQUIRE(found.size() == values.size());
    }
  }
  REQUIRE(memory->used() == 0);
}

}  // namespace

TEST_CASE("groups agree with a map of vectors: keys in the order first seen, values as they came") {
  test::Random random;
  WITH_SEED(random);
  const auto number = [&] { return static_cast<int>(random.below(1000)); };
  const auto text = [&] { return random.text(30); };
  for (const std::size_t adds : {0, 1, 2, 100, 20'000}) {
    agrees_with_model<int, int>(adds, number, number);
    agrees_with_model<int, int>(
        adds, [&] { return static_cast<int>(random.below(50'000)); }, number);
    agrees_with_model<int, std::string>(adds, number, text);
    agrees_with_model<std::string, std::vector<int>>(
        adds, [&] { return random.text(2); },
        [&] { return std::vector<int>(random.below(4), number()); });
    agrees_with_model<std::pair<std::string, int>, int>(
        adds, [&] { return std::pair(random.text(1), number() % 3); }, number);
  }
}

TEST_CASE("groups of bools have spans too") {
  test::Random random;
  WITH_SEED(random);
  agrees_with_model<int, bool>(
      5000, [&] { return static_cast<int>(random.below(50)); },
      [&] { return random.below(2) == 1; });
}

TEST_CASE("a key that was never added has no values") {
  GroupedRows<std::string, int> groups(std::make_shared<MemoryManager>());
  groups.finish();
  REQUIRE(groups.find("a").empty());
  REQUIRE(groups.size() == 0);

  GroupedRows<int, int> some(std::make_shared<MemoryManager>());
  some.add(1, 2);
  some.finish();
  REQUIRE(some.find(2).empty());
  REQUIRE(some.find(1).size() == 1);
}

TEST_CASE("rows that are looked up in blocks come in their order, until one is enough") {
  GroupedRows<int, int> groups(std::make_shared<MemoryManager>());
  std::vector<std::pair<int, int>> rows;
  for (int i = 0; i < 1000; ++i) rows.emplace_back(i % 300, i);
  groups.add_rows(rows);
  groups.finish();
  std::vector<int> seen;
  const auto look = [&](std::uint64_t hash, const std::pair<int, int>& row) {
    if (row.first < 300)
      REQUIRE(groups.group(hash, row.first) == static_cast<std::uint32_t>(row.first));
    if (row.first >= 300) REQUIRE(!groups.group(hash, row.first));
    seen.push_back(row.second);
    return row.second < 700;
  };
  rows[500].first = 400;
  REQUIRE(!groups.in_blocks(std::span<const std::pair<int, int>>(rows), look));
  REQUIRE(seen.size() == 701);
  REQUIRE(std::is_sorted(seen.begin(), seen.end()));
}

}  // namespace kindred
