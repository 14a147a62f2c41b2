#include "peers.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ostream.h>
#include <string_view>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "measure.hpp"
#include "process.hpp"
#include "report.hpp"

namespace bench {

namespace {

constexpr std::array<std::string_view, 3> kPeers{"pyspark", "polars", "duckdb"};
constexpr std::array<std::string_view, 8> kExpressed{"W1-csv", "W2", "W3-sum", "W4",
                                                     "W5",     "W6", "W12",    "W13"};

// What a command prints, on both streams, and how it ended.
std::pair<std::string, std::string> output_of(const std::vector<std::string>& command) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    throw std::system_error(errno, std::generic_category(), "pipe");
  }
  const Descriptor read_end(ends[0]);
  Descriptor write_end(ends[1]);
  Process process(command,
                  {{write_end.number(), STDOUT_FILENO}, {write_end.number(), STDERR_FILENO}});
  write_end.close();  // or there would be no end to read
  std::string text;
  std::array<char, 4096> piece;
  for (ssize_t got = 0; (got = ::read(read_end.number(), piece.data(), piece.size())) != 0;) {
    if (got > 0) text.append(piece.data(), std::size_t(got));
    if (got < 0 && errno != EINTR) break;
  }
  auto ended = process.wait();
  return {std::move(text), std::move(ended)};
}

bool can_import(const std::string& python, std::string_view peer) try {
  return output_of({python, "-c", fmt::format("import {}", peer)}).second.empty();
} catch (const std::system_error&) {
  return false;  // there is no such interpreter
}

PeerResult run_one(const std::string& python, const std::string& peer, const Comparison& comparison,
                   const Setup& setup, int runs) {
  const auto program =
      fmt::format("{}/tools/benchmark/peers/with_{}.py", KINDRED_BENCH_SOURCES, peer);
  const auto [text, ended] =
      output_of({python, program, std::string(comparison.workload.name), "--threads",
                 std::to_string(setup.threads), "--divisor", std::to_string(setup.divisor),
                 "--files", setup.files, "--runs", std::to_string(runs)});
  auto result = read_peer(peer, text, *comparison.checksum);
  if (!ended.empty() && result.failed.empty()) result.failed = ended;
  return result;
}

}  // namespace

Peers::Peers(std::ostream& out, std::string python) : python_(std::move(python)) {
  for (const auto peer : kPeers) {
    if (can_import(python_, peer)) {
      found_.emplace_back(peer);
    } else {
      fmt::print(out, "{}: not found ({} cannot import it)\n", peer, python_);
    }
  }
  out << std::flush;
}

void Peers::run(Comparison& comparison, const Setup& setup, int runs) const {
  if (!comparison.measured() || !comparison.checksum) return;
  if (std::ranges::find(kExpressed, comparison.workload.name) == kExpressed.end()) return;
  for (const auto& peer : found_) {
    comparison.peers.push_back(run_one(python_, peer, comparison, setup, runs));
  }
}

void print_peers(std::ostream& out, const Comparison& comparison) {
  for (const auto& result : comparison.peers) {
    if (!result.measured()) {
      fmt::print(out, "  {:<15} {}: {}\n", result.peer,
                 result.failed.empty() ? "skipped" : "FAILED",
                 result.failed.empty() ? result.skipped : result.failed);
    } else {
      const auto middle = median(result.seconds);
      fmt::print(out, "  {:<15} {:>9} {:>9} {:>29.2f} times the engine's\n", result.peer,
                 seconds_text(std::ranges::min(result.seconds)), seconds_text(middle),
                 middle / comparison.engine.middle());
    }
  }
  out << std::flush;
}

}  // namespace bench
