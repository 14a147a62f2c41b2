// A join with a right side of which no two rows have the same key.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <utility>

#include "kindred/engine/unique_rows.hpp"
#include "kindred/rdd/join_row.hpp"
#include "kindred/rdd/pipeline.hpp"

namespace kindred::detail {

/// Lets the rows of the left side pass by those of the right side.
template <class K, class V, class W, JoinKind kind>
class UniqueProbe final : public RowSink<std::pair<K, V>> {
 public:
  using Left = std::pair<K, V>;
  using Row = typename JoinRow<K, V, W, kind>::type;
  static_assert(!keeps_right(kind));

  UniqueProbe(const UniqueRows<K, W>& right, Pack<Row>& pack) : right_(&right), pack_(&pack) {}

  bool rows(std::span<const Left> rows) override {
    return right_->find_all(rows, [&](const Left& row, const W* w) { return give(pass(row), w); });
  }
  bool row(rest_argument_t<Left> row) override {
    return give(row, right_->find(key_hash(row.first), row.first));
  }

 private:
  template <class X>
  bool give(const X& x, const W* w) {
    if (w != nullptr) return give_joined<K, V>(x, *w, *pack_);
    if constexpr (keeps_left(kind)) {
      return give_joined<K, V>(x, std::nullopt, *pack_);
    } else {
      return true;
    }
  }

  const UniqueRows<K, W>* right_;
  Pack<Row>* pack_;
};

}  // namespace kindred::detail
