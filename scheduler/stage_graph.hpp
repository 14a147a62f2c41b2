// The lineage cut into stages: what can run without a shuffle in between is one stage.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "kindred/engine/node.hpp"

namespace kindred::scheduler {

/// A piece of the lineage that runs as one set of tasks, one for each partition of `end`.
struct CutStage {
  std::shared_ptr<const StageEnd> end;
  /// Indices into StageGraph::stages() of those whose map outputs this one reads.
  std::vector<std::size_t> parents;
  /// Some node between `end` and the shuffles is persisted: a cached block may replace parents.
  bool persisted = false;
};

/// The stages of one job. Cutting visits each node of the lineage once, with stacks of its own, so
/// that neither long chains nor shared parents cost more than their length.
class StageGraph {
 public:
  /// Cuts the lineage that ends in `result`.
  explicit StageGraph(std::shared_ptr<const StageEnd> result);

  /// Parents before those that read them; the last is the one of `result`.
  const std::vector<CutStage>& stages() const { return stages_; }

  /// The graph in Graphviz' language, for people.
  std::string dot() const;

 private:
  std::vector<CutStage> stages_;
};

}  // namespace kindred::scheduler
