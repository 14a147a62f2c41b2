// A join whose right side is plain rows, few to a key.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>

#include "kindred/engine/memory.hpp"
#include "kindred/rdd/join_row.hpp"
#include "kindred/rdd/pipeline.hpp"

namespace kindred::detail {

/// Lets the rows of the left side pass by those of the right side: an InlineMultimap or a DenseMap.
template <class V, class Right, JoinKind kind>
class InlineProbe final : public RowSink<std::pair<typename Right::Row::first_type, V>> {
 public:
  using K = typename Right::Row::first_type;
  using W = typename Right::Row::second_type;
  using Left = std::pair<K, V>;
  using Row = typename JoinRow<K, V, W, kind>::type;

  InlineProbe(const Right& right, const MemoryRef& memory, Pack<Row>& pack)
      : right_(&right),
        pack_(&pack),
        met_(keeps_right(kind) ? right.places() : 0, 0, Accounted<unsigned char>(memory)) {}

  bool rows(std::span<const Left> rows) override {
    return right_->template find_all<keeps_left(kind)>(
        rows, [&](const Left& row, std::size_t place) { return give(pass(row), place); });
  }
  bool row(rest_argument_t<Left> row) override {
    return right_->template find_all<keeps_left(kind)>(
        std::span(&row, 1), [&](const auto& x, std::size_t place) { return give(x, place); });
  }
  /// Gives the rows of the right side that found no partner, where they are kept. False once no
  /// more rows are wanted.
  bool finish() const {
    for (std::size_t place = 0; place < met_.size(); ++place) {
      if (met_[place] != 0 || right_->is_empty(place)) continue;
      const auto& row = right_->row(place);
      if constexpr (keeps_right(kind)) {
        if (!(*pack_)(Row(row.first, typename Row::second_type(std::nullopt, row.second)))) {
          return false;
        }
      }
    }
    return true;
  }

 private:
  template <class X>
  bool give(const X& x, std::size_t place) {
    if constexpr (keeps_left(kind)) {
      if (place == Right::kNone) return give_joined<K, V>(x, std::nullopt, *pack_);
    }
    if constexpr (keeps_right(kind)) met_[place] = 1;
    return give_joined<K, V>(x, right_->row(place).second, *pack_);
  }

  const Right* right_;
  Pack<Row>* pack_;
  AccountedVector<unsigned char> met_;  // a flag for each place, where the right side is kept
};

}  // namespace kindred::detail
