// The end of a job: a value of each partition for the driver.
//
// An action is a struct with
//   Value run(pipeline, partition, task, label)    what one task computes
//   encode(writer), decode(reader)                 its functions and fields
//   write(archive, value), read(archive, memory)   its value as bytes, and back
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "kindred/engine/archive.hpp"
#include "kindred/engine/lineage.hpp"
#include "kindred/engine/memory.hpp"
#include "kindred/rdd/op_label.hpp"
#include "kindred/rdd/pipeline.hpp"
#include "kindred/rdd/session.hpp"

namespace kindred::detail {

/// For actions whose value is written like any other.
struct PlainValue {
  template <class Value>
  static void write(OutputArchive& out, const Value& value) {
    write_value(out, value);
  }
};

/// For actions that give no value where a partition has no rows.
template <class T>
struct OptionalValue : PlainValue {
  static std::optional<T> read(InputArchive& in, const MemoryRef&) {
    std::optional<T> value;
    read_value(in, value);
    return value;
  }
};

/// For actions whose tasks give nothing back.
struct Nothing {};
struct NoValue {
  static void write(OutputArchive&, Nothing) {}
  static Nothing read(InputArchive&, const MemoryRef&) { return {}; }
};

template <class P, class Action>
class ResultNode final : public StageEnd {
 public:
  using Value = decltype(std::declval<const Action&>().run(std::declval<const P&>(), PartitionId{},
                                                           std::declval<TaskContext&>(),
                                                           std::declval<const OpLabel&>()));

  /// `memory` is where the driver's copies of the values are accounted; null in a task.
  ResultNode(RddId id, std::uint32_t partitions, P pipeline, Action action, LabelRef label,
             MemoryRef memory)
      : StageEnd(id, NodeKind::result, partitions, parents_of(pipeline),
                 with_label(labels_of(pipeline), *label)),
        pipeline_(std::move(pipeline)),
        action_(std::move(action)),
        memory_(std::move(memory)) {}

  Output run(PartitionId partition, TaskContext& task) const override {
    return {std::make_shared<const Value>(action_.run(pipeline_, partition, task, ops().back())),
            {}};
  }
  std::string encode_value(const void* value) const override {
    std::string bytes;
    OutputArchive archive(bytes);
    Action::write(archive, *static_cast<const Value*>(value));
    return bytes;
  }
  std::shared_ptr<const void> decode_value(std::string_view bytes) const override {
    InputArchive archive(bytes);
    auto value = std::make_shared<const Value>(Action::read(archive, memory_));
    archive.finish();
    return value;
  }
  std::uint64_t value_bytes(const void* value) const override {
    return sizeof(Value) + heap_bytes_of(*static_cast<const Value*>(value));
  }
  static std::shared_ptr<const Node> decode(LineageReader& in) {
    const auto id = in.id;
    const auto partitions = in.partitions;
    auto pipeline = P::decode(in);
    auto action = Action::decode(in);
    return std::make_shared<ResultNode>(id, partitions, std::move(pipeline), std::move(action),
                                        std::make_shared<const OpLabel>(in.label()), nullptr);
  }

 private:
  const void* factory() const override { return node_factory<ResultNode>(); }
  void encode(LineageWriter& out) const override {
    pipeline_.encode(out);
    action_.encode(out);
  }

  P pipeline_;
  Action action_;
  MemoryRef memory_;
};

/// Runs a job over some partitions: their values, in that order.
template <class Result>
std::vector<std::shared_ptr<const typename Result::Value>> run_result(
    Session& session, const std::shared_ptr<Result>& result, std::vector<PartitionId> partitions) {
  std::vector<std::shared_ptr<const typename Result::Value>> values;
  for (auto& value : session.run(result, std::move(partitions))) {
    values.push_back(std::static_pointer_cast<const typename Result::Value>(std::move(value)));
  }
  return values;
}
/// The same over all partitions.
template <class Result>
auto run_result(Session& session, const std::shared_ptr<Result>& result) {
  std::vector<PartitionId> all;
  all.reserve(result->partitions());
  for (std::uint32_t i = 0; i < result->partitions(); ++i) all.push_back(PartitionId{i});
  return run_result(session, result, std::move(all));
}

/// The node of an action over an Rdd.
template <class T, class P, class Action>
auto result_of(const Rdd<T, P>& rdd, Action action, LabelRef label) {
  const auto& session = rdd.session();
  return std::make_shared<ResultNode<P, Action>>(session->next_id(), rdd.partitions(),
                                                 rdd.pipeline(), std::move(action),
                                                 std::move(label), session->memory());
}

/// Runs a job that ends in `action` over some partitions of an Rdd: their values, in that order.
template <class T, class P, class Action>
auto run_action(const Rdd<T, P>& rdd, Action action, LabelRef label,
                std::vector<PartitionId> partitions) {
  auto& session = *rdd.session();
  return run_result(session, result_of(rdd, std::move(action), std::move(label)),
                    std::move(partitions));
}
/// The same over all partitions.
template <class T, class P, class Action>
auto run_action(const Rdd<T, P>& rdd, Action action, LabelRef label) {
  return run_result(*rdd.session(), result_of(rdd, std::move(action), std::move(label)));
}

/// Throws the current exception on as a JobError of an op whose function the driver called. Inside
/// a catch block only.
[[noreturn]] void throw_driver_failure(const OpLabel& op);

/// Calls a user's function in the driver, where the values of partitions are merged.
template <class F>
auto call_in_driver(const OpLabel& op, const F& f) {
  try {
    return f();
  } catch (...) {
    throw_driver_failure(op);
  }
}

/// Throws EmptyRddError for an action that needs an element.
[[noreturn]] void throw_empty(const OpLabel& action);

}  // namespace kindred::detail
