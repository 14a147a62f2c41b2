// A stage that is nothing but a source: to send one through the lineage and back.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "kindred/engine/lineage.hpp"

namespace kindred::test {

template <class Pipeline>
class SourceNode final : public StageEnd {
 public:
  SourceNode(Pipeline pipeline, OpLabels ops)
      : StageEnd(RddId{1}, NodeKind::result, pipeline.partitions(), {}, std::move(ops)),
        pipeline_(std::move(pipeline)) {}
  static std::shared_ptr<const Node> decode(LineageReader& in) {
    auto pipeline = Pipeline::decode(in);
    return std::make_shared<SourceNode>(std::move(pipeline), in.labels());
  }
  const Pipeline& pipeline() const { return pipeline_; }

  Output run(PartitionId, TaskContext&) const override { return {}; }
  std::string encode_value(const void*) const override { return {}; }
  std::shared_ptr<const void> decode_value(std::string_view) const override { return nullptr; }

 private:
  const void* factory() const override { return detail::node_factory<SourceNode>(); }
  void encode(LineageWriter& out) const override { pipeline_.encode(out); }

  Pipeline pipeline_;
};

/// The pipeline as another process makes it again.
template <class Pipeline>
Pipeline sent(const Pipeline& pipeline) {
  OpLabels ops;
  pipeline.labels(ops);
  const SourceNode<Pipeline> node(pipeline, ops);
  const auto decoded = decode_lineage(encode_lineage(node, false));
  return dynamic_cast<const SourceNode<Pipeline>&>(*decoded).pipeline();
}

}  // namespace kindred::test
