// What partitions of a simulated lineage come to: hashes of all that they are computed from, so
// that a wrong, stale, missing or doubled input changes the answer.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>

#include "kindred/engine/node.hpp"

namespace kindred::simulation {

using Value = std::uint64_t;

/// Computes partitions; children say where map outputs and cached blocks come from. What could not
/// be had ends it by an exception.
class Evaluation {
 public:
  Evaluation() = default;
  Evaluation(const Evaluation&) = delete;
  Evaluation& operator=(const Evaluation&) = delete;
  virtual ~Evaluation() = default;

  Value evaluate(const Node& node, PartitionId partition);

 private:
  /// The value of a persisted partition that is at hand.
  virtual std::optional<Value> cached(const Node&, PartitionId) { return std::nullopt; }
  virtual Value output(const Node& writer, PartitionId map) = 0;
  /// Called before the partition is computed.
  virtual void compute(const Node&, PartitionId) {}
  virtual void computed(const Node&, PartitionId, Value) {}

  std::unordered_map<BlockId, Value> known_;
};

/// The right answers.
class Truth final : public Evaluation {
 private:
  Value output(const Node& writer, PartitionId map) override { return evaluate(writer, map); }
};

}  // namespace kindred::simulation
