// Inside cluster/ only: a two-way stream of bytes, whatever carries it.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include <asio.hpp>

#include "kindred/cluster/frame.hpp"

namespace kindred::cluster {

/// One end of a stream. Its owner calls it on executor(), reads one piece and writes one list at a
/// time, and keeps it alive by what `done` holds. It goes before its io_context does, at the latest
/// with the handlers that are left there.
class Stream {
 public:
  using Done = std::function<void(asio::error_code error, std::size_t size)>;

  Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  virtual ~Stream() = default;

  /// Where each `done` is called, one at a time, and never inside the call that it was given to.
  virtual asio::any_io_executor executor() = 0;
  /// Reads what is there, as soon as that is one byte at least.
  virtual void read_some(std::span<char> space, Done done) = 0;
  /// Writes all frames, in their order. They stay where they are until `done`.
  virtual void write(const std::vector<OutgoingFrame>& frames, Done done) = 0;
  /// Ends both directions, and what waits; what was written before still arrives.
  virtual void close() = 0;
};

}  // namespace kindred::cluster
