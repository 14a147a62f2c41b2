// Inside cluster/ only: bytes of a pipe to lines.
#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <string>
#include <string_view>

namespace kindred::cluster {

/// Makes whole lines of bytes that come in pieces.
class LineSplitter {
 public:
  /// A line that is longer is cut: its sender must not cost us as much memory as it likes.
  static constexpr std::size_t kMostLine = 16 << 10;

  /// Gives `line` each line that `bytes` ends, without its end.
  template <class Line>
  void take(std::string_view bytes, const Line& line) {
    while (!bytes.empty()) {
      const auto end = bytes.find('\n');
      const auto size = std::min(end == bytes.npos ? bytes.size() : end, kMostLine - open_.size());
      open_.append(bytes.substr(0, size));
      bytes.remove_prefix(size);
      const bool ended = !bytes.empty() && bytes.front() == '\n';
      if (ended) bytes.remove_prefix(1);
      if (ended || open_.size() == kMostLine) give(line);
    }
  }
  /// Gives what came since the last line's end, if anything did.
  template <class Line>
  void finish(const Line& line) {
    if (!open_.empty()) give(line);
  }

 private:
  template <class Line>
  void give(const Line& line) {
    line(std::string_view(open_));
    open_.clear();
  }

  std::string open_;
};

/// The last lines of something long.
class LastLines {
 public:
  static constexpr std::size_t kMostLines = 8;
  static constexpr std::size_t kMostOfLine = 200;

  void add(std::string_view line) {
    if (lines_.size() == kMostLines) lines_.pop_front();
    lines_.emplace_back(line.substr(0, kMostOfLine));
  }
  const std::deque<std::string>& lines() const { return lines_; }

 private:
  std::deque<std::string> lines_;
};

}  // namespace kindred::cluster
