// The hash table of the aggregations for texts: short ones are in its slots.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "kindred/engine/combine_table.hpp"
#include "kindred/engine/inline_table.hpp"
#include "kindred/engine/memory.hpp"
#include "kindred/engine/packed_text.hpp"

namespace kindred {

/// Combines the values of each text, as CombineTable does, in the order in which they are added.
/// Rows are given out in the order in which their texts were first seen; those of many texts in
/// another one, which depends on the rows alone. Used by one thread: add() all, finish(), then
/// read.
template <class V, class In = V>
class TextTable {
 public:
  using Row = std::pair<std::string, V>;

  explicit TextTable(const MemoryRef& memory)
      : short_(memory), long_(memory), short_before_(Accounted<std::size_t>(memory)) {}

  /// Sets the text's value to `combine(value, x)`, or adds the text with `combine.create(x)` (x
  /// where there is no create()); perhaps not before finish().
  template <class X, class Combine>
  void add(std::string_view text, const X& x, const Combine& combine) {
    if (PackedText::fits(text)) {
      short_.add(PackedText::of(text), x, combine);
    } else {
      add_long(text, x, combine);
    }
  }
  /// Combines what waits. To be called after the last add().
  template <class Combine>
  void finish(const Combine& combine) {
    short_.finish(combine);
    long_.finish(combine);
  }

  std::size_t size() const { return short_.size() + long_.size(); }
  /// Calls `use(std::span<Row>)` for stretches of rows until it returns false. To be called once:
  /// the rows may be moved out.
  template <class Use>
  bool for_each_rows(Use&& use) {
    std::array<Row, Short::kStretch> rows;
    std::size_t longs = 0;
    std::size_t shorts = 0;
    const bool more = short_.for_each_rows([&](auto stretch) {
      for (; longs < short_before_.size() && short_before_[longs] < shorts + stretch.size();
           ++longs) {
        const auto count = short_before_[longs] - shorts;
        if (!use_short(stretch.first(count), rows, use)) return false;
        stretch = stretch.subspan(count);
        shorts += count;
        if (!use(long_.rows().subspan(longs, 1))) return false;
      }
      shorts += stretch.size();
      return use_short(stretch, rows, use);
    });
    return more && (longs == long_.size() || use(long_.rows().subspan(longs)));
  }

 private:
  using Short = InlineTable<PackedText, V, In>;

  // Out of line: most texts are short.
  template <class X, class Combine>
  [[gnu::noinline]] void add_long(std::string_view text, const X& x, const Combine& combine) {
    const auto before = long_.size();
    long_.add(text, static_cast<In>(x), combine);
    if (long_.size() == before || before != short_before_.size()) return;
    short_.finish(combine);  // those that wait came before
    if (short_.is_in_order()) short_before_.push_back(short_.size());
  }
  template <class Stretch, class Use>
  static bool use_short(Stretch stretch, std::span<Row> rows, Use& use) {
    if (stretch.empty()) return true;
    std::array<char, PackedText::kMost + 1> room;
    for (std::size_t i = 0; i < stretch.size(); ++i) {
      rows[i].first = stretch[i].first.unpack(room);
      rows[i].second = stretch[i].second;
    }
    return use(rows.first(stretch.size()));
  }

  Short short_;
  CombineTable<std::string, V, In> long_;
  // For the first long texts how many short ones came before, as far as the table knew: it is exact
  // while there are few, which are given out in their order.
  AccountedVector<std::size_t> short_before_;
};

}  // namespace kindred
