// The rows of one reduce partition by key, and where Rdds that are to meet by key are partitioned.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>

#include "kindred/engine/grouped_rows.hpp"
#include "kindred/rdd/partition_count.hpp"
#include "kindred/rdd/shuffle.hpp"

namespace kindred::detail {

/// Adds pairs to Groups: GroupedRows or PartedGroups.
template <class K, class V, class Groups>
class GroupSink final : public RowSink<std::pair<K, V>> {
 public:
  explicit GroupSink(Groups& groups) : groups_(&groups) {}
  bool rows(std::span<const std::pair<K, V>> rows) override {
    groups_->add_rows(rows);
    return true;
  }
  bool row(rest_argument_t<std::pair<K, V>> row) override {
    groups_->add(row.first, row.second);
    return true;
  }

 private:
  Groups* groups_;
};

/// Adds all rows of a partition to Groups.
template <class Groups, class K, class V>
Groups collect_groups(const PlacedInput<std::pair<K, V>>& input, PartitionId partition,
                      TaskContext& task) {
  Groups groups(task.memory());
  GroupSink<K, V, Groups> sink(groups);
  input.run_rows(partition, task, sink);
  return groups;
}

/// All rows of a partition, by key.
template <class K, class V>
GroupedRows<K, V> read_groups(const PlacedInput<std::pair<K, V>>& input, PartitionId partition,
                              TaskContext& task) {
  auto groups = collect_groups<GroupedRows<K, V>>(input, partition, task);
  groups.finish();
  return groups;
}

/// Where the rows of several Rdds meet by their keys: as the first of them that is partitioned by
/// hash already, so that it need not be shuffled, or in as many partitions as the largest has.
template <class K, class... Rdds>
Partitioning meeting_place(const PartitionCount& partitions, const char* op, const Rdds&... rdds) {
  std::optional<std::uint32_t> by_key;
  const auto look = [&](const auto& rdd) {
    if (!by_key && rdd.partitioning() == hashed<K>(rdd.partitions())) by_key = rdd.partitions();
  };
  (look(rdds), ...);
  return hashed<K>(partitions.value_or(by_key.value_or(std::max({rdds.partitions()...})), op));
}

/// The rules for pairs that meet others by their keys.
template <class T, class... Others>
constexpr bool check_same_keys() {
  if constexpr (!check_hashable_pairs<T>() || !(check_hashable_pairs<Others>() && ...)) {
    return false;
  } else {
    constexpr bool same =
        (std::is_same_v<typename T::first_type, typename Others::first_type> && ...);
    static_assert(same,
                  "join, cogroup and their kin need the same key type on all sides; map() one to "
                  "the key type of the other");
    return same;
  }
}

}  // namespace kindred::detail
