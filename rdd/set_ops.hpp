// Ops on whole Rdds: union_with, persist.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "kindred/engine/cached_block.hpp"
#include "kindred/engine/error.hpp"
#include "kindred/engine/kept_rows.hpp"
#include "kindred/engine/log.hpp"
#include "kindred/engine/sealed_block.hpp"
#include "kindred/engine/storage_level.hpp"
#include "kindred/rdd/erase.hpp"
#include "kindred/rdd/keep_rows.hpp"
#include "kindred/rdd/op_label.hpp"
#include "kindred/rdd/pipeline.hpp"

namespace kindred {
namespace detail {

/// The partitions of its parents, one parent after the other.
template <class T>
class UnionNode final : public RowsNode<T> {
 public:
  UnionNode(RddId id, std::vector<Erased<T>> parts, const OpLabel& label)
      : RowsNode<T>(id, NodeKind::rdd, count_partitions(parts, label), nodes_of(parts), {label}),
        parts_(std::move(parts)) {
    std::uint32_t end = 0;
    for (const auto& part : parts_) ends_.push_back(end += part.rows->partitions());
  }

  bool run(PartitionId partition, TaskContext& task, RowSink<T>& sink) const override {
    const auto narrow = narrow_parent(partition);
    return parts_[narrow.parent].rows->run(narrow.partition, task, sink);
  }
  std::vector<NarrowParent> narrow_parents(PartitionId partition) const override {
    return {narrow_parent(partition)};
  }
  static std::shared_ptr<const Node> decode(LineageReader& in) {
    const auto id = in.id;
    std::vector<Erased<T>> parts;
    for (std::size_t i = 0; i < in.parents().size(); ++i) parts.push_back(Erased<T>::decode(in));
    return std::make_shared<UnionNode>(id, std::move(parts), in.label());
  }

 private:
  static std::uint32_t count_partitions(const std::vector<Erased<T>>& parts, const OpLabel& label) {
    std::uint64_t count = 0;
    for (const auto& part : parts) count += part.rows->partitions();
    if (count > std::numeric_limits<std::uint32_t>::max()) {
      throw UsageError(label.text() + ": a union would have " + std::to_string(count) +
                       " partitions, more than can be numbered: give its parts fewer");
    }
    return static_cast<std::uint32_t>(count);
  }
  static std::vector<NodeRef> nodes_of(const std::vector<Erased<T>>& parts) {
    std::vector<NodeRef> nodes;
    for (const auto& part : parts) part.parents(nodes);
    return nodes;
  }
  NarrowParent narrow_parent(PartitionId partition) const {
    const auto part = static_cast<std::size_t>(
        std::upper_bound(ends_.begin(), ends_.end(), partition.value) - ends_.begin());
    const auto begin = part == 0 ? 0 : ends_.at(part - 1);
    return {part, PartitionId{partition.value - begin}};
  }
  const void* factory() const override { return node_factory<UnionNode>(); }
  void encode(LineageWriter&) const override {}

  std::vector<Erased<T>> parts_;
  std::vector<std::uint32_t> ends_;  // of each part, among the partitions of the union
};

/// A union as an Rdd. Throws UsageError for more partitions than a job can have.
template <class T>
Rdd<T> unite(const SessionRef& session, std::vector<Erased<T>> parts, OpLabel label) {
  auto node =
      std::make_shared<UnionNode<T>>(session->next_id(), std::move(parts), std::move(label));
  const auto partitions = node->partitions();
  return Rdd<T>(session, Erased<T>(std::move(node)), partitions);
}

/// Keeps what its pipeline gives in the block store of the executor that computed it, and always
/// reads it from there: one code path, one rounding, whether the block was there or not. Where its
/// disk refuses a block the rows are passed on as they are computed: owned first, and so the same.
template <class P>
class PersistedNode final : public RowsNode<element_t<P>> {
 public:
  using T = element_t<P>;

  PersistedNode(RddId id, std::uint32_t partitions, std::optional<Partitioning> partitioning,
                StorageLevel level, P pipeline, OpLabel label, ReleaseOnExit release = {})
      : RowsNode<T>(id, NodeKind::persisted, partitions, parents_of(pipeline),
                    with_label(labels_of(pipeline), label)),
        level_(level),
        pipeline_(std::move(pipeline)),
        release_(std::move(release)) {
    this->set_partitioning(partitioning);
  }

  bool run(PartitionId partition, TaskContext& task, RowSink<T>& sink) const override {
    const BlockId id{this->id(), partition};
    auto& blocks = task.stores().blocks;
    const auto found = blocks.find(id);
    if (const auto kept = intact(found, id, task)) return give(*kept, task, sink);
    KeepRows<T> keep(level_, task, sink, block_name(id, this->last_op()));
    Refer<KeepRows<T>> refer{&keep};
    const bool copied = read_copy(found, id, task, refer);
    if (!copied) pipeline_.run(partition, task, refer);
    auto rows = keep.finish();
    if (rows == nullptr) {
      not_kept_.warn(keep.why() + "; its task goes on without, and so do others of this stage");
      return keep.more();
    }
    const auto put = store(blocks, id, copied ? found : nullptr, std::move(rows));
    task.note_cached(id);
    if (const auto kept = intact(put, id, task)) return give(*kept, task, sink);
    return pass_on(partition, task, sink);
  }
  std::uint32_t copies() const override { return level_.copies; }
  static std::shared_ptr<const Node> decode(LineageReader& in) {
    const auto id = in.id;
    const auto partitions = in.partitions;
    const auto partitioning = in.partitioning;
    const auto level = in.value<StorageLevel>();
    auto pipeline = P::decode(in);
    return std::make_shared<PersistedNode>(id, partitions, partitioning, level, std::move(pipeline),
                                           in.label());
  }

 private:
  using Kept = std::shared_ptr<const KeptRows<T>>;

  static bool give(const KeptRows<T>& kept, TaskContext& task, RowSink<T>& sink) {
    return kept.for_each_span(task, [&](std::span<const T> rows) { return sink.rows(rows); });
  }
  // The block, or null where there is none or it was damaged; then it is dropped.
  Kept intact(const BlockStore::Block& block, BlockId id, TaskContext& task) const {
    const auto kept = std::dynamic_pointer_cast<const KeptRows<T>>(block);
    try {
      if (kept != nullptr) kept->check();
      return kept;
    } catch (const DecodeError& damage) {
      log_warning(std::string(damage.what()) + "; it is computed again");
      task.stores().blocks.drop(id, block);
      return nullptr;
    }
  }
  // Gives `keep` the rows of another executor's copy; false where the block is none, or a damaged
  // one.
  bool read_copy(const BlockStore::Block& block, BlockId id, TaskContext& task,
                 Refer<KeepRows<T>>& keep) const {
    const auto* copy = dynamic_cast<const SealedCopy*>(block.get());
    if (copy == nullptr) return false;
    Rows<T> rows(task.memory());
    try {
      decode_rows(open_block(copy->bytes()), rows);
    } catch (const DecodeError& damage) {
      log_warning(std::string(damage.what()) + "; it is computed again");
      task.stores().blocks.drop(id, block);
      return false;
    } catch (const OutOfMemoryError&) {
      // To compute it may take less: the copy is there twice while it is opened.
      task.stores().blocks.drop(id, block);
      return false;
    }
    // Not above: what fails from here on may come after rows that were passed on.
    for (std::size_t i = 0; i < rows.chunks(); ++i) {
      task.check_stop();
      for (auto& row : rows.chunk(i)) keep(std::move(row));
    }
    return true;
  }
  // In the place of the copy that they were read from, or where no other task was faster.
  static BlockStore::Block store(BlockStore& blocks, BlockId id, const BlockStore::Block& copy,
                                 Kept rows) {
    if (copy != nullptr) {
      blocks.replace(id, copy, rows);
      return rows;
    }
    auto put = blocks.put(id, rows);
    return dynamic_cast<const SealedCopy*>(put.get()) == nullptr ? put : rows;
  }
  // For a disk that loses at once what it was given.
  bool pass_on(PartitionId partition, TaskContext& task, RowSink<T>& sink) const {
    Pack<T> pack(sink);
    Refer<Pack<T>> refer{&pack};
    return pipeline_.run(partition, task, refer) && pack.flush();
  }
  const void* factory() const override { return node_factory<PersistedNode>(); }
  void encode(LineageWriter& out) const override {
    out.value(level_);
    pipeline_.encode(out);
  }

  StorageLevel level_;
  P pipeline_;
  ReleaseOnExit release_;
  mutable WarnOnce not_kept_;
};

}  // namespace detail

/// The ops of this file as members of an Rdd.
template <class Self>
class SetOps;

template <class T, class P>
class SetOps<Rdd<T, P>> {
 public:
  /// All elements of this Rdd, then those of `other`; nothing is compared or removed. Lazy; narrow.
  /// The partitions of both stand one after the other.
  ///     january.union_with(february)
  template <class Chain>
  Rdd<T> union_with(const Rdd<T, Chain>& other,
                    SourceLocation where = SourceLocation::current()) const {
    using detail::Erased;
    const auto label = detail::make_label("union_with", where);
    detail::check_same_context(self(), other, *label);
    return detail::unite<T>(self().session(),
                            {Erased<T>(detail::erase(self())), Erased<T>(detail::erase(other))},
                            *label);
  }

  /// Keeps the elements where `level` says, in memory if left out, once an action has computed
  /// them: what is built from the Rdd that this returns starts from there. Lazy; narrow. They are
  /// dropped with the last Rdd that needs them, or by unpersist(). Unlike Spark's persist(), which
  /// marks the Rdd that it is called on, this is an op: use what it returns.
  ///
  /// A partition on disk that comes back damaged is computed again, with a warning, and one for
  /// which the disk has no room is not kept, with a warning for each stage: neither fails a job.
  /// Spark fails the task of the latter. With `level.replicated(n)` they are on n executors, and
  /// those of a lost one are read from another; copies travel as rows do.
  ///     auto points = lines.map(parse).persist();
  ///     auto words = lines.map(parse).persist(kindred::StorageLevel::disk());
  ///     auto safe = lines.map(parse).persist(kindred::StorageLevel::memory().replicated(2));
  [[nodiscard]] Rdd<T> persist(StorageLevel level = StorageLevel::memory(),
                               SourceLocation where = SourceLocation::current()) const {
    return persist_as("persist", level, where);
  }
  /// The same as persist() in memory.
  [[nodiscard]] Rdd<T> cache(SourceLocation where = SourceLocation::current()) const {
    return persist_as("cache", StorageLevel::memory(), where);
  }

  /// Drops the kept elements of an Rdd that persist() returned; they are computed again if they are
  /// needed again. Throws UsageError for any other Rdd. Runs nothing.
  ///     auto kept = lines.map(parse).persist(); kept.count(); kept.unpersist();
  void unpersist(SourceLocation where = SourceLocation::current()) const {
    const auto node = detail::erase(self());
    if (node->kind() != NodeKind::persisted) {
      throw UsageError(
          detail::make_label("unpersist", where)->text() +
          ": this Rdd is not what persist() or cache() returned, so it keeps no elements");
    }
    self().session()->unpersist(node->id());
  }

 private:
  const Rdd<T, P>& self() const { return static_cast<const Rdd<T, P>&>(*this); }

  Rdd<T> persist_as(const char* op, StorageLevel level, const SourceLocation& where) const {
    if constexpr (detail::check_element<T>()) {
      const auto& session = self().session();
      const auto id = session->next_id();
      auto node = std::make_shared<detail::PersistedNode<P>>(
          id, self().partitions(), self().partitioning(), level, self().pipeline(),
          *detail::make_label(op, where), ReleaseOnExit(session->releases(), id));
      return Rdd<T>(session, detail::Erased<T>(std::move(node)), self().partitions(),
                    self().partitioning());
    } else {
      return self();
    }
  }
};

}  // namespace kindred
