#include "kindred/engine/disk_map_output.hpp"

#include <memory>

#include "kindred/engine/error.hpp"
#include "kindred/engine/task_context.hpp"

namespace kindred {

DiskMapOutput::DiskMapOutput(const MapOutput& output, Disk& disk, const MemoryRef& memory,
                             std::string name)
    : pieces_(disk, memory, std::move(name)), ends_(Accounted<std::uint32_t>(memory)) {
  const auto buckets = static_cast<std::uint32_t>(output.bucket_bytes().size());
  ends_.reserve(buckets);
  for (std::uint32_t reduce = 0; reduce < buckets; ++reduce) {
    output.for_each_piece(PartitionId{reduce}, [&](std::string_view raw) { pieces_.add(raw); });
    ends_.push_back(static_cast<std::uint32_t>(pieces_.size()));
  }
}

std::pair<std::size_t, std::size_t> DiskMapOutput::pieces(PartitionId reduce) const {
  if (reduce.value >= ends_.size()) {
    throw DecodeError("a bucket was asked for that the map output does not have");
  }
  return {reduce.value == 0 ? 0 : ends_[reduce.value - 1], ends_[reduce.value]};
}

std::vector<std::uint64_t> DiskMapOutput::bucket_bytes() const {
  std::vector<std::uint64_t> bytes(ends_.size());
  for (std::uint32_t reduce = 0; reduce < bytes.size(); ++reduce) {
    const auto [begin, end] = pieces(PartitionId{reduce});
    for (auto i = begin; i < end; ++i) bytes[reduce] += pieces_.bytes(i);
  }
  return bytes;
}

std::string DiskMapOutput::encode(PartitionId reduce) const {
  const auto [begin, end] = pieces(reduce);
  return joined_rows(pieces_, begin, end);
}

namespace detail {

MapOutputRef stored(const ExecutorStores& stores, MapOutputRef output, const std::string& name,
                    WarnOnce& refused) {
  const bool fits = stores.memory->used() <= stores.memory->limit() / 2;
  if (stores.shuffle_storage == ShuffleStorage::memory && fits) return output;
  try {
    return std::make_shared<const DiskMapOutput>(*output, *stores.disk, stores.memory, name);
  } catch (const InputError& refusal) {
    refused.warn(std::string(refusal.what()) + "; it stays in memory, as others of this stage may");
  } catch (const OutOfMemoryError& refusal) {
    refused.warn(name + " stays in memory: " + refusal.what());
  }
  return output;
}

}  // namespace detail
}  // namespace kindred
