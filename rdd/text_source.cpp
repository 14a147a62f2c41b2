#include "kindred/rdd/text_source.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace kindred::detail {
namespace {

// In pieces whose count fits in a byte: the compiler then counts in as many bytes at once as a
// register holds. They are a multiple of that, so that none is left to be counted alone.
std::uint64_t line_ends(std::string_view text) {
  constexpr std::size_t kPiece = 192;
  std::uint64_t all = 0;
  std::size_t begin = 0;
  for (; begin + kPiece <= text.size(); begin += kPiece) {
    const char* const piece = text.data() + begin;
    std::uint8_t count = 0;
    for (std::size_t i = 0; i < kPiece; ++i) {
      count = static_cast<std::uint8_t>(count + (piece[i] == '\n' ? 1 : 0));
    }
    all += count;
  }
  const auto rest = text.substr(begin);
  return all + static_cast<std::uint64_t>(std::count(rest.begin(), rest.end(), '\n'));
}

}  // namespace

std::uint64_t count_lines(const FileSplit& split, TaskContext& task) {
  TextBlocks blocks(split, task.memory());
  std::uint64_t lines = 0;
  std::size_t unread = 0;  // behind the last line end
  while (blocks.refill(unread)) {
    task.check_stop();
    const auto text = blocks.text();
    lines += line_ends(text);
    unread = text.size() - (text.rfind('\n') + 1);  // npos + 1 is 0
  }
  return lines + (unread > 0 ? 1 : 0);
}

}  // namespace kindred::detail
