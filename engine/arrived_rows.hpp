// Rows of a block of another executor.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <numeric>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

#include "kindred/engine/archive.hpp"
#include "kindred/engine/block_bytes.hpp"
#include "kindred/engine/error.hpp"
#include "kindred/engine/rows.hpp"
#include "kindred/engine/rows_archive.hpp"

namespace kindred {

/// What write_rows() wrote, as rows. Rows whose bytes are their value are used where they arrive,
/// so many at a time that they are still in the processor's caches; others are decoded.
template <class Row>
class ArrivedRows {
 public:
  /// `block` must live longer.
  ArrivedRows(RemoteBlock& block, MemoryRef memory) : block_(block), decoded_(std::move(memory)) {}

  /// The next rows, which stay until the next call; none after the last. Throws DecodeError for
  /// bytes that are too few or too many, and what RemoteBlock::next() does.
  std::span<const Row> next() {
    if constexpr (kInPlace) {
      if (!std::exchange(begun_, true)) rows_left_ = count();
      const auto taken = std::min<std::uint64_t>(rows_left_, kRowsAtOnce);
      if (taken == 0) return {};
      rows_left_ -= taken;
      return {reinterpret_cast<const Row*>(block_.next(taken * sizeof(Row)).data()), taken};
    } else {
      if (!std::exchange(begun_, true)) decode();
      if (chunk_ == decoded_.chunks()) return {};
      return std::as_const(decoded_).chunk(chunk_++);
    }
  }

 private:
  // No byte but two may ever be read as a bool.
  static constexpr bool kInPlace =
      bitwise<Row> && !std::is_same_v<Row, bool> && alignof(Row) <= BlockBuffer::kAlignment;
  // As many as make whole units of alignment, for the next ones.
  static constexpr std::uint64_t kRowsOfUnits =
      BlockBuffer::kAlignment / std::gcd(sizeof(Row), BlockBuffer::kAlignment);
  static constexpr std::uint64_t kRowsAtOnce =
      std::max<std::uint64_t>((256 << 10) / sizeof(Row) / kRowsOfUnits, 1) * kRowsOfUnits;

  std::uint64_t count() {
    std::uint64_t count = 0;
    if (block_.left() < sizeof count) throw DecodeError("a block that is shorter than its length");
    std::memcpy(&count, block_.next(sizeof count).data(), sizeof count);
    if (count != block_.left() / sizeof(Row) || block_.left() % sizeof(Row) != 0) {
      throw DecodeError("a block that has another length than its rows");
    }
    return count;
  }
  void decode() {
    const auto bytes = block_.next(block_.left());
    InputArchive archive(std::string_view(bytes.data(), bytes.size()));
    read_rows(archive, decoded_);
    archive.finish();
  }

  RemoteBlock& block_;
  bool begun_ = false;
  std::uint64_t rows_left_ = 0;  // where they are used in place
  Rows<Row> decoded_;            // all, where they are not
  std::size_t chunk_ = 0;        // of these: the next one
};

}  // namespace kindred
