// Pipelines: a chain of narrow ops is one type, pushed row by row into the next op's inlined sink.
//
// A pipeline has
//   using Passed                       what it hands to a sink: a view, a reference, or a value
//   bool run(partition, task, sink)    calls sink(row) for each row; stops, and returns false, when
//   the sink does encode(writer), decode(reader)     its functions and fields, parents first
//   parents(nodes), labels(labels)     appends the nodes it starts from and its ops
//   count_rows(partition, task)        their number; only where it can be told without making them
// A sink is a small value that owns the sink after it, `bool operator()(row)`; false asks the
// source to stop. Being a value it can live in registers while a loop runs: whoever loops copies
// it, and moves it back at the end.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "kindred/engine/error.hpp"
#include "kindred/engine/ids.hpp"
#include "kindred/engine/lineage.hpp"
#include "kindred/engine/node.hpp"
#include "kindred/engine/owned.hpp"
#include "kindred/engine/prefetch.hpp"
#include "kindred/engine/rows.hpp"
#include "kindred/engine/task_context.hpp"
#include "kindred/rdd/as_rest.hpp"

namespace kindred {

namespace detail {
template <class T>
struct Erased;
}  // namespace detail

template <class T, class Pipeline = detail::Erased<T>>
class Rdd;

}  // namespace kindred

namespace kindred::detail {

/// A row that pipeline P passes, for who only looks at it.
template <class P>
using passed_row_t = const std::remove_reference_t<typename P::Passed>&;

/// The values of the pairs that pipeline P passes, as they are passed.
template <class P>
using passed_value_t = decltype((std::declval<passed_row_t<P>>().second));

/// What pipeline P's elements are once they come to rest.
template <class P>
using element_t = owned_t<typename P::Passed>;

/// Takes the rows of an erased chain, one virtual call a batch.
template <class T>
class RowSink {
 public:
  virtual bool rows(std::span<const T> rows) = 0;
  /// One row that is not at rest; its view stays valid until the call returns.
  virtual bool row(rest_argument_t<T> row) = 0;

 protected:
  ~RowSink() = default;
};

/// A node whose rows can be asked for: what an erased Rdd<T> holds.
template <class T>
class RowsNode : public Node {
 public:
  using Node::Node;
  /// Pushes the rows of a partition; false if the sink asked it to stop.
  virtual bool run(PartitionId partition, TaskContext& task, RowSink<T>& sink) const = 0;
};

/// Begins to fetch a row that a loop over wide rows will come to: the processor looks ahead by
/// itself, but no further than to the end of the page, and not past much work on each row. Of very
/// wide rows a function may look at little.
template <class T>
void fetch_ahead(const T& row) {
  constexpr std::uintptr_t kPage = 4096;
  // That of rows at rest, which lie in large chunks.
  if constexpr (sizeof(T) >= 64 && sizeof(T) <= 512) {
    prefetch(reinterpret_cast<std::uintptr_t>(std::addressof(row)) + kPage, sizeof(T));
  }
}

/// Unpacks batches for an inlined sink.
template <class T, class Sink>
class Unpack final : public RowSink<T> {
 public:
  explicit Unpack(Sink& sink) : sink_(sink) {}
  bool rows(std::span<const T> rows) override {
    auto sink = sink_;
    bool more = true;
    for (const auto& row : rows) {
      fetch_ahead(row);
      more = sink(pass(row));
      if (!more) break;
    }
    sink_ = std::move(sink);
    return more;
  }
  bool row(rest_argument_t<T> row) override { return sink_(row); }

 private:
  Sink& sink_;
};

/// The start of a chain at a node of which only the element type is known.
template <class T>
struct Erased {
  using Passed = rest_passed_t<T>;

  NodeRef node;
  const RowsNode<T>* rows = nullptr;

  explicit Erased(std::shared_ptr<const RowsNode<T>> typed) : node(typed), rows(typed.get()) {}

  template <class Sink>
  bool run(PartitionId partition, TaskContext& task, Sink& sink) const {
    Unpack<T, Sink> unpack(sink);
    return rows->run(partition, task, unpack);
  }
  void encode(LineageWriter&) const {}
  static Erased decode(LineageReader& in) {
    auto typed = std::dynamic_pointer_cast<const RowsNode<T>>(in.parent().shared());
    if (typed == nullptr) throw DecodeError("lineage: a parent has another element type");
    return Erased(std::move(typed));
  }
  void parents(std::vector<NodeRef>& nodes) const { nodes.push_back(node); }
  void labels(OpLabels&) const {}
};

template <class T>
inline constexpr bool is_pair = false;
template <class A, class B>
inline constexpr bool is_pair<std::pair<A, B>> = true;

template <class P>
inline constexpr bool is_erased = false;
template <class T>
inline constexpr bool is_erased<Erased<T>> = true;

template <class P>
std::vector<NodeRef> parents_of(const P& pipeline) {
  std::vector<NodeRef> nodes;
  pipeline.parents(nodes);
  return nodes;
}
template <class P>
OpLabels labels_of(const P& pipeline) {
  OpLabels labels;
  pipeline.labels(labels);
  return labels;
}

inline OpLabels with_label(OpLabels labels, OpLabel last) {
  labels.push_back(std::move(last));
  return labels;
}

/// Hands rows to a RowSink: in batches where their bytes are their value, one by one otherwise (a
/// view that was passed down does not outlive the call).
template <class T>
class Pack {
 public:
  explicit Pack(RowSink<T>& sink) : sink_(&sink) {}

  template <class X>
  bool operator()(X&& x) {
    if constexpr (kBatched) {
      batch_[size_++] = static_cast<T>(x);
      return size_ < kBatch || flush();
    } else if constexpr (rests_as_view<T, std::remove_cvref_t<X>>()) {
      return sink_->row(as_rest<T>(x));
    } else {
      const T row(own(std::forward<X>(x)));
      return sink_->row(row);
    }
  }
  bool flush() {
    if constexpr (kBatched) {
      const auto size = std::exchange(size_, 0);
      return size == 0 || sink_->rows({batch_.data(), size});
    } else {
      return true;
    }
  }

 private:
  static constexpr bool kBatched = bitwise<T> && sizeof(T) <= 64;
  // A chain may be 10,000 nodes deep, each with its batch on the stack.
  static constexpr std::size_t kBatch = kBatched ? 1024 / sizeof(T) : 1;
  struct NoBatch {};

  RowSink<T>* sink_;
  std::size_t size_ = 0;
  std::conditional_t<kBatched, std::array<T, kBatch>, NoBatch> batch_;
};

/// A sink that refers to another one: for those that are too large to be copied around.
template <class Sink>
struct Refer {
  Sink* sink;
  template <class X>
  bool operator()(X&& x) {
    return (*sink)(std::forward<X>(x));
  }
};

/// A chain that came to rest as a node, so that an Rdd<T> can hold it.
template <class P>
class PipelineNode final : public RowsNode<element_t<P>> {
 public:
  using T = element_t<P>;

  PipelineNode(RddId id, std::uint32_t partitions, std::optional<Partitioning> partitioning,
               P pipeline)
      : RowsNode<T>(id, NodeKind::rdd, partitions, parents_of(pipeline), labels_of(pipeline)),
        pipeline_(std::move(pipeline)) {
    this->set_partitioning(partitioning);
  }
  bool run(PartitionId partition, TaskContext& task, RowSink<T>& sink) const override {
    Pack<T> pack(sink);
    Refer<Pack<T>> refer{&pack};
    return pipeline_.run(partition, task, refer) && pack.flush();
  }
  static std::shared_ptr<const Node> decode(LineageReader& in) {
    const auto id = in.id;
    const auto partitions = in.partitions;
    const auto partitioning = in.partitioning;
    return std::make_shared<PipelineNode>(id, partitions, partitioning, P::decode(in));
  }

 private:
  const void* factory() const override { return node_factory<PipelineNode>(); }
  void encode(LineageWriter& out) const override { pipeline_.encode(out); }

  P pipeline_;
};

}  // namespace kindred::detail
