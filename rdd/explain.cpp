#include "kindred/rdd/explain.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace kindred::detail {
namespace {

// One stage as a person sees it: the nodes from its shuffles or sources to its end, parents first.
struct ExplainedStage {
  const Node* end;
  std::vector<const Node*> nodes;
  std::vector<const Node*> reads;  // shuffle writers of other stages
};

// Each node once, parents first, by a walk with its own stack.
ExplainedStage stage_of(const Node& end) {
  ExplainedStage stage{&end, {}, {}};
  std::unordered_set<const Node*> seen{&end};
  std::vector<std::pair<const Node*, std::size_t>> walk{{&end, 0}};
  while (!walk.empty()) {
    auto& [node, next] = walk.back();
    if (next == node->parents().size()) {
      stage.nodes.push_back(node);
      walk.pop_back();
      continue;
    }
    const auto* parent = node->parents()[next++].get();
    if (!seen.insert(parent).second) continue;
    if (parent->kind() == NodeKind::shuffle_writer) {
      stage.reads.push_back(parent);
    } else {
      walk.emplace_back(parent, 0);
    }
  }
  return stage;
}

// All stages, numbered so that a stage comes after those that it reads.
struct Lineage {
  std::vector<ExplainedStage> stages;
  std::unordered_map<const Node*, std::size_t> number;
};

Lineage stages_of(const Node& node) {
  Lineage lineage;
  struct Open {
    ExplainedStage stage;
    std::size_t next = 0;
  };
  std::vector<Open> walk;
  walk.push_back({stage_of(node)});
  while (!walk.empty()) {
    auto& open = walk.back();
    if (open.next < open.stage.reads.size()) {
      const auto* writer = open.stage.reads[open.next++];
      if (!lineage.number.contains(writer)) walk.push_back({stage_of(*writer)});
      continue;
    }
    if (lineage.number.emplace(open.stage.end, lineage.stages.size()).second) {
      lineage.stages.push_back(std::move(open.stage));
    }
    walk.pop_back();
  }
  return lineage;
}

const char* plural(std::size_t count) { return count == 1 ? "" : "s"; }

std::string note_of(const Node& node) {
  return node.kind() == NodeKind::persisted ? "  (kept in memory)" : "";
}

std::string reads_of(const ExplainedStage& stage, const Lineage& lineage) {
  std::string text;
  for (const auto* writer : stage.reads) {
    text += fmt::format("{}stage {}", text.empty() ? "" : ", ", lineage.number.at(writer));
  }
  return text;
}

std::vector<std::string> lines_of(const ExplainedStage& stage) {
  constexpr std::size_t kMost = 40;  // of a chain built in a loop the ends tell enough
  std::vector<std::string> lines;
  for (const auto* node : stage.nodes) {
    for (const auto& op : node->labels()) lines.push_back(op.text());
    if (node->kind() == NodeKind::shuffle_writer) lines.back() = "-> shuffle for " + lines.back();
    if (!lines.empty()) lines.back() += note_of(*node);
  }
  if (lines.size() > kMost) {
    const auto left_out = lines.size() - kMost;
    const auto from = lines.begin() + kMost / 2;
    lines.erase(from, from + static_cast<std::ptrdiff_t>(left_out));
    lines.insert(lines.begin() + kMost / 2, fmt::format("... {} more", left_out));
  }
  return lines;
}

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result;
}

}  // namespace

std::string explain(const Node& node) {
  const auto lineage = stages_of(node);
  std::string text;
  for (auto i = lineage.stages.size(); i-- > 0;) {
    const auto& stage = lineage.stages[i];
    const auto tasks = stage.end->partitions();
    text += fmt::format("stage {}: {} task{}", i, tasks, plural(tasks));
    if (const auto reads = reads_of(stage, lineage); !reads.empty())
      text += fmt::format(", reads {}", reads);
    text += "\n";
    for (const auto& line : lines_of(stage)) text += fmt::format("  {}\n", line);
  }
  return text;
}

std::string lineage_dot(const Node& node) {
  const auto lineage = stages_of(node);
  std::string dot =
      "digraph lineage {\n  rankdir=TB;\n  node [shape=box, fontname=\"Helvetica\", "
      "fontsize=11];\n  edge [fontname=\"Helvetica\", fontsize=10];\n";
  for (std::size_t i = 0; i < lineage.stages.size(); ++i) {
    const auto& stage = lineage.stages[i];
    const auto tasks = stage.end->partitions();
    dot += fmt::format("  stage{} [label=\"stage {}: {} task{}\\n", i, i, tasks, plural(tasks));
    for (const auto& line : lines_of(stage)) dot += escaped(line) + "\\l";
    dot += "\"];\n";
  }
  for (std::size_t i = 0; i < lineage.stages.size(); ++i) {
    for (const auto* writer : lineage.stages[i].reads) {
      dot +=
          fmt::format("  stage{} -> stage{} [label=\"shuffle\"];\n", lineage.number.at(writer), i);
    }
  }
  return dot + "}\n";
}

}  // namespace kindred::detail
