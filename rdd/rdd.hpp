// Rdd: what a driver program holds and calls.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "kindred/engine/node.hpp"
#include "kindred/rdd/actions.hpp"
#include "kindred/rdd/cartesian_ops.hpp"
#include "kindred/rdd/cogroup_ops.hpp"
#include "kindred/rdd/combine_ops.hpp"
#include "kindred/rdd/distinct_ops.hpp"
#include "kindred/rdd/explain.hpp"
#include "kindred/rdd/fold_actions.hpp"
#include "kindred/rdd/join_ops.hpp"
#include "kindred/rdd/key_actions.hpp"
#include "kindred/rdd/narrow_ops.hpp"
#include "kindred/rdd/number_actions.hpp"
#include "kindred/rdd/order_actions.hpp"
#include "kindred/rdd/pair_ops.hpp"
#include "kindred/rdd/partition_ops.hpp"
#include "kindred/rdd/pipeline.hpp"
#include "kindred/rdd/position_ops.hpp"
#include "kindred/rdd/repartition_ops.hpp"
#include "kindred/rdd/save_actions.hpp"
#include "kindred/rdd/session.hpp"
#include "kindred/rdd/set_ops.hpp"
#include "kindred/rdd/sort_ops.hpp"
#include "kindred/rdd/value_ops.hpp"

namespace kindred {

/// A distributed collection of elements of type T, immutable, in partitions: not the elements
/// themselves but how to compute them (the lineage). Ops make a new Rdd and run nothing (lazy);
/// actions run a job. Cheap to copy; may be used by several threads at once.
///
/// Pipeline is the chain of narrow ops since the last source, shuffle or persist, as a type: it
/// runs as one loop. Hold a chain with `auto`. `Rdd<T>` alone can hold any chain of T (a member, a
/// variable that is reassigned in a loop, a parameter); rows then pass its border in batches.
template <class T, class Pipeline>
class Rdd : public NarrowOps<Rdd<T, Pipeline>>,
            public ValueOps<Rdd<T, Pipeline>>,
            public PartitionOps<Rdd<T, Pipeline>>,
            public PositionOps<Rdd<T, Pipeline>>,
            public SetOps<Rdd<T, Pipeline>>,
            public CombineOps<Rdd<T, Pipeline>>,
            public PairOps<Rdd<T, Pipeline>>,
            public JoinOps<Rdd<T, Pipeline>>,
            public CogroupOps<Rdd<T, Pipeline>>,
            public DistinctOps<Rdd<T, Pipeline>>,
            public RepartitionOps<Rdd<T, Pipeline>>,
            public CartesianOps<Rdd<T, Pipeline>>,
            public SortOps<Rdd<T, Pipeline>>,
            public Actions<Rdd<T, Pipeline>>,
            public FoldActions<Rdd<T, Pipeline>>,
            public NumberActions<Rdd<T, Pipeline>>,
            public OrderActions<Rdd<T, Pipeline>>,
            public KeyActions<Rdd<T, Pipeline>>,
            public SaveActions<Rdd<T, Pipeline>> {
 public:
  using value_type = T;

  /// For ops; a program gets its first Rdd from a Context.
  Rdd(SessionRef session, Pipeline pipeline, std::uint32_t partitions,
      std::optional<Partitioning> partitioning = {})
      : session_(std::move(session)),
        pipeline_(std::move(pipeline)),
        partitions_(partitions),
        partitioning_(partitioning) {}

  /// Any chain of T.
  template <class Chain>
  requires(std::is_same_v<Pipeline, detail::Erased<T>> && !std::is_same_v<Chain, Pipeline>)
      Rdd(const Rdd<T, Chain>& chain)  // NOLINT: a chain is an Rdd<T>
      : Rdd(chain.session(), detail::Erased<T>(detail::erase(chain)), chain.partitions(),
            chain.partitioning()) {}

  std::uint32_t partitions() const { return partitions_; }
  /// How its rows found their partition, where that is known: two Rdds partitioned alike join
  /// without a shuffle.
  const std::optional<Partitioning>& partitioning() const { return partitioning_; }

  /// The lineage as text, the last stage first, each with its tasks and ops. Runs nothing.
  std::string explain() const { return detail::explain(*detail::erase(*this)); }
  /// The lineage as a Graphviz graph (`dot -Tsvg`). Runs nothing.
  std::string lineage_dot() const { return detail::lineage_dot(*detail::erase(*this)); }

  /// For ops.
  const SessionRef& session() const { return session_; }
  const Pipeline& pipeline() const { return pipeline_; }

 private:
  SessionRef session_;
  Pipeline pipeline_;
  std::uint32_t partitions_;
  std::optional<Partitioning> partitioning_;
};

}  // namespace kindred
