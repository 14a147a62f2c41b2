// What the tests of the sources share: files in a folder of their own, and a pipeline run by hand.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <stdlib.h>
#include <string>
#include <unistd.h>
#include <vector>

#include <lz4frame.h>
#include <zlib.h>
#include <zstd.h>

#include "kindred/engine/memory.hpp"
#include "kindred/engine/owned.hpp"
#include "kindred/engine/task_context.hpp"

namespace kindred::test {

/// A new folder that is removed with all that is in it.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    auto name = (std::filesystem::temp_directory_path() / "kindred-sources-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = name;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }
  /// Writes a file and returns its path.
  std::string write(const std::string& name, const std::string& content) const {
    const auto file = path_ + "/" + name;
    std::ofstream out(file, std::ios::binary);
    out.write(content.data(), static_cast<std::streamsize>(content.size()));
    if (!out.flush()) throw std::runtime_error("cannot write " + file);
    return file;
  }

 private:
  std::string path_;
};

inline std::string gzip(const std::string& text) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

inline std::string zstd(const std::string& text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
  return out;
}

/// A frame with a checksum of its content.
inline std::string lz4(const std::string& text) {
  LZ4F_preferences_t preferences{};
  preferences.frameInfo.contentChecksumFlag = LZ4F_contentChecksumEnabled;
  std::string out(LZ4F_compressFrameBound(text.size(), &preferences), '\0');
  out.resize(LZ4F_compressFrame(out.data(), out.size(), text.data(), text.size(), &preferences));
  return out;
}

inline std::string unzstd(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  const std::string bytes(std::istreambuf_iterator<char>(in), {});
  std::string out, piece(1 << 20, '\0');
  auto* const stream = ZSTD_createDStream();
  ZSTD_inBuffer from{bytes.data(), bytes.size(), 0};
  for (std::size_t left = 1; left != 0;) {
    ZSTD_outBuffer to{piece.data(), piece.size(), 0};
    left = ZSTD_decompressStream(stream, &to, &from);
    if (ZSTD_isError(left) || to.pos == 0) break;
    out.append(piece, 0, to.pos);
  }
  ZSTD_freeDStream(stream);
  return out;
}

/// Runs one partition into `sink`; returns what run() returned.
template <class Pipeline, class Sink>
bool run_partition(const Pipeline& pipeline, std::uint32_t partition, Sink sink,
                   const MemoryRef& memory = std::make_shared<MemoryManager>()) {
  ExecutorStores stores;
  stores.memory = memory;
  const MapOutputsList none;
  TaskContext task(stores, none, StageId{}, PartitionId{partition}, 0);
  return pipeline.run(PartitionId{partition}, task, sink);
}

/// The number of rows of one partition, told without them.
template <class Pipeline>
std::uint64_t count_partition(const Pipeline& pipeline, std::uint32_t partition,
                              const MemoryRef& memory) {
  ExecutorStores stores;
  stores.memory = memory;
  const MapOutputsList none;
  TaskContext task(stores, none, StageId{}, PartitionId{partition}, 0);
  return pipeline.count_rows(PartitionId{partition}, task);
}

/// The elements of each partition, owned. Where the pipeline can count its rows without them, that
/// must agree.
template <class Pipeline>
auto partitions_of(const Pipeline& pipeline,
                   const MemoryRef& memory = std::make_shared<MemoryManager>()) {
  std::vector<std::vector<owned_t<typename Pipeline::Passed>>> all;
  for (std::uint32_t partition = 0; partition < pipeline.partitions(); ++partition) {
    auto& rows = all.emplace_back();
    run_partition(
        pipeline, partition,
        [&](auto&& row) {
          rows.push_back(own(row));
          return true;
        },
        memory);
    if constexpr (requires(TaskContext & task) {
                    pipeline.count_rows(PartitionId{partition}, task);
                  }) {
      const auto counted = count_partition(pipeline, partition, memory);
      if (counted != rows.size()) {
        throw std::runtime_error("counted " + std::to_string(counted) + " rows, read " +
                                 std::to_string(rows.size()));
      }
    }
  }
  return all;
}

/// The elements of all partitions, in order.
template <class Pipeline>
auto rows_of(const Pipeline& pipeline,
             const MemoryRef& memory = std::make_shared<MemoryManager>()) {
  std::vector<owned_t<typename Pipeline::Passed>> all;
  for (auto& rows : partitions_of(pipeline, memory)) {
    for (auto& row : rows) all.push_back(std::move(row));
  }
  return all;
}

}  // namespace kindred::test
