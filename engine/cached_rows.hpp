// The typed form of a cached partition, and how a task reads one.
#pragma once

#include <exception>
#include <memory>
#include <string>
#include <utility>

#include "kindred/engine/archive.hpp"
#include "kindred/engine/block_store.hpp"
#include "kindred/engine/cached_block.hpp"
#include "kindred/engine/error.hpp"
#include "kindred/engine/memory.hpp"
#include "kindred/engine/rows.hpp"
#include "kindred/engine/rows_archive.hpp"
#include "kindred/engine/sealed_block.hpp"

namespace kindred {

/// A cached partition as objects. Filled by one task, before the store gets it.
template <class T>
class CachedRows final : public CachedBlock {
 public:
  explicit CachedRows(MemoryRef memory) : rows(std::move(memory)) {}

  Rows<T> rows;

  std::string sealed() const override {
    Reservation held(rows.memory());
    held.add(rows.bytes());
    std::string bytes;
    OutputArchive archive(bytes);
    write_rows(archive, rows);
    return seal_block(bytes);
  }
};

namespace detail {

template <class T>
std::shared_ptr<const CachedRows<T>> rows_of(const SealedCopy& copy, const MemoryRef& memory) {
  const auto bytes = open_block(copy.bytes());
  Reservation held(memory);
  held.add(bytes.size());
  InputArchive archive(bytes);
  auto block = std::make_shared<CachedRows<T>>(memory);
  read_rows(archive, block->rows);
  archive.finish();
  return block;
}

}  // namespace detail

/// The rows of a block, or null where the store has none. A copy of another executor's block is
/// opened by its first reader, for all later ones; a damaged one is dropped, as if it had never
/// come. Throws OutOfMemoryError where there is no memory for the rows of a copy.
template <class T>
std::shared_ptr<const CachedRows<T>> find_rows(BlockStore& blocks, BlockId id,
                                               const MemoryRef& memory) {
  const auto block = blocks.find(id);
  const auto* copy = dynamic_cast<const SealedCopy*>(block.get());
  if (copy == nullptr) return std::static_pointer_cast<const CachedRows<T>>(block);
  try {
    auto rows = detail::rows_of<T>(*copy, memory);
    blocks.replace(id, block, rows);
    return rows;
  } catch (const DecodeError&) {
    blocks.replace(id, block, nullptr);
    return nullptr;
  }
}

}  // namespace kindred
