// A stable sort of plain rows by the digits of a number.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "kindred/engine/plain_rows.hpp"
#include "kindred/engine/rows.hpp"

namespace kindred {

/// Keys that have a place among the unsigned numbers of 64 bits.
template <class K>
inline constexpr bool radix_key = (std::is_integral_v<K> ||
                                   std::is_floating_point_v<K>)&&sizeof(K) <= 8;

/// A number that orders keys as key_less() does: of equal keys the same, of NaN the greatest.
template <class K>
constexpr std::uint64_t radix_of(K key) {
  constexpr auto kSign = std::uint64_t{1} << 63;
  if constexpr (std::is_floating_point_v<K>) {
    if (key != key) return ~std::uint64_t{0};
    if (key == 0) return kSign;  // -0.0 too
    const auto bits = std::bit_cast<std::uint64_t>(static_cast<double>(key));
    return (bits & kSign) != 0 ? ~bits : bits | kSign;
  } else if constexpr (std::is_signed_v<K>) {
    return static_cast<std::uint64_t>(static_cast<std::int64_t>(key)) ^ kSign;
  } else {
    return key;
  }
}

namespace detail {

/// The first digit of numbers from `least` to `most`: as many of the highest bits as `bits` says,
/// counted from the highest in which they differ.
class RadixDigit {
 public:
  RadixDigit(std::uint64_t least, std::uint64_t most, int bits)
      : least_(least), below_(std::max(static_cast<int>(std::bit_width(most - least)) - bits, 0)) {}
  std::size_t operator()(std::uint64_t number) const {
    return static_cast<std::size_t>((number - least_) >> below_);
  }
  /// How many bits follow behind the digit.
  int below() const { return below_; }

 private:
  std::uint64_t least_;
  int below_;
};

/// Sorts rows by what `Radix` gives for each. Large parts are dealt out by a digit of 11 bits until
/// each fits in a cache, where two digits of 8 bits leave next to nothing to be done.
template <class Row, class Radix>
class RadixSort {
 public:
  explicit RadixSort(Radix radix) : radix_(std::move(radix)) {}

  PlainRows<Row> operator()(Rows<Row> rows) const {
    const auto memory = rows.memory();
    PlainRows<Row> sorted(rows.size(), memory);
    const auto starts = deal(rows, sorted.data());
    rows = Rows<Row>(memory);
    std::size_t largest = 0;
    for (std::size_t i = 0; i < kParts; ++i) largest = std::max(largest, starts[i + 1] - starts[i]);
    PlainRows<Row> other(largest, memory);
    for (std::size_t i = 0; i < kParts; ++i) {
      sort_part(sorted.data() + starts[i], other.data(), starts[i + 1] - starts[i]);
    }
    return sorted;
  }

 private:
  static constexpr int kPartBits = 11;
  static constexpr std::size_t kParts = std::size_t{1} << kPartBits;
  static constexpr std::size_t kInCache = (std::size_t{1} << 18) / sizeof(Row);
  static constexpr std::size_t kFew = 48;
  using Starts = std::array<std::size_t, kParts + 1>;

  struct Range {
    std::uint64_t least = ~std::uint64_t{0};
    std::uint64_t most = 0;
    void add(std::uint64_t number) {
      least = std::min(least, number);
      most = std::max(most, number);
    }
  };

  // Where each part starts, given at i + 1 how many rows part i has.
  static void add_up(Starts& counts) {
    for (std::size_t i = 0; i < kParts; ++i) counts[i + 1] += counts[i];
  }

  Starts deal(const Rows<Row>& rows, Row* out) const {
    Range range;
    for_each_row(rows, [&](const Row& row) { range.add(radix_(row)); });
    Starts starts{};
    if (rows.empty()) return starts;
    const RadixDigit digit(range.least, range.most, kPartBits);
    for_each_row(rows, [&](const Row& row) { ++starts[digit(radix_(row)) + 1]; });
    add_up(starts);
    auto next = starts;
    for_each_row(rows, [&](const Row& row) { out[next[digit(radix_(row))]++] = row; });
    return starts;
  }
  template <class Use>
  static void for_each_row(const Rows<Row>& rows, const Use& use) {
    for (std::size_t i = 0; i < rows.chunks(); ++i) {
      for (const auto& row : rows.chunk(i)) use(row);
    }
  }

  void sort_part(Row* rows, Row* other, std::size_t count) const {
    if (count <= kFew) {
      insert(rows, count, count * count);
      return;
    }
    Range range;
    for (std::size_t i = 0; i < count; ++i) range.add(radix_(rows[i]));
    if (range.least == range.most) return;
    if (count <= kInCache) {
      sort_by_digits(rows, other, count, RadixDigit(range.least, range.most, 16));
    } else {
      sort_by_parts(rows, other, count, RadixDigit(range.least, range.most, kPartBits));
    }
  }
  void sort_by_parts(Row* rows, Row* other, std::size_t count, const RadixDigit& digit) const {
    Starts starts{};
    for (std::size_t i = 0; i < count; ++i) ++starts[digit(radix_(rows[i])) + 1];
    add_up(starts);
    auto next = starts;
    for (std::size_t i = 0; i < count; ++i) other[next[digit(radix_(rows[i]))]++] = rows[i];
    if (digit.below() > 0) {
      for (std::size_t i = 0; i < kParts; ++i) {
        sort_part(other + starts[i], rows + starts[i], starts[i + 1] - starts[i]);
      }
    }
    std::copy_n(other, count, rows);
  }

  // The lower half of the digit first, then the upper one, each pass stable.
  void sort_by_digits(Row* rows, Row* other, std::size_t count, const RadixDigit& digit) const {
    std::array<std::array<std::uint32_t, 257>, 2> starts{};
    for (std::size_t i = 0; i < count; ++i) {
      const auto both = digit(radix_(rows[i]));
      ++starts[0][(both & 255) + 1];
      ++starts[1][(both >> 8) + 1];
    }
    for (auto& of_half : starts) {
      for (std::size_t i = 0; i < 256; ++i) of_half[i + 1] += of_half[i];
    }
    for (std::size_t i = 0; i < count; ++i) {
      other[starts[0][digit(radix_(rows[i])) & 255]++] = rows[i];
    }
    for (std::size_t i = 0; i < count; ++i) {
      rows[starts[1][digit(radix_(other[i])) >> 8]++] = other[i];
    }
    if (digit.below() > 0 && !insert(rows, count, 8 * count)) {
      std::stable_sort(rows, rows + count,
                       [this](const Row& a, const Row& b) { return radix_(a) < radix_(b); });
    }
  }

  // False where it gave up, after so many moves: then some rows are sorted, and equal ones still in
  // their order.
  bool insert(Row* rows, std::size_t count, std::size_t most_moves) const {
    std::size_t moves = 0;
    for (std::size_t i = 1; i < count; ++i) {
      const auto number = radix_(rows[i]);
      if (radix_(rows[i - 1]) <= number) continue;
      const Row row = rows[i];
      auto j = i;
      for (; j > 0 && radix_(rows[j - 1]) > number; --j) rows[j] = rows[j - 1];
      rows[j] = row;
      moves += i - j;
      if (moves > most_moves) return false;
    }
    return true;
  }

  Radix radix_;
};

}  // namespace detail

/// The rows sorted by `radix(row)`, which gives a number of 64 bits; rows of equal numbers stay in
/// their order. Asks the rows' MemoryManager for as much as they take, and for a part of it more.
///     radix_sorted(std::move(rows), [](const auto& row) { return radix_of(row.first); })
template <class Row, class Radix>
PlainRows<Row> radix_sorted(Rows<Row> rows, Radix radix) {
  return detail::RadixSort<Row, Radix>(std::move(radix))(std::move(rows));
}

}  // namespace kindred
