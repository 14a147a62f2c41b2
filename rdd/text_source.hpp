// text_file(): the lines of a text file.
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
#include "kindred/rdd/text_blocks.hpp"

namespace kindred::detail {

/// The source of text_file(): a pipeline without parent that passes each line without its LF or
/// CRLF. What is behind the last line break is a line too, unless it is empty.
struct Lines {
  using Passed = std::string_view;

  std::shared_ptr<const std::vector<FileSplit>> splits;
  std::shared_ptr<const OpLabel> label;

  /// Finds the file and plans its partitions, as plan_splits() does.
  ///     Lines::open("words.txt", {}, {"text_file", "", "words.cpp", 12})
  static Lines open(const std::string& path, std::optional<std::uint32_t> partitions,
                    OpLabel label) {
    return {std::make_shared<const std::vector<FileSplit>>(plan_splits(path, partitions)),
            std::make_shared<const OpLabel>(std::move(label))};
  }
  std::uint32_t partitions() const { return static_cast<std::uint32_t>(splits->size()); }

  template <class Sink>
  bool run(PartitionId partition, TaskContext& task, Sink& sink) const;

  void encode(LineageWriter& out) const { out.value(*splits); }
  static Lines decode(LineageReader& in) {
    auto splits =
        std::make_shared<const std::vector<FileSplit>>(in.value<std::vector<FileSplit>>());
    return {std::move(splits), std::make_shared<const OpLabel>(in.label())};
  }
  void parents(std::vector<NodeRef>&) const {}
  void labels(OpLabels& out) const { out.push_back(*label); }
};

template <class Sink>
bool Lines::run(PartitionId partition, TaskContext& task, Sink& sink) const {
  TextBlocks blocks(splits->at(partition.value), task.memory());
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
