#include "kindred/scheduler/stage_graph.hpp"

#include <algorithm>
#include <iterator>
#include <ostream>
#include <sstream>
#include <unordered_map>
#include <utility>

#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/graphviz.hpp>
#include <boost/graph/topological_sort.hpp>

#include "kindred/engine/check.hpp"

namespace kindred::scheduler {
namespace {

// An edge leads from a stage to one whose map outputs it reads, so that Boost's order, which has
// the targets first, is the one in which stages can run.
using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS>;
using FlowGraph = boost::adjacency_list<boost::vecS, boost::vecS, boost::bidirectionalS>;

// What is known of a node once all above it was visited.
struct Visited {
  std::size_t reads = 0;  // index into Cut::reads_: the stages that its narrow chain reads
  bool persisted = false;
};

class Cut {
 public:
  explicit Cut(std::shared_ptr<const StageEnd> result) : result_(std::move(result)) {
    reads_.emplace_back();
    walk();
  }

  std::vector<CutStage> stages;

 private:
  struct Step {
    const Node* node;
    std::size_t next_parent;
    const NodeRef* ref;  // null for the result, which is no parent of anything
  };

  // Depth first, children after their parents; a stage is complete when its end is left.
  void walk() {
    std::vector<Step> path{{result_.get(), 0, nullptr}};
    while (!path.empty()) {
      auto& step = path.back();
      const auto& parents = step.node->parents();
      if (step.next_parent < parents.size()) {
        const auto& parent = parents[step.next_parent++];
        if (!visited_.contains(parent.get())) path.push_back({parent.get(), 0, &parent});
        continue;
      }
      leave(step);
      path.pop_back();
    }
  }

  void leave(const Step& step) {
    const Node& node = *step.node;
    Visited seen{0, node.kind() == NodeKind::persisted};
    for (const auto& parent : node.parents()) {
      if (parent->kind() == NodeKind::shuffle_writer) {
        seen.reads = united(seen.reads, single(stage_of_.at(parent.get())));
      } else {
        const auto& above = visited_.at(parent.get());
        seen.reads = united(seen.reads, above.reads);
        seen.persisted |= above.persisted;
      }
    }
    visited_.emplace(&node, seen);
    const bool is_result = step.ref == nullptr;
    if (!is_result && node.kind() != NodeKind::shuffle_writer) return;
    stage_of_.emplace(&node, stages.size());
    auto end = is_result ? result_ : std::dynamic_pointer_cast<const StageEnd>(step.ref->shared());
    KINDRED_CHECK(end != nullptr);
    stages.push_back({std::move(end), reads_[seen.reads], seen.persisted});
  }

  // Chains share their set of reads: only where different sets meet is a new one made.
  std::size_t united(std::size_t a, std::size_t b) {
    if (a == b || b == 0) return a;
    if (a == 0) return b;
    std::vector<std::size_t> both;
    std::set_union(reads_[a].begin(), reads_[a].end(), reads_[b].begin(), reads_[b].end(),
                   std::back_inserter(both));
    if (both.size() == reads_[a].size()) return a;
    if (both.size() == reads_[b].size()) return b;
    reads_.push_back(std::move(both));
    return reads_.size() - 1;
  }

  std::size_t single(std::size_t stage) {
    const auto [known, added] = single_.try_emplace(stage, reads_.size());
    if (added) reads_.push_back({stage});
    return known->second;
  }

  std::shared_ptr<const StageEnd> result_;
  std::vector<std::vector<std::size_t>> reads_;  // sorted; the first is empty
  std::unordered_map<std::size_t, std::size_t> single_;
  std::unordered_map<const Node*, Visited> visited_;
  std::unordered_map<const Node*, std::size_t> stage_of_;
};

Graph graph_of(const std::vector<CutStage>& stages) {
  Graph graph(stages.size());
  for (std::size_t i = 0; i < stages.size(); ++i) {
    for (const auto parent : stages[i].parents) boost::add_edge(i, parent, graph);
  }
  return graph;
}

// Boost throws not_a_dag on a cycle, which immutable nodes cannot form: the engine is broken then.
std::vector<std::size_t> parents_first(const Graph& graph) {
  std::vector<std::size_t> order;
  order.reserve(boost::num_vertices(graph));
  try {
    boost::topological_sort(graph, std::back_inserter(order));
  } catch (const boost::not_a_dag&) {
    order.clear();
  }
  KINDRED_CHECK(order.size() == boost::num_vertices(graph));
  return order;
}

}  // namespace

StageGraph::StageGraph(std::shared_ptr<const StageEnd> result) {
  auto cut = Cut(std::move(result)).stages;
  const auto order = parents_first(graph_of(cut));
  std::vector<std::size_t> position(cut.size());
  for (std::size_t i = 0; i < order.size(); ++i) position[order[i]] = i;
  stages_.reserve(cut.size());
  for (const auto old : order) {
    auto stage = std::move(cut[old]);
    for (auto& parent : stage.parents) parent = position[parent];
    std::sort(stage.parents.begin(), stage.parents.end());
    stages_.push_back(std::move(stage));
  }
}

std::string StageGraph::dot() const {
  const auto label = [this](std::ostream& out, std::size_t i) {
    const auto& end = *stages_[i].end;
    std::string text;
    for (const auto& op : end.labels()) text += op.text() + "\n";
    text += std::to_string(end.partitions()) + " partitions";
    out << "[label=" << boost::escape_dot_string(text) << "]";
  };
  // For people an arrow shows where rows go: from the stage that writes to the one that reads.
  FlowGraph flow(stages_.size());
  for (std::size_t i = 0; i < stages_.size(); ++i) {
    for (const auto parent : stages_[i].parents) boost::add_edge(parent, i, flow);
  }
  std::ostringstream out;
  boost::write_graphviz(out, flow, label);
  return out.str();
}

}  // namespace kindred::scheduler
