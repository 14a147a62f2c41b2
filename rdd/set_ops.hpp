// Ops on whole Rdds: union_with, persist.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "kindred/engine/error.hpp"
#include "kindred/engine/storage_level.hpp"
#include "kindred/rdd/erase.hpp"
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
/// reads it from there: one code path, one rounding, whether the block was there or not.
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
    const auto block = block_of(partition, task);
    for (std::size_t i = 0; i < block->chunks(); ++i) {
      task.check_stop();
      if (!sink.rows(block->chunk(i))) return false;
    }
    return true;
  }
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
  struct Keep {
    Rows<T>* rows;
    template <class X>
    bool operator()(X&& x) {
      rows->push(T(own(std::forward<X>(x))));
      return true;
    }
  };

  std::shared_ptr<const Rows<T>> block_of(PartitionId partition, TaskContext& task) const {
    const BlockId id{this->id(), partition};
    auto& blocks = task.stores().blocks;
    if (const auto kept = blocks.find(id)) return std::static_pointer_cast<const Rows<T>>(kept);
    auto rows = std::make_shared<Rows<T>>(task.memory());
    Keep keep{rows.get()};
    pipeline_.run(partition, task, keep);
    const auto kept = blocks.put(id, std::move(rows));
    task.note_cached(id);
    return std::static_pointer_cast<const Rows<T>>(kept);
  }
  const void* factory() const override { return node_factory<PersistedNode>(); }
  void encode(LineageWriter& out) const override {
    out.value(level_);
    pipeline_.encode(out);
  }

  StorageLevel level_;
  P pipeline_;
  ReleaseOnExit release_;
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

  /// Keeps the elements in memory once an action has computed them: what is built from the Rdd that
  /// this returns starts from there. Lazy; narrow. They are dropped with the last Rdd that needs
  /// them, or by unpersist(). Unlike Spark's persist(), which marks the Rdd that it is called on,
  /// this is an op: use what it returns.
  ///     auto points = lines.map(parse).persist();
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
