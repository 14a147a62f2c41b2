// A partition that persist() keeps.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "kindred/engine/archive.hpp"
#include "kindred/engine/cached_block.hpp"
#include "kindred/engine/disk_pieces.hpp"
#include "kindred/engine/rows.hpp"
#include "kindred/engine/rows_archive.hpp"
#include "kindred/engine/sealed_block.hpp"
#include "kindred/engine/task_context.hpp"

namespace kindred {

/// Rows in memory, or as bytes on disk. Immutable; read by any number of tasks.
template <class T>
class KeptRows final : public CachedBlock {
 public:
  explicit KeptRows(Rows<T> rows) : form_(std::move(rows)) {}
  explicit KeptRows(std::unique_ptr<const DiskPieces> pieces) : form_(std::move(pieces)) {}

  std::string sealed() const override {
    if (const auto* pieces = std::get_if<OnDisk>(&form_)) {
      Reservation held((*pieces)->memory());
      held.add(2 * (*pieces)->raw_bytes());  // as they were, and sealed
      return seal_block(joined_rows(**pieces, 0, (*pieces)->size()));
    }
    const auto& rows = std::get<Rows<T>>(form_);
    Reservation held(rows.memory());
    held.add(rows.bytes());
    std::string bytes;
    OutputArchive archive(bytes);
    write_rows(archive, rows);
    return seal_block(bytes);
  }

  /// Throws DecodeError where the disk does not give back what was written. All of it is read for
  /// that, since a reader that was given some of the rows could not be given them once more by who
  /// computes them again. Reading costs little beside decoding, and mostly comes from the page
  /// cache.
  void check() const {
    if (const auto* pieces = std::get_if<OnDisk>(&form_)) (*pieces)->check();
  }

  /// Calls `use` with the rows, a span of them at a time, until it returns false. Throws
  /// DecodeError where the disk lost what check() found.
  template <class Use>
  bool for_each_span(const TaskContext& task, Use&& use) const {
    if (const auto* rows = std::get_if<Rows<T>>(&form_)) return spans(*rows, task, use);
    const auto& pieces = *std::get<OnDisk>(form_);
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      const auto more = with_rows<T>(pieces.piece(i), task.memory(),
                                     [&](const Rows<T>& rows) { return spans(rows, task, use); });
      if (!more) return false;
    }
    return true;
  }

 private:
  using OnDisk = std::unique_ptr<const DiskPieces>;

  template <class Use>
  static bool spans(const Rows<T>& rows, const TaskContext& task, Use& use) {
    for (std::size_t i = 0; i < rows.chunks(); ++i) {
      task.check_stop();
      if (!use(rows.chunk(i))) return false;
    }
    return true;
  }

  std::variant<Rows<T>, OnDisk> form_;
};

}  // namespace kindred
