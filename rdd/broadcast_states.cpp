#include "kindred/rdd/broadcast_states.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "kindred/engine/error.hpp"
#include "kindred/engine/sealed_block.hpp"
#include "kindred/engine/task_context.hpp"
#include "kindred/rdd/live_states.hpp"
#include "kindred/rdd/session.hpp"

namespace kindred::detail {
namespace {

LiveStates<BroadcastId, BroadcastState>& live_broadcasts() {
  // Never destroyed: a Context may be a global.
  static auto* const all = new LiveStates<BroadcastId, BroadcastState>;
  return *all;
}

std::string text_of(BroadcastId id) {
  const auto state = live_broadcasts().find(id);
  return state == nullptr ? "broadcast" : state->label().text();
}

}  // namespace

BroadcastState::Value BroadcastState::value() const {
  const std::lock_guard lock(mutex_);
  check_alive();
  return value_;
}

BroadcastPiece BroadcastState::piece(std::uint32_t index) {
  const std::lock_guard lock(mutex_);
  check_alive();
  if (pieces_.empty()) {
    const auto bytes = encode_(value_.get());
    Reservation encoded(memory_);
    encoded.add(bytes.size());
    std::vector<std::shared_ptr<const std::string>> pieces;
    auto held = std::make_unique<Reservation>(memory_);
    for (std::size_t at = 0; at == 0 || at < bytes.size(); at += kBroadcastPieceBytes) {
      auto sealed = seal_block(std::string_view(bytes).substr(at, kBroadcastPieceBytes));
      held->add(sealed.size());
      pieces.push_back(std::make_shared<const std::string>(std::move(sealed)));
    }
    pieces_ = std::move(pieces);
    held_ = std::move(held);
  }
  if (index >= pieces_.size()) throw DecodeError("a piece of a broadcast that does not have it");
  return {static_cast<std::uint32_t>(pieces_.size()), pieces_[index]};
}

void BroadcastState::unpersist() {
  {
    const std::lock_guard lock(mutex_);
    check_alive();
    pieces_.clear();
    held_.reset();
  }
  drop_copies();
}

void BroadcastState::destroy(OpLabel where) {
  Value dropped;  // destroyed after the lock is given back
  {
    const std::lock_guard lock(mutex_);
    if (destroyed_) return;
    destroyed_ = std::move(where);
    dropped = std::move(value_);
    pieces_.clear();
    held_.reset();
  }
  drop_copies();
}

void BroadcastState::drop_copies() {
  if (const auto session = session_.lock()) session->drop_broadcast(id_);
}

void BroadcastState::check_alive() const {
  if (!destroyed_) return;
  throw UsageError(fmt::format(
      "{} was used after its {}. destroy() it after the last job that needs it, or unpersist() it, "
      "which drops the executors' copies alone",
      label_.text(), destroyed_->text()));
}

BroadcastStates::~BroadcastStates() {
  for (const auto& [id, state] : states_) live_broadcasts().remove(id);
}

void BroadcastStates::add(std::shared_ptr<BroadcastState> state) {
  live_broadcasts().add(state->id(), state);
  const std::lock_guard lock(mutex_);
  const auto id = state->id();
  states_.emplace(id, std::move(state));
}

std::shared_ptr<const void> BroadcastStates::value(BroadcastId id) { return find(id)->value(); }

BroadcastPiece BroadcastStates::piece(BroadcastId id, std::uint32_t index) {
  return find(id)->piece(index);
}

std::shared_ptr<BroadcastState> BroadcastStates::find(BroadcastId id) {
  const std::lock_guard lock(mutex_);
  const auto found = states_.find(id);
  if (found != states_.end()) return found->second;
  throw UsageError(fmt::format(
      "{}: a task used a broadcast of another Context, or of one that is gone: make one with the "
      "Context that runs the job",
      text_of(id)));
}

std::shared_ptr<BroadcastState> broadcast_of_driver(BroadcastId id, std::string_view member) {
  if (current_task() != nullptr) {
    throw UsageError(fmt::format(
        "broadcast: {}() was called inside a function that runs in a task: call it in the driver",
        member));
  }
  auto state = live_broadcasts().find(id);
  if (state == nullptr) {
    throw UsageError(
        fmt::format("broadcast: {}() was called outside of a task, where the Context that made the "
                    "broadcast is gone or never was: keep the Context until then, and do not use "
                    "the handle in threads that a task's function starts",
                    member));
  }
  return state;
}

}  // namespace kindred::detail
