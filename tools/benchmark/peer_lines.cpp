#include "peer_lines.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <utility>

namespace bench {

namespace {

// Behind its first word; nothing where that is another word, or more than one number follows.
template <class Number>
std::optional<Number> number_after(std::string_view word, std::string_view line) {
  if (!line.starts_with(word)) return {};
  line.remove_prefix(word.size());
  Number number{};
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), number);
  if (error != std::errc{} || end != line.data() + line.size()) return {};
  return number;
}

std::string why_failed(const PeerResult& result, std::string_view chatter, std::uint64_t expected) {
  if (result.checksum && *result.checksum != expected) {
    return fmt::format("the checksum is {}, not {}", *result.checksum, expected);
  }
  if (result.checksum && !result.seconds.empty()) return {};
  return chatter.empty() ? "it printed no figures" : std::string(chatter);
}

}  // namespace

PeerResult read_peer(std::string peer, std::string_view lines, std::uint64_t expected) {
  constexpr std::string_view kSkipped = "skipped ";
  PeerResult result{.peer = std::move(peer)};
  std::string_view chatter;
  while (!lines.empty()) {
    const auto line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(line.size() + 1, lines.size()));
    if (const auto seconds = number_after<double>("seconds ", line)) {
      result.seconds.push_back(*seconds);
    } else if (const auto checksum = number_after<std::uint64_t>("checksum ", line)) {
      result.checksum = checksum;
    } else if (line.starts_with(kSkipped)) {
      result.skipped = line.substr(kSkipped.size());
    } else if (!line.empty()) {
      chatter = line;
    }
  }
  if (result.skipped.empty()) result.failed = why_failed(result, chatter, expected);
  return result;
}

}  // namespace bench
