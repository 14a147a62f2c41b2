// Rows as bytes, and back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "kindred/engine/archive.hpp"
#include "kindred/engine/block_bytes.hpp"
#include "kindred/engine/rows.hpp"

namespace kindred {

/// Appends the rows: their number, then each row; in one copy a chunk where the bytes of a row are
/// its value.
template <class T>
void write_rows(OutputArchive& out, const Rows<T>& rows) {
  out(static_cast<std::uint64_t>(rows.size()));
  for (std::size_t i = 0; i < rows.chunks(); ++i) {
    const auto chunk = rows.chunk(i);
    if constexpr (bitwise<T>) {
      out.saveBinary(chunk.data(), chunk.size_bytes());
    } else {
      for (const auto& row : chunk) write_value(out, row);
    }
  }
}

/// The bytes that write_rows() gives, where they are. The rows must live longer.
template <class T>
requires(bitwise<T>) BlockBytes rows_in_place(const Rows<T>& rows) {
  const auto count = std::make_shared<const std::uint64_t>(rows.size());
  BlockBytes block{{{reinterpret_cast<const char*>(count.get()), sizeof *count}}, {count}};
  for (std::size_t i = 0; i < rows.chunks(); ++i) {
    const auto chunk = rows.chunk(i);
    block.parts.emplace_back(reinterpret_cast<const char*>(chunk.data()), chunk.size_bytes());
  }
  return block;
}

/// Reads what write_rows() wrote. Throws DecodeError for bytes that are too few.
template <class T>
void read_rows(InputArchive& in, Rows<T>& rows) {
  std::uint64_t count = 0;
  in(count);
  in.need(count, bitwise<T> ? sizeof(T) : 1);  // a byte at least for each row
  rows.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    T row{};
    read_value(in, row);
    rows.push(std::move(row));
  }
}

/// Writes rows one by one, in the same form, and cuts that into pieces: whenever there are `most`
/// bytes, `Take` gets them.
template <class T, class Take>
class RowPieces {
 public:
  RowPieces(std::size_t most, Take take) : most_(most), take_(std::move(take)), archive_(bytes_) {}
  RowPieces(const RowPieces&) = delete;
  RowPieces& operator=(const RowPieces&) = delete;

  /// Where `Take` throws, the row is in pending(), and flush() may be tried again.
  void add(const T& row) {
    if (rows_ == 0) bytes_.assign(sizeof rows_, '\0');
    ++rows_;
    write_value(archive_, row);
    if (bytes_.size() >= most_) flush();
  }
  /// Hands over the last piece, if there is any row for it.
  void flush() {
    if (rows_ == 0) return;
    take_(pending());
    rows_ = 0;
  }
  /// The rows that were not handed over, as a piece; empty where there are none.
  std::string_view pending() {
    if (rows_ == 0) return {};
    std::memcpy(bytes_.data(), &rows_, sizeof rows_);
    return bytes_;
  }

 private:
  const std::size_t most_;
  Take take_;
  std::string bytes_;
  OutputArchive archive_;
  std::uint64_t rows_ = 0;
};

/// Reads all of `bytes`, which are asked for from the memory of the rows meanwhile. Throws
/// DecodeError for bytes that are no such rows, and OutOfMemoryError.
template <class T>
void decode_rows(std::string_view bytes, Rows<T>& rows) {
  Reservation held(rows.memory());
  held.add(bytes.size());
  InputArchive archive(bytes);
  read_rows(archive, rows);
  archive.finish();
}

/// Calls `use(const Rows<T>&)` with the rows of `bytes`, which are asked for from `memory`, as the
/// bytes are. Throws DecodeError for bytes that are no such rows.
template <class T, class Use>
bool with_rows(std::string_view bytes, const MemoryRef& memory, Use&& use) {
  Rows<T> rows(memory);
  decode_rows(bytes, rows);
  return use(std::as_const(rows));
}

}  // namespace kindred
