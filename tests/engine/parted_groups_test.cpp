#include "kindred/engine/parted_groups.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/catch.hpp"
#include "tests/engine/random.hpp"
#include "tests/refusing_memory.hpp"

namespace kindred {
namespace {

template <class K, class V>
using GroupList = std::vector<std::pair<K, std::vector<V>>>;

template <class K, class V, class Groups>
GroupList<K, V> all_groups(const Groups& groups) {
  GroupList<K, V> all;
  for (const auto& part : groups.parts()) {
    for (std::size_t i = 0; i < part.size(); ++i) {
      const auto values = part.values(i);
      all.emplace_back(part.key(i), std::vector<V>(values.begin(), values.end()));
    }
  }
  return all;
}

// Half of the rows are added one by one, the others at once.
template <class K, class V>
GroupList<K, V> groups_of(const MemoryRef& memory, const std::vector<std::pair<K, V>>& rows) {
  PartedGroups<K, V> groups(memory);
  const auto half = rows.size() / 2;
  for (std::size_t i = 0; i < half; ++i) groups.add(pass(rows[i].first), rows[i].second);
  groups.add_rows(std::span(rows).subspan(half));
  groups.finish();
  return all_groups<K, V>(groups);
}

template <class K, class V>
void agrees_with_map(const std::vector<std::pair<K, V>>& rows) {
  const auto memory = std::make_shared<MemoryManager>();
  std::map<K, std::vector<V>> model;
  for (const auto& [key, value] : rows) model[key].push_back(value);
  const auto groups = groups_of(memory, rows);
  REQUIRE(memory->used() == 0);
  REQUIRE(groups.size() == model.size());
  // Too many for a message.
  const bool same = std::map<K, std::vector<V>>(groups.begin(), groups.end()) == model;
  REQUIRE(same);
  const bool again = groups_of(memory, rows) == groups;
  REQUIRE(again);
}

}  // namespace

TEST_CASE("parted groups agree with a map of vectors, few rows and many") {
  test::Random random;
  WITH_SEED(random);
  for (const std::size_t count : {0, 1, 1000, 65'536, 65'537, 131'074, 400'000}) {
    for (const std::uint64_t keys : {1, 300, 100'000}) {
      std::vector<std::pair<std::uint64_t, std::uint32_t>> rows;
      for (std::size_t i = 0; i < count; ++i) {
        rows.emplace_back(random.below(keys), static_cast<std::uint32_t>(i));
      }
      agrees_with_map(rows);
    }
  }
}

TEST_CASE("groups of texts agree with a map of vectors") {
  test::Random random;
  WITH_SEED(random);
  std::vector<std::pair<std::string, std::string>> rows;
  for (int i = 0; i < 100'000; ++i) rows.emplace_back(random.text(3), random.text(20));
  agrees_with_map(rows);
}

TEST_CASE("many plain rows are dealt out to parts, few are not") {
  PartedGroups<int, int> few(std::make_shared<MemoryManager>());
  for (int i = 0; i < 1000; ++i) few.add(i, i);
  few.finish();
  REQUIRE(few.parts().size() == 1);
  PartedGroups<int, int> many(std::make_shared<MemoryManager>());
  for (int i = 0; i < 100'000; ++i) many.add(i, i);
  many.finish();
  REQUIRE(many.parts().size() > 1);
}

TEST_CASE("memory that is refused to parted groups is an error, and none stays taken") {
  std::size_t n = 0;
  for (bool refused = true; refused; n += 37) {
    const auto memory = std::make_shared<test::RefusingMemory>(n);
    try {
      PartedGroups<int, int> groups(memory);
      for (int i = 0; i < 100'000; ++i) groups.add(i, i);
      groups.finish();
    } catch (const OutOfMemoryError&) {
    }
    refused = memory->refused();
    REQUIRE(memory->used() == 0);
  }
  REQUIRE(n > 500);
}

}  // namespace kindred
