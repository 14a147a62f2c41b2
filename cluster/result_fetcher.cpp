#include "kindred/cluster/result_fetcher.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "kindred/engine/error.hpp"
#include "kindred/engine/log.hpp"

namespace kindred::cluster {
namespace {

// One is made ready while the other is taken in.
constexpr std::uint64_t kMostUnderWay = 2 * kResultPieceBytes;

std::uint64_t piece_at(std::uint64_t offset, std::uint64_t size) {
  return std::min<std::uint64_t>(kResultPieceBytes, size - offset);
}

}  // namespace

void ResultFetcher::announced(ExecutorId executor, ResultWaits message) {
  const bool is_new = waiting_
                          .emplace(message.task, Waiting{executor, std::move(message.done),
                                                         message.size, message.checksum})
                          .second;
  if (!is_new) throw DecodeError("a result that waits already was announced");
  report_(scheduler::ResultAnnounced{message.task, executor, message.size});
}

void ResultFetcher::fetch(TaskId task) {
  const auto found = waiting_.find(task);
  if (found != waiting_.end()) ask(task, found->second);
}

void ResultFetcher::kill(TaskId task) {
  const auto found = waiting_.find(task);
  if (found == waiting_.end()) return;
  end(task, Killed{"the driver ended the task before it had read its result",
                   std::move(found->second.done.cached)});
}

void ResultFetcher::arrived(ExecutorId executor, ResultPiece piece) {
  const auto found = waiting_.find(piece.task);
  if (found == waiting_.end() || found->second.executor != executor) return;
  auto& result = found->second;
  if (piece.round < result.round) return;
  const auto here = result.bytes.size();
  if (piece.round > result.round || here >= result.asked) {
    throw DecodeError("a piece of a result that nobody asked for");
  }
  if (!piece.found) return ask_again(piece.task, result, "it is not there any longer");
  if (piece.offset != here || piece.bytes.size() != piece_at(here, result.size)) {
    return ask_again(piece.task, result, "a piece has another place or size than was asked for");
  }
  add(result, std::move(piece.bytes));
  if (result.bytes.size() < result.size) return ask(piece.task, result);
  if (result.sum != result.checksum) {
    return ask_again(piece.task, result, "its checksum does not match");
  }
  send_(executor, DropResult{piece.task});
  result.done.value.bytes = std::move(result.bytes);
  end(piece.task, std::move(result.done));
}

void ResultFetcher::forget(ExecutorId executor) {
  std::erase_if(waiting_, [&](const auto& entry) { return entry.second.executor == executor; });
}

void ResultFetcher::ask(TaskId task, Waiting& result) {
  while (result.asked < result.size && result.asked < result.bytes.size() + kMostUnderWay) {
    send_(result.executor, FetchResult{task, result.round, result.asked});
    result.asked += piece_at(result.asked, result.size);
  }
}

// As much again as is here at most: the announced size is not to be trusted with memory.
void ResultFetcher::add(Waiting& result, std::string piece) {
  result.sum = add_to_checksum(result.sum, piece);
  if (result.bytes.empty()) {
    result.bytes = std::move(piece);
    return;
  }
  const auto needed = result.bytes.size() + piece.size();
  if (needed > result.bytes.capacity()) {
    result.bytes.reserve(std::min(result.size, std::max(needed, 2 * result.bytes.size())));
  }
  result.bytes += piece;
}

void ResultFetcher::ask_again(TaskId task, Waiting& result, const std::string& why) {
  auto text = fmt::format("a result of {} bytes could not be read: {}", result.size, why);
  if (result.round > 0) {
    send_(result.executor, DropResult{task});
    return end(task, Lost{std::move(text), std::move(result.done.cached)});
  }
  detail::log_warning(
      fmt::format("executor {}: {}; it is asked again", result.executor.value, text));
  ++result.round;
  result.asked = 0;
  result.bytes = {};
  result.sum = 0;
  ask(task, result);
}

void ResultFetcher::end(TaskId task, TaskOutcome outcome) {
  const auto executor = waiting_.extract(task).mapped().executor;
  report_(scheduler::TaskEnded{task, executor, std::move(outcome)});
}

}  // namespace kindred::cluster
