// Rows as bytes, and back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

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

}  // namespace kindred
