// Ops that order: sort_by_key, sort_by.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "kindred/engine/key.hpp"
#include "kindred/engine/radix_sort.hpp"
#include "kindred/rdd/key_sample.hpp"
#include "kindred/rdd/partition_count.hpp"
#include "kindred/rdd/result.hpp"
#include "kindred/rdd/shuffle.hpp"
#include "kindred/rdd/with_key.hpp"

namespace kindred {

/// Which end comes first.
enum class SortOrder : std::uint8_t { ascending, descending };

namespace detail {

/// Pairs by the range in which their key lies.
template <class K>
struct ByRange {
  std::shared_ptr<std::vector<K>> bounds = std::make_shared<std::vector<K>>();

  struct Choose {
    const std::vector<K>* bounds;
    template <class X>
    std::uint32_t operator()(const X& x) const {
      return range_of(*bounds, x.first);
    }
  };
  Choose chooser(PartitionId, std::uint32_t, const OpLabel&) const { return {bounds.get()}; }
  void encode(LineageWriter& out) const { out.value(*bounds); }
  static ByRange decode(LineageReader& in) {
    return {std::make_shared<std::vector<K>>(in.value<std::vector<K>>())};
  }
};
template <class P>
using ScatterByRange = ScatterWriter<P, ByRange<typename element_t<P>::first_type>>;

/// The map side of a sort. The ranges come from a sample of the keys, which a job of its own takes
/// before the first job that needs the sort. In a task it is a ScatterWriter that has its ranges.
template <class P>
class RangeWriter final : public ScatterByRange<P>, public Prepared {
 public:
  using K = typename element_t<P>::first_type;

  RangeWriter(RddId id, std::uint32_t maps, P pipeline, std::uint32_t reducers, OpLabel label,
              MemoryRef memory, ReleaseOnExit release)
      : ScatterByRange<P>(id, maps, std::move(pipeline), {}, reducers, std::move(label),
                          std::move(release)),
        memory_(std::move(memory)) {}

  void prepare(Session& session) const override {
    if (this->reducers() == 1) return;
    // Not std::call_once: the sanitizers' versions hang once a first call has thrown.
    const std::lock_guard lock(mutex_);
    if (prepared_) return;
    using Result = ResultNode<P, SampleKeys<K>>;
    const auto& op = this->ops().back();
    const auto result =
        std::make_shared<Result>(session.next_id(), this->partitions(), this->pipeline(),
                                 SampleKeys<K>{sample_size(this->reducers(), this->partitions())},
                                 std::make_shared<const OpLabel>(op), memory_);
    const auto samples = run_result(session, result);
    // No job can read them before.
    *this->rule().bounds =
        call_in_driver(op, [&] { return range_bounds<K>(samples, this->reducers(), memory_); });
    prepared_ = true;
  }

 private:
  MemoryRef memory_;  // of the driver, for the sample
  mutable std::mutex mutex_;
  mutable bool prepared_ = false;  // guarded by mutex_
};

/// What a sort gives: the pairs that it sorted, or what stood beside the keys.
enum class SortGives : std::uint8_t { pairs, values };

/// The reduce side: one range of keys, sorted.
template <class K, class V, SortGives gives>
class SortNode final
    : public RowsNode<std::conditional_t<gives == SortGives::pairs, std::pair<K, V>, V>> {
 public:
  using Row = std::pair<K, V>;
  using Given = std::conditional_t<gives == SortGives::pairs, Row, V>;

  SortNode(RddId id, std::uint32_t partitions, PlacedInput<Row> input, SortOrder order,
           OpLabel label)
      : RowsNode<Given>(id, NodeKind::rdd, partitions, parents_of_inputs(input),
                        {std::move(label)}),
        input_(std::move(input)),
        order_(order) {}

  bool run(PartitionId partition, TaskContext& task, RowSink<Given>& sink) const override {
    // Ranges ascend; a descending sort reads them from the end.
    const PartitionId range{order_ == SortOrder::ascending
                                ? partition.value
                                : this->partitions() - 1 - partition.value};
    if constexpr (kByRadix) {
      return run_by_radix(range, task, sink);
    } else {
      return run_by_comparing(range, task, sink);
    }
  }
  static std::shared_ptr<const Node> decode(LineageReader& in) {
    const auto id = in.id;
    const auto partitions = in.partitions;
    auto input = PlacedInput<Row>::decode(in);
    const auto order = in.value<SortOrder>();
    return std::make_shared<SortNode>(id, partitions, std::move(input), order, in.label());
  }

 private:
  // Rows are moved about a few times: large ones, and those with a heap, had better be compared.
  static constexpr bool kByRadix = radix_key<K> && bitwise<Row> && sizeof(Row) <= 64;

  bool run_by_radix(PartitionId range, TaskContext& task, RowSink<Given>& sink) const {
    Rows<Row> rows(task.memory());
    Gather gather{&rows};
    input_.run(range, task, gather);
    const auto sorted = radix_sorted(
        std::move(rows), [descending = order_ == SortOrder::descending](const Row& row) {
          const auto number = radix_of(row.first);
          return descending ? ~number : number;
        });
    return give(sorted.rows(), sink);
  }
  bool run_by_comparing(PartitionId range, TaskContext& task, RowSink<Given>& sink) const {
    AccountedVector<Row> rows{Accounted<Row>(task.memory())};
    Reservation heap(task.memory());
    GatherWithHeap gather{&rows, &heap};
    input_.run(range, task, gather);
    Reservation merge_space(task.memory());
    merge_space.add(rows.size() / 2 * sizeof(Row));  // what std::stable_sort takes
    // Stable, so that rows of equal keys stay in the order of their map partitions.
    if (order_ == SortOrder::ascending) {
      std::stable_sort(rows.begin(), rows.end(),
                       [](const Row& a, const Row& b) { return key_less(a.first, b.first); });
    } else {
      std::stable_sort(rows.begin(), rows.end(),
                       [](const Row& a, const Row& b) { return key_less(b.first, a.first); });
    }
    return give({rows.data(), rows.size()}, sink);
  }
  static bool give(std::span<const Row> rows, RowSink<Given>& sink) {
    if constexpr (gives == SortGives::pairs) {
      return sink.rows(rows);
    } else {
      Pack<V> pack(sink);
      for (const auto& row : rows) {
        if (!pack(pass(row.second))) return false;
      }
      return pack.flush();
    }
  }
  struct Gather {
    Rows<Row>* rows;
    template <class X>
    bool operator()(X&& x) const {
      rows->push(Row(own(std::forward<X>(x))));
      return true;
    }
  };
  struct GatherWithHeap {
    AccountedVector<Row>* rows;
    Reservation* heap;
    template <class X>
    bool operator()(X&& x) const {
      Row row(own(std::forward<X>(x)));
      heap->add(heap_bytes_of(row));
      rows->push_back(std::move(row));
      return true;
    }
  };
  const void* factory() const override { return node_factory<SortNode>(); }
  void encode(LineageWriter& out) const override {
    input_.encode(out);
    out.value(order_);
  }

  PlacedInput<Row> input_;
  SortOrder order_;
};

}  // namespace detail

/// The ops of this file as members of an Rdd.
template <class Self>
class SortOps;

template <class T, class P>
class SortOps<Rdd<T, P>> {
 public:
  /// Sorts pairs by their key: partition after partition, and inside each. Rows of equal keys keep
  /// their order. NaN keys come after all numbers. Lazy; wide. The first job that needs the result
  /// runs a job before it that samples the keys (none with one partition). Spark's sortByKey runs
  /// that job at once.
  ///     means.sort_by_key().show();
  auto sort_by_key(SortOrder order = SortOrder::ascending, PartitionCount partitions = {},
                   SourceLocation where = SourceLocation::current()) const {
    static_assert(detail::is_pair<T>,
                  "sort_by_key() needs elements that are std::pair: map() to (key, value) before");
    if constexpr (!detail::is_pair<T>) {
      return Rdd<T>(self());
    } else if constexpr (!orderable_key<typename T::first_type>) {
      static_assert(orderable_key<typename T::first_type>,
                    "sort_by_key: the key type has no operator<");
      return Rdd<T>(self());
    } else if constexpr (!detail::check_element<T>()) {
      return Rdd<T>(self());
    } else {
      return sorted<detail::SortGives::pairs>(self().pipeline(), order, partitions,
                                              *detail::make_label("sort_by_key", where));
    }
  }
  // Only to name the rule: a truth value, as Spark takes, would not say what it means.
  template <class Order, class... More>
  requires(!std::is_same_v<Order, SortOrder>) Rdd<T> sort_by_key(Order, More...)
  const {
    static_assert(std::is_same_v<Order, SortOrder>,
                  "sort_by_key: the order is SortOrder::ascending or SortOrder::descending, not "
                  "true or false; a number of partitions comes after it");
    return Rdd<T>(self());
  }

  /// Sorts the elements by `f(x)`: partition after partition, and inside each. Elements of equal
  /// keys keep their order. NaN keys come after all numbers. Lazy; wide. The first job that needs
  /// the result runs a job before it that samples the keys (none with one partition). The keys
  /// travel beside the elements: f is called once for each element there, and once in the sort.
  /// What f captures travels to the executors.
  ///     words.sort_by([](std::string_view word) { return word.size(); }, SortOrder::descending)
  template <class F>
  auto sort_by(F f, SortOrder order = SortOrder::ascending, PartitionCount partitions = {},
               SourceLocation where = SourceLocation::current()) const {
    if constexpr (!detail::check_function<F, detail::passed_row_t<P>>() ||
                  !detail::check_element<T>()) {
      return Rdd<T>(self());
    } else if constexpr (!orderable_key<detail::computed_key_t<P, F>>) {
      static_assert(orderable_key<detail::computed_key_t<P, F>>,
                    "sort_by: this function must give a key that has an operator<");
      return Rdd<T>(self());
    } else if constexpr (!detail::check_element<detail::computed_key_t<P, F>>()) {
      return Rdd<T>(self());
    } else {
      auto label = detail::make_label("sort_by", where);
      detail::check_captures(f, *label);
      return sorted<detail::SortGives::values>(
          detail::WithKey<P, F>{self().pipeline(), std::move(f), label}, order, partitions, *label);
    }
  }
  // As for sort_by_key().
  template <class F, class Order, class... More>
  requires(!std::is_same_v<Order, SortOrder>) Rdd<T> sort_by(F, Order, More...)
  const {
    static_assert(
        std::is_same_v<Order, SortOrder>,
        "sort_by: the order is SortOrder::ascending or SortOrder::descending, not true or "
        "false; a number of partitions comes after it");
    return Rdd<T>(self());
  }

 private:
  const Rdd<T, P>& self() const { return static_cast<const Rdd<T, P>&>(*this); }

  /// Sorts the pairs of a pipeline of this Rdd by their keys.
  template <detail::SortGives gives, class Pairs>
  auto sorted(const Pairs& pipeline, SortOrder order, const PartitionCount& partitions,
              const OpLabel& label) const {
    using Pair = detail::element_t<Pairs>;
    using SortNode = detail::SortNode<typename Pair::first_type, typename Pair::second_type, gives>;
    const auto& session = self().session();
    const auto count = partitions.value_or(self().partitions(), label.op);
    const auto id = session->next_id();
    auto writer = std::make_shared<detail::RangeWriter<Pairs>>(
        id, self().partitions(), pipeline, count, label, session->memory(),
        ReleaseOnExit(session->releases(), ShuffleId{id.value}));
    auto node = std::make_shared<SortNode>(
        session->next_id(), count, detail::PlacedInput<Pair>(std::move(writer)), order, label);
    return Rdd<T>(session, detail::Erased<T>(std::move(node)), count);
  }
};

}  // namespace kindred
