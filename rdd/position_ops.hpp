// Narrow ops that ask where a row stands: sample, sample_with_replacement, zip_with_index.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "kindred/rdd/actions.hpp"
#include "kindred/rdd/as_rest.hpp"
#include "kindred/rdd/function_op.hpp"
#include "kindred/rdd/position_sample.hpp"
#include "kindred/rdd/result.hpp"
#include "kindred/rdd/session.hpp"

namespace kindred {
namespace detail {

template <class Parent>
struct Sample : LabelledOp<Parent> {
  using Passed = typename Parent::Passed;

  PositionSample rule;

  template <class Next>
  struct Step {
    PositionSample::Partition rule;
    Next next;
    template <class X>
    bool operator()(X&& x) {
      auto copies = rule.next();
      // Only the last copy may take what is moved.
      for (; copies > 1; --copies) {
        if (!next(std::as_const(x))) return false;
      }
      return copies == 0 || next(std::forward<X>(x));
    }
  };
  template <class Sink>
  bool run(PartitionId partition, TaskContext& task, Sink& sink) const {
    return run_through(this->parent, partition, task, Step<Sink>{rule.of(partition), sink}, sink);
  }
  void encode(LineageWriter& out) const {
    this->parent.encode(out);
    out.value(rule);
  }
  static Sample decode(LineageReader& in) {
    auto parent = Parent::decode(in);
    const auto rule = in.value<PositionSample>();
    return {{std::move(parent), std::make_shared<const OpLabel>(in.label())}, rule};
  }
};

/// Gives each row its number. How many rows stand in the partitions before is counted by a job of
/// its own, before the first job that needs it.
template <class P>
class ZipWithIndexNode final : public RowsNode<std::pair<element_t<P>, std::int64_t>>,
                               public Prepared {
 public:
  using T = element_t<P>;
  using Row = std::pair<T, std::int64_t>;

  ZipWithIndexNode(RddId id, std::uint32_t partitions, P pipeline, OpLabel label, MemoryRef memory)
      : RowsNode<Row>(id, NodeKind::rdd, partitions, parents_of(pipeline),
                      with_label(labels_of(pipeline), std::move(label))),
        pipeline_(std::move(pipeline)),
        memory_(std::move(memory)) {}

  void prepare(Session& session) const override {
    const std::lock_guard lock(mutex_);
    if (!begins_.empty()) return;
    std::vector<PartitionId> counted;  // nobody asks what stands before the rows of the last
    for (std::uint32_t i = 0; i + 1 < this->partitions(); ++i) counted.push_back(PartitionId{i});
    const auto result = std::make_shared<ResultNode<P, Count>>(
        session.next_id(), this->partitions(), pipeline_, Count{},
        std::make_shared<const OpLabel>(this->labels().back()), memory_);
    std::vector<std::int64_t> begins{0};
    for (const auto& rows : run_result(session, result, std::move(counted))) {
      begins.push_back(begins.back() + static_cast<std::int64_t>(*rows));
    }
    begins_ = std::move(begins);
  }
  bool run(PartitionId partition, TaskContext& task, RowSink<Row>& sink) const override {
    Pack<Row> pack(sink);
    Number number{begins_.at(partition.value), &pack};
    return pipeline_.run(partition, task, number) && pack.flush();
  }
  static std::shared_ptr<const Node> decode(LineageReader& in) {
    const auto id = in.id;
    const auto partitions = in.partitions;
    auto pipeline = P::decode(in);
    auto begins = in.value<std::vector<std::int64_t>>();
    auto node = std::make_shared<ZipWithIndexNode>(id, partitions, std::move(pipeline), in.label(),
                                                   nullptr);
    node->begins_ = std::move(begins);
    return node;
  }

 private:
  struct Number {
    std::int64_t index;
    Pack<Row>* pack;
    template <class X>
    bool operator()(X&& x) {
      const auto at = index++;
      if constexpr (passed_as_view<Row> && rests_as_view<T, std::remove_cvref_t<X>>()) {
        return (*pack)(passed_t<Row>(as_rest<T>(x), at));
      } else {
        return (*pack)(Row(own(std::forward<X>(x)), at));
      }
    }
  };
  const void* factory() const override { return node_factory<ZipWithIndexNode>(); }
  void encode(LineageWriter& out) const override {
    pipeline_.encode(out);
    out.value(begins_);
  }

  P pipeline_;
  MemoryRef memory_;  // of the driver
  mutable std::mutex mutex_;
  mutable std::vector<std::int64_t> begins_;  // written by prepare(), before any job can read it
};

}  // namespace detail

/// The ops of this file as members of an Rdd.
template <class Self>
class PositionOps;

template <class T, class P>
class PositionOps<Rdd<T, P>> {
 public:
  /// Keeps about `fraction` of the rows, each at most once. Which ones depends on the seed and on
  /// where a row stands, so that a partition computed again keeps the same. Lazy; narrow; keeps the
  /// partitioner. Throws UsageError for a fraction below 0 or above 1.
  ///     lines.sample(0.01).collect()
  auto sample(double fraction, std::uint64_t seed = 1,
              SourceLocation where = SourceLocation::current()) const {
    return sampled(detail::PositionSample::once(fraction, seed), "sample", where);
  }
  /// Gives each row as many times as a Poisson distribution of mean `fraction` says: a sample with
  /// replacement. Lazy; narrow; keeps the partitioner. Throws UsageError for a fraction below 0 or
  /// above 1,000.
  ///     rows.sample_with_replacement(1.0, 42)
  auto sample_with_replacement(double fraction, std::uint64_t seed = 1,
                               SourceLocation where = SourceLocation::current()) const {
    return sampled(detail::PositionSample::repeated(fraction, seed), "sample_with_replacement",
                   where);
  }

  /// Gives (x, number of x), from 0 in the order of partitions and rows. Lazy; narrow; with more
  /// than one partition the rows are counted by a job of its own before the first job that needs
  /// them.
  ///     lines.zip_with_index().filter([](auto&, std::int64_t n) { return n > 0; })
  Rdd<std::pair<T, std::int64_t>> zip_with_index(
      SourceLocation where = SourceLocation::current()) const {
    using Row = std::pair<T, std::int64_t>;
    const auto& session = self().session();
    auto node = std::make_shared<detail::ZipWithIndexNode<P>>(
        session->next_id(), self().partitions(), self().pipeline(),
        *detail::make_label("zip_with_index", where), session->memory());
    return Rdd<Row>(session, detail::Erased<Row>(std::move(node)), self().partitions());
  }

 private:
  const Rdd<T, P>& self() const { return static_cast<const Rdd<T, P>&>(*this); }

  auto sampled(detail::PositionSample rule, const char* op, const SourceLocation& where) const {
    using Op = detail::Sample<P>;
    auto label = detail::make_label(op, where);
    rule.check(*label);
    return Rdd<T, Op>(self().session(), Op{{self().pipeline(), std::move(label)}, rule},
                      self().partitions(), self().partitioning());
  }
};

}  // namespace kindred
