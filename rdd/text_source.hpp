// text_file(): the lines of text files.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kindred/engine/lineage.hpp"
#include "kindred/engine/task_context.hpp"
#include "kindred/rdd/file_split.hpp"
#include "kindred/rdd/op_label.hpp"
#include "kindred/rdd/text_blocks.hpp"

namespace kindred::detail {

/// The number of lines of a split, which nobody looks at.
std::uint64_t count_lines(const FileSplit& split, TaskContext& task);

/// The source of text_file(): a pipeline without parent that passes each line without its LF or
/// CRLF. What is behind the last line break is a line too, unless it is empty.
struct Lines {
  using Passed = std::string_view;

  std::shared_ptr<const std::vector<FilePartition>> files;
  std::shared_ptr<const OpLabel> label;

  /// Finds the files and plans the partitions, as plan_splits() does; what it throws names `label`.
  ///     Lines::open("words.txt", {}, {"text_file", "", "words.cpp", 12})
  static Lines open(const std::string& paths, std::optional<std::uint32_t> partitions,
                    OpLabel label) {
    auto files = name_call(label, [&] { return plan_splits(paths, partitions); });
    return {std::make_shared<const std::vector<FilePartition>>(std::move(files)),
            std::make_shared<const OpLabel>(std::move(label))};
  }
  std::uint32_t partitions() const { return static_cast<std::uint32_t>(files->size()); }

  template <class Sink>
  bool run(PartitionId partition, TaskContext& task, Sink& sink) const {
    for (const auto& split : files->at(partition.value)) {
      if (!run_split(split, task, sink)) return false;
    }
    return true;
  }

  std::uint64_t count_rows(PartitionId partition, TaskContext& task) const {
    std::uint64_t rows = 0;
    for (const auto& split : files->at(partition.value)) rows += count_lines(split, task);
    return rows;
  }

  void encode(LineageWriter& out) const { out.value(*files); }
  static Lines decode(LineageReader& in) {
    auto files =
        std::make_shared<const std::vector<FilePartition>>(in.value<std::vector<FilePartition>>());
    return {std::move(files), std::make_shared<const OpLabel>(in.label())};
  }
  void parents(std::vector<NodeRef>&) const {}
  void labels(OpLabels& out) const { out.push_back(*label); }

 private:
  template <class Sink>
  static bool run_split(const FileSplit& split, TaskContext& task, Sink& sink);
};

template <class Sink>
bool Lines::run_split(const FileSplit& split, TaskContext& task, Sink& sink) {
  TextBlocks blocks(split, task.memory());
  std::size_t unread = 0;
  while (blocks.refill(unread)) {
    task.check_stop();
    const auto text = blocks.text();
    const char* line = text.data();
    const char* const end = line + text.size();
    while (line != end) {
      const auto* lf =
          static_cast<const char*>(std::memchr(line, '\n', static_cast<std::size_t>(end - line)));
      if (lf == nullptr) break;
      const bool crlf = lf != line && lf[-1] == '\r';
      if (!sink(std::string_view(line, static_cast<std::size_t>(lf - line) - (crlf ? 1 : 0)))) {
        return false;
      }
      line = lf + 1;
    }
    unread = static_cast<std::size_t>(end - line);
  }
  const auto text = blocks.text();
  return unread == 0 || sink(text.substr(text.size() - unread));
}

}  // namespace kindred::detail
