#include "kindred/rdd/shuffle.hpp"

#include <fmt/format.h>

namespace kindred::detail {

std::string ShuffleWriter::encode_value(const void*) const {
  KINDRED_CHECK(!"a map task has no value");
  return {};
}

std::shared_ptr<const void> ShuffleWriter::decode_value(std::string_view) const {
  KINDRED_CHECK(!"a map task has no value");
  return nullptr;
}

StageEnd::Output ShuffleWriter::keep(PartitionId map, TaskContext& task,
                                     MapOutputRef output) const {
  auto bytes = output->bucket_bytes();
  const auto name = fmt::format("map output {} of {}", map.value, last_op());
  task.stores().shuffles.put(shuffle(), map,
                             stored(task.stores(), std::move(output), name, refused_));
  return {nullptr, std::move(bytes)};
}

}  // namespace kindred::detail
