#include "kindred/cluster/broadcast_exchange.hpp"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>

#include "kindred/engine/error.hpp"
#include "kindred/engine/sealed_block.hpp"

namespace kindred::cluster {

// ---- who has what ------------------------------------------------------------------------------

Piece DriverPieces::find(const FetchPiece& wanted, ExecutorId asker) {
  auto piece = origin_->piece(wanted.broadcast, wanted.index);  // throws for one that was destroyed
  if (piece.pieces > 1 && !wanted.here) {
    const std::lock_guard lock(mutex_);
    auto& holders = holders_[{wanted.broadcast, wanted.index}];
    // The driver takes its turn, so that it serves no more than any other.
    const auto turn = holders.turn++ % (holders.executors.size() + 1);
    if (turn < holders.executors.size() && holders.executors[turn] != asker) {
      return {wanted.request, piece.pieces, true, holders.executors[turn], {}};
    }
  }
  return {wanted.request, piece.pieces, false, {}, *piece.sealed};
}

void DriverPieces::note(const HavePiece& piece, ExecutorId holder) {
  const std::lock_guard lock(mutex_);
  if (gone_.contains(holder)) return;
  auto& [executors, turn] = holders_[{piece.broadcast, piece.index}];
  if (std::find(executors.begin(), executors.end(), holder) != executors.end()) return;
  turn = executors.size();  // its turn is next: it has served nobody yet
  executors.push_back(holder);
}

void DriverPieces::forget(ExecutorId executor) {
  const std::lock_guard lock(mutex_);
  gone_.insert(executor);
  for (auto& [piece, holders] : holders_) std::erase(holders.executors, executor);
}

void DriverPieces::forget(BroadcastId broadcast) {
  const std::lock_guard lock(mutex_);
  std::erase_if(holders_, [&](const auto& entry) { return entry.first.first == broadcast; });
}

Piece ExecutorPieces::find(const FetchPiece& wanted, ExecutorId) {
  const auto piece = store_.piece(wanted.broadcast, wanted.index);
  if (piece.sealed == nullptr) throw Error("the piece of the broadcast is no longer there");
  return {wanted.request, piece.pieces, false, {}, *piece.sealed};
}

// ---- fetching ----------------------------------------------------------------------------------

BroadcastFetcher::Fetched BroadcastFetcher::open(Piece piece) const {
  auto raw = open_block(piece.bytes);
  return {std::move(raw),
          {piece.pieces, std::make_shared<const std::string>(std::move(piece.bytes))}};
}

BroadcastFetcher::Fetched BroadcastFetcher::fetch_piece(BroadcastId id, std::uint32_t index) const {
  auto answer = client_->fetch_piece(kDriverBlocks, id, index, false);
  try {
    return open(answer.elsewhere ? client_->fetch_piece(answer.at, id, index, true)
                                 : std::move(answer));
  } catch (const Error&) {
    // The peer is gone or lost the piece, or the bytes were altered on their way.
    return open(client_->fetch_piece(kDriverBlocks, id, index, true));
  }
}

AccountedString BroadcastFetcher::fetch(BroadcastId id, BroadcastStore& store,
                                        const MemoryRef& memory) {
  AccountedString bytes{Accounted<char>(memory)};
  std::uint32_t pieces = 1;
  std::size_t size = 0;
  const auto take = [&](std::uint32_t index) {
    auto [raw, piece] = fetch_piece(id, index);
    if (index == 0) {
      pieces = piece.pieces;
      bytes.resize(pieces == 1 ? raw.size() : pieces * kBroadcastPieceBytes);
    }
    const bool last = index + 1 == pieces;
    if (piece.pieces != pieces || raw.size() > kBroadcastPieceBytes ||
        (!last && raw.size() != kBroadcastPieceBytes)) {
      throw DecodeError("a piece of a broadcast has another size than its place says");
    }
    std::memcpy(bytes.data() + index * kBroadcastPieceBytes, raw.data(), raw.size());
    if (last) size = index * kBroadcastPieceBytes + raw.size();
    if (pieces > 1 && store.keep_piece(id, index, std::move(piece), memory)) {
      client_->announce(id, index);
    }
  };
  take(0);
  // Each executor begins elsewhere, so that they soon have different pieces to give to each other.
  for (std::uint32_t i = 0; i + 1 < pieces; ++i) {
    take(static_cast<std::uint32_t>(1 + (self_.value + i) % (pieces - 1)));
  }
  bytes.resize(size);
  return bytes;
}

}  // namespace kindred::cluster
