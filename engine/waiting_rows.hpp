// Rows that wait for each of many parts, so that a part is worked on for many rows at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "kindred/engine/memory.hpp"
#include "kindred/engine/plain_rows.hpp"

namespace kindred {

/// Plain rows in a fixed room for each part, all of which is taken at once. Used by one thread.
template <class Row>
class WaitingRows {
 public:
  /// Room for `bytes` in all, but at least for one row a part.
  WaitingRows(std::size_t parts, std::uint64_t bytes, MemoryRef memory)
      : room_(room_in(bytes / parts)), rows_(parts * room_, std::move(memory)), counts_(parts) {}

  /// True where the part's room is full now: then its rows have to be taken before the next one.
  bool add(std::size_t part, const Row& row) {
    auto& count = counts_[part];
    std::construct_at(rows_.data() + part * room_ + count, row);
    return ++count == room_;
  }
  /// The rows that wait for a part; they wait no longer.
  std::span<const Row> take(std::size_t part) {
    return {rows_.data() + part * room_, std::exchange(counts_[part], 0)};
  }
  std::size_t parts() const { return counts_.size(); }

 private:
  // An odd number of cache lines, or the places where the parts are written would all fall into one
  // set of the cache.
  static std::size_t room_in(std::uint64_t bytes) {
    constexpr std::uint64_t kCacheLine = 64;
    static_assert(sizeof(Row) <= kCacheLine);
    return ((bytes / kCacheLine) | 1) * kCacheLine / sizeof(Row);
  }

  std::size_t room_;
  PlainRows<Row> rows_;
  std::vector<std::uint32_t> counts_;
};

}  // namespace kindred
