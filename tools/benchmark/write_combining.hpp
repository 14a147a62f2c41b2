// Writing rows to many places at once, the way that hand-written radix passes do.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

namespace bench {

/// Collects four rows of 16 bytes, a cache line, for each part before they go out: a processor
/// can keep only so many lines open for writing.
template <class Row>
class WriteCombining {
 public:
  static_assert(sizeof(Row) == 16);

  /// `next` says where each part's first row goes in `out`.
  WriteCombining(Row* out, std::vector<std::size_t> next)
      : out_(out), next_(std::move(next)), memory_(next_.size() * 4 + 4), filled_(next_.size(), 0) {
    const auto address = reinterpret_cast<std::uintptr_t>(memory_.data());
    lines_ = reinterpret_cast<Row*>((address + 63) & ~std::uintptr_t(63));
  }

  void add(std::size_t part, const Row& row) {
    lines_[part * 4 + filled_[part]] = row;
    if (++filled_[part] == 4) {
      std::memcpy(static_cast<void*>(&out_[next_[part]]), &lines_[part * 4], 64);
      next_[part] += 4;
      filled_[part] = 0;
    }
  }
  void flush() {
    for (std::size_t part = 0; part < filled_.size(); ++part) {
      for (std::size_t i = 0; i < filled_[part]; ++i) {
        out_[next_[part]++] = lines_[part * 4 + i];
      }
      filled_[part] = 0;
    }
  }

 private:
  Row* out_;
  std::vector<std::size_t> next_;
  std::vector<Row> memory_;
  std::vector<std::uint8_t> filled_;
  Row* lines_;
};

/// Where each part starts, given how many rows each thread has for it; the counts become where the
/// thread's rows of that part go.
inline std::vector<std::size_t> place_parts(std::vector<std::vector<std::size_t>>& counts) {
  const auto parts = counts[0].size();
  std::vector<std::size_t> starts(parts + 1);
  std::size_t at = 0;
  for (std::size_t part = 0; part < parts; ++part) {
    starts[part] = at;
    for (auto& of_thread : counts) {
      const auto rows = of_thread[part];
      of_thread[part] = at;
      at += rows;
    }
  }
  starts[parts] = at;
  return starts;
}

}  // namespace bench
