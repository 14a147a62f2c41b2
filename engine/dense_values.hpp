// Values by integers that lie close together: where the key is the place, nothing is searched.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>

#include "kindred/engine/memory.hpp"
#include "kindred/engine/plain_rows.hpp"
#include "kindred/engine/prefetch.hpp"
#include "kindred/engine/slot_hash.hpp"

namespace kindred {

namespace detail {

// Integers, and what is as good as one; of smaller ones there are few.
template <class K>
inline constexpr bool dense_key = SlotHash<K>::kCheap && sizeof(K) > 2 && sizeof(K) <= 8;

}  // namespace detail

/// The range from the least of some integers to the greatest, as numbers in their order.
template <class K>
class KeyRange {
 public:
  KeyRange() = default;
  explicit KeyRange(const K& key) { add(key); }

  void add(const K& key) { add(number(key), number(key)); }
  void add(std::uint64_t first, std::uint64_t last) {
    first_ = std::min(first_, first);
    last_ = std::max(last_, last);
  }
  std::uint64_t first() const { return first_; }
  std::uint64_t last() const { return last_; }
  /// One less than there are integers in it.
  std::uint64_t span() const { return last_ - first_; }
  /// Whether it is so short that an array for it, which can grow by half, takes about `most` places
  /// at most.
  bool fits(std::size_t most) const { return span() < most / 3 * 2; }

  static std::uint64_t number(const K& key) { return static_cast<std::uint64_t>(key) + kLeast; }
  static K key(std::uint64_t number) { return static_cast<K>(number - kLeast); }

 private:
  using Number = typename std::conditional_t<std::is_enum_v<K>, std::underlying_type<K>,
                                             std::type_identity<K>>::type;
  // Added to a signed number it makes an unsigned one, in the same order.
  static constexpr std::uint64_t kLeast = std::is_signed_v<Number> ? std::uint64_t{1} << 63 : 0;

  std::uint64_t first_ = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t last_ = 0;
};

/// An array of values from about the least key to about the greatest, and a bit for each key that
/// has one. It holds the keys for which reach() or take() made room. Used by one thread.
template <class K, class V>
class DenseValues {
 public:
  using Row = std::pair<K, V>;
  /// The most rows that for_each_rows() gives at a time.
  static constexpr std::size_t kStretch = 64;

  /// `blank` is what value() gives for a key that has none.
  explicit DenseValues(const MemoryRef& memory, const V& blank = V{})
      : values_(0, memory), present_(0, memory), blank_(blank) {}

  /// Makes room for all keys of the range, beside those that have values. False where the array
  /// could not grow by half and be of about `most` places still: there is to be room to spare, so
  /// that this is seldom done.
  bool reach(KeyRange<K> keys, std::size_t most) {
    const auto used = used_places();
    const bool down = !used.empty() && keys.first() < first_;
    if (!used.empty()) keys.add(first_ + used.begin, first_ + (used.end - 1));
    if (!keys.fits(most)) return false;
    // Room to spare where keys came from before: from one side mostly.
    grows_down_ = grows_down_ || down;
    grows_up_ = grows_up_ || !down;
    const auto spare = std::min<std::uint64_t>(keys.span(), most - keys.span()) /
                       (grows_down_ && grows_up_ ? 2 : 1);
    const auto first = keys.first() - (grows_down_ ? std::min(spare, keys.first()) : 0);
    const auto last = keys.last() + (grows_up_ ? std::min(spare, ~keys.last()) : 0);
    take_room(first, last, used);
    return true;
  }
  /// Makes room for the keys of the range, and no more. For the first keys.
  void take(const KeyRange<K>& keys) { take_room(keys.first(), keys.last(), {0, 0}); }

  /// How many keys have a value.
  std::size_t size() const { return size_; }
  /// Keys that have room have places from 0 on, in their order.
  std::size_t places() const { return places_; }
  std::size_t place(const K& key) const { return KeyRange<K>::number(key) - first_; }
  bool has_room(const K& key) const { return place(key) < places_; }
  /// Begins to fetch what find() looks at, for a key that mostly has room.
  void prefetch(const K& key) const {
    const auto values = reinterpret_cast<std::uintptr_t>(values_.data());
    detail::prefetch(values + place(key) * sizeof(V), sizeof(V));
  }

  /// The value of a key that has room; null while it has none.
  V* find(const K& key) {
    const auto at = place(key);
    return has_value(at) ? values_.data() + at : nullptr;
  }
  bool has_value(std::size_t place) const {
    return (present_.data()[place / kStretch] >> (place % kStretch) & 1) != 0;
  }
  /// Of a place that has a value.
  Row row(std::size_t place) const {
    return Row(KeyRange<K>::key(first_ + place), values_.data()[place]);
  }
  /// The value of a key that has room. From now on it has one.
  V& value(const K& key) {
    const auto at = place(key);
    auto& present = present_.data()[at / kStretch];
    // Blanks come in stretches, so that it need not be asked of each key whether it is new.
    if (present == 0) [[unlikely]] {
      std::uninitialized_fill_n(values_.data() + at / kStretch * kStretch, kStretch, blank_);
    }
    size_ += (present >> (at % kStretch) & 1) ^ 1;
    present |= std::uint64_t{1} << (at % kStretch);
    return values_.data()[at];
  }

  /// Calls `use(std::span<Row>)` for copies of the rows in the order of their keys, until it
  /// returns false.
  template <class Use>
  bool for_each_rows(Use&& use) const {
    std::array<Row, kStretch> rows;
    for (std::size_t word = 0; word < places_ / kStretch; ++word) {
      std::size_t count = 0;
      for (auto bits = present_.data()[word]; bits != 0; bits &= bits - 1) {
        rows[count++] = row(word * kStretch + static_cast<std::size_t>(std::countr_zero(bits)));
      }
      if (count > 0 && !use(std::span(rows).first(count))) return false;
    }
    return true;
  }

 private:
  struct Places {
    std::size_t begin;
    std::size_t end;
    bool empty() const { return begin == end; }
  };

  // From the first stretch to the last that has a value.
  Places used_places() const {
    const auto words = present_.rows();
    const auto is_used = [](std::uint64_t word) { return word != 0; };
    const auto first = std::find_if(words.begin(), words.end(), is_used);
    if (first == words.end()) return {0, 0};
    const auto last = std::find_if(words.rbegin(), words.rend(), is_used);
    return {static_cast<std::size_t>(first - words.begin()) * kStretch,
            static_cast<std::size_t>(words.rend() - last) * kStretch};
  }
  // Whole stretches.
  void take_room(std::uint64_t first, std::uint64_t last, Places used) {
    first = first / kStretch * kStretch;
    last = last / kStretch * kStretch + (kStretch - 1);
    const auto places = static_cast<std::size_t>(last - first) + 1;
    PlainRows<V> values(places, values_.memory());
    PlainRows<std::uint64_t> present(places / kStretch, values_.memory());
    std::uninitialized_fill_n(present.data(), places / kStretch, 0);
    if (!used.empty()) {
      const auto to = static_cast<std::size_t>(first_ + used.begin - first);
      const auto count = used.end - used.begin;
      std::memcpy(static_cast<void*>(values.data() + to), values_.data() + used.begin,
                  count * sizeof(V));
      std::copy_n(present_.data() + used.begin / kStretch, count / kStretch,
                  present.data() + to / kStretch);
    }
    values_ = std::move(values);
    present_ = std::move(present);
    first_ = first;
    places_ = places;
  }

  PlainRows<V> values_;
  PlainRows<std::uint64_t> present_;  // bits
  std::uint64_t first_ = 0;           // the number of the first key that has a place
  std::size_t places_ = 0;
  std::size_t size_ = 0;
  bool grows_down_ = false;
  bool grows_up_ = false;
  V blank_;
};

}  // namespace kindred
