// Inside rdd/ only: how the rows of a partition come to be kept.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "kindred/engine/disk_pieces.hpp"
#include "kindred/engine/error.hpp"
#include "kindred/engine/kept_rows.hpp"
#include "kindred/engine/storage_level.hpp"
#include "kindred/rdd/pipeline.hpp"

namespace kindred::detail {

/// Takes the rows of one partition and keeps them as a StorageLevel says. Where the disk refuses
/// them, all of them go to `sink` instead, those that were taken before too: nothing has to be
/// computed twice.
template <class T>
class KeepRows {
 public:
  /// `name` says in errors which block it is.
  KeepRows(StorageLevel level, TaskContext& task, RowSink<T>& sink, std::string name)
      : level_(level),
        task_(task),
        sink_(sink),
        name_(std::move(name)),
        rows_(task.memory()),
        pass_(sink) {}

  template <class X>
  bool operator()(X&& x) {
    if (refused()) return more_ = more_ && pass_(std::forward<X>(x));
    T row(own(std::forward<X>(x)));
    if (pieces_ == nullptr) {
      if (push(row)) return true;
      move_to_disk();
      if (refused()) return more_ = more_ && pass_(row);
    }
    or_pass_on([&] { encoder_->add(row); });
    return more_;
  }

  /// What is kept; null where the rows went to the sink.
  std::shared_ptr<const KeptRows<T>> finish() {
    if (pieces_ != nullptr) or_pass_on([&] { encoder_->flush(); });
    if (refused()) {
      more_ = more_ && pass_.flush();
      return nullptr;
    }
    return pieces_ != nullptr ? std::make_shared<const KeptRows<T>>(std::move(pieces_))
                              : std::make_shared<const KeptRows<T>>(std::move(rows_));
  }
  /// Where finish() gave nothing: why, and whether the sink wants more.
  const std::string& why() const { return why_; }
  bool more() const { return more_; }

 private:
  struct Write {
    DiskPieces* pieces;
    void operator()(std::string_view piece) const { pieces->add(piece); }
  };
  static constexpr std::size_t kLookEvery = std::size_t{1} << 16;

  bool refused() const { return !why_.empty(); }

  // Takes the row into memory, or leaves it as it was. Rows that could be on disk leave one half of
  // the budget to tasks: nothing takes them out of memory later.
  bool push(T& row) {
    if (!level_.on_disk) {
      rows_.push(std::move(row));
      return true;
    }
    if (!level_.in_memory) return false;
    if (rows_.bytes() >= next_look_) {
      next_look_ = rows_.bytes() + kLookEvery;
      if (task_.memory()->used() > task_.memory()->limit() / 2) return false;
    }
    try {
      rows_.push(std::move(row));
      return true;
    } catch (const OutOfMemoryError&) {
      return false;
    }
  }

  void move_to_disk() {
    or_pass_on([&] {
      pieces_ = std::make_unique<DiskPieces>(*task_.stores().disk, task_.memory(), name_);
      encoder_.emplace(kPieceBytes, Write{pieces_.get()});
      for (std::size_t i = 0; i < rows_.chunks(); ++i) {
        for (const auto& row : std::as_const(rows_).chunk(i)) encoder_->add(row);
      }
      rows_ = Rows<T>(task_.memory());
    });
  }

  template <class Step>
  void or_pass_on(Step write) {
    try {
      return write();
    } catch (const InputError& refusal) {
      why_ = refusal.what();
    } catch (const OutOfMemoryError& refusal) {
      why_ = name_ + " cannot be kept on disk: " + refusal.what();
    }
    pass_on_taken();
  }

  // What was moved is still in memory as long as not all of it is on disk.
  void pass_on_taken() {
    const auto pass_rows = [&](const Rows<T>& rows) {
      for (std::size_t i = 0; i < rows.chunks() && more_; ++i) more_ = sink_.rows(rows.chunk(i));
      return more_;
    };
    if (!rows_.empty()) {
      pass_rows(rows_);
    } else if (pieces_ != nullptr) {
      for (std::size_t i = 0; i < pieces_->size() && more_; ++i) {
        with_rows<T>(pieces_->piece(i), task_.memory(), pass_rows);
      }
      if (more_) with_rows<T>(encoder_->pending(), task_.memory(), pass_rows);
    }
    rows_ = Rows<T>(task_.memory());
    encoder_.reset();
    pieces_.reset();
  }

  const StorageLevel level_;
  TaskContext& task_;
  RowSink<T>& sink_;
  const std::string name_;
  Rows<T> rows_;
  std::size_t next_look_ = 0;
  std::unique_ptr<DiskPieces> pieces_;  // from when rows go to disk
  std::optional<RowPieces<T, Write>> encoder_;
  std::string why_;  // not empty: rows go to the sink
  Pack<T> pass_;
  bool more_ = true;
};

}  // namespace kindred::detail
