#include "kindred/cluster/memory_network.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace kindred::cluster {
namespace {

class MemoryStream;

// The bytes on their way to one end of a stream.
struct Direction {
  std::string bytes;  // that arrived
  std::size_t read = 0;
  bool over = false;           // none come after them
  bool lost = false;           // none arrive any more
  std::uint32_t held = 0;      // messages that are to be sent until `late` arrives
  std::string late;            // what was sent meanwhile,
  bool over_late = false;      // and whether its end was
  MemoryStream* to = nullptr;  // that end, while it is there

  void wake();
  void put(std::string_view sent) {
    if (lost || over || over_late) return;
    (held > 0 ? late : bytes).append(sent);
    wake();
  }
  void end() {
    if (lost) return;
    (held > 0 ? over_late : over) = true;
    wake();
  }
  void let_go() {
    held = 0;
    if (lost || over) return;
    bytes += std::exchange(late, {});
    over = over_late;
    wake();
  }
};

// Both directions of a stream, by the end that they lead to.
using Link = std::array<Direction, 2>;

struct Port {
  asio::io_context* io = nullptr;
  std::function<void(std::unique_ptr<Stream>)> taken;
};

}  // namespace

// All that is under way. Of whoever holds `mutex`.
class MemoryWire {
 public:
  explicit MemoryWire(MemoryNetwork::Faults faults) : faults_(std::move(faults)) {}

  void send(const std::shared_ptr<Link>& link, std::size_t to, std::string_view frame) {
    pass_time();
    auto& way = (*link)[to];
    switch (faults_ ? faults_(frame) : Fate::arrives) {
      case Fate::arrives:
        return way.put(frame);
      case Fate::cut_before:
        return cut(*link);
      case Fate::cut_within:
        way.put(frame.substr(0, frame.size() / 2));
        return cut(*link);
      case Fate::cut_after:
        way.put(frame);
        return cut(*link);
      case Fate::lost_from_here:
        way.lost = true;
        return;
      case Fate::held:
        if (std::exchange(way.held, MemoryNetwork::kHeldFor) == 0) held_.emplace_back(link, to);
        return way.put(frame);
      case Fate::altered:
        std::string other(frame);
        other[other.size() / 2] = static_cast<char>(other[other.size() / 2] ^ 1);
        return way.put(other);
    }
  }

  std::mutex mutex;
  std::map<std::uint16_t, Port> ports;

 private:
  void pass_time() {
    std::erase_if(held_, [](const auto& one) {
      auto& way = (*one.first)[one.second];
      if (--way.held > 0) return false;
      way.let_go();
      return true;
    });
  }
  static void cut(Link& link) {
    for (auto& way : link) way.end();
  }

  const MemoryNetwork::Faults faults_;
  std::vector<std::pair<std::shared_ptr<Link>, std::size_t>> held_;
};

namespace {

// The streams of an io_context. A service, because it must be done with them before the io_context
// lets go of what is queued there: the other ends, whose threads go on, queue no more then.
class StreamsOf final : public asio::execution_context::service {
 public:
  using key_type = StreamsOf;
  static inline asio::execution_context::id id;

  explicit StreamsOf(asio::execution_context& context) : service(context) {}
  static StreamsOf& find(asio::io_context& io) {
    // Services end in the opposite order of their beginnings: that of strands is there before.
    (void)asio::make_strand(io);
    return asio::use_service<StreamsOf>(static_cast<asio::execution_context&>(io));
  }

  void add(MemoryStream& stream) {
    const std::lock_guard lock(mutex_);
    streams_.push_back(&stream);
  }
  void remove(MemoryStream& stream) {
    const std::lock_guard lock(mutex_);
    std::erase(streams_, &stream);
  }

 private:
  void shutdown() override;

  std::mutex mutex_;
  std::vector<MemoryStream*> streams_;  // guarded by mutex_
};

class MemoryStream final : public Stream {
 public:
  MemoryStream(asio::io_context& io, std::shared_ptr<MemoryWire> wire, std::shared_ptr<Link> link,
               std::size_t end)
      : wire_(std::move(wire)),
        link_(std::move(link)),
        end_(end),
        neighbours_(StreamsOf::find(io)),
        strand_(asio::make_strand(io)) {
    neighbours_.add(*this);
    (*link_)[end_].to = this;  // both ends are made before anybody uses one
  }
  ~MemoryStream() override {
    close();
    leave();
    neighbours_.remove(*this);
  }

  asio::any_io_executor executor() override { return strand_; }

  void read_some(std::span<char> space, Done done) override {
    const std::lock_guard lock(wire_->mutex);
    waiting_ = {space, std::move(done)};
    work_.emplace(strand_);
    wake();
  }

  void write(const std::vector<OutgoingFrame>& frames, Done done) override {
    asio::error_code error;
    std::size_t size = 0;
    {
      const std::lock_guard lock(wire_->mutex);
      for (const auto& frame : frames) {
        if (closed_ || (*link_)[1 - end_].over) {
          error = asio::error::broken_pipe;
          break;
        }
        const auto bytes = frame.joined();
        wire_->send(link_, 1 - end_, bytes);
        size += bytes.size();
      }
    }
    asio::post(strand_, [done = std::move(done), error, size] { done(error, size); });
  }

  void close() override {
    const std::lock_guard lock(wire_->mutex);
    if (std::exchange(closed_, true)) return;
    auto& mine = (*link_)[end_];
    auto& others = (*link_)[1 - end_];
    others.end();
    // Who does not hear of the end writes on, to nobody.
    (others.lost ? mine.lost : mine.over) = true;
    mine.wake();
  }

  /// Of whoever holds the wire's mutex: goes on where there is something to read, or nothing more.
  void wake() {
    const auto& way = (*link_)[end_];
    if (!waiting_.done || !(closed_ || way.over || way.read < way.bytes.size())) return;
    asio::post(strand_, [this, waiting = std::exchange(waiting_, {})] { take(waiting); });
    work_.reset();
  }
  /// Is woken no more. Gives what waited, which may hold the last reference to this.
  Done leave() {
    const std::lock_guard lock(wire_->mutex);
    (*link_)[end_].to = nullptr;
    work_.reset();
    return std::exchange(waiting_, {}).done;
  }

 private:
  using Strand = asio::strand<asio::io_context::executor_type>;
  struct Waiting {
    std::span<char> space;
    Done done;
  };

  void take(const Waiting& waiting) {
    std::size_t size = 0;
    asio::error_code error;
    {
      const std::lock_guard lock(wire_->mutex);
      auto& way = (*link_)[end_];
      if (closed_) {
        error = asio::error::operation_aborted;
      } else if (way.read < way.bytes.size()) {
        size = std::min(waiting.space.size(), way.bytes.size() - way.read);
        std::memcpy(waiting.space.data(), way.bytes.data() + way.read, size);
        way.read += size;
        if (way.read == way.bytes.size()) {
          way.bytes.clear();
          way.read = 0;
        }
      } else {
        error = asio::error::eof;
      }
    }
    waiting.done(error, size);
  }

  const std::shared_ptr<MemoryWire> wire_;
  const std::shared_ptr<Link> link_;
  const std::size_t end_;
  StreamsOf& neighbours_;
  const Strand strand_;
  bool closed_ = false;  // guarded by the wire's mutex, as the next two
  Waiting waiting_;
  std::optional<asio::executor_work_guard<Strand>> work_;  // lets io_context::run() wait as well
};

void Direction::wake() {
  if (to != nullptr) to->wake();
}

void StreamsOf::shutdown() {
  std::vector<MemoryStream*> streams;
  {
    const std::lock_guard lock(mutex_);
    streams = streams_;
  }
  std::vector<Stream::Done> waiting;  // goes last: what it holds may be streams of this list
  for (auto* const stream : streams) waiting.push_back(stream->leave());
}

class MemoryListener final : public Listener {
 public:
  MemoryListener(asio::io_context& io, std::shared_ptr<MemoryWire> wire)
      : io_(io), wire_(std::move(wire)) {
    const std::lock_guard lock(wire_->mutex);
    while (wire_->ports.contains(port_)) ++port_;
    wire_->ports.emplace(port_, Port{});
  }
  ~MemoryListener() override { close(); }

  std::uint16_t port() const override { return port_; }
  void accept_each(std::function<void(std::unique_ptr<Stream>)> taken) override {
    const std::lock_guard lock(wire_->mutex);
    wire_->ports[port_] = {&io_, std::move(taken)};
  }
  void close() override {
    if (std::exchange(closed_, true)) return;
    const std::lock_guard lock(wire_->mutex);
    wire_->ports.erase(port_);
  }

 private:
  asio::io_context& io_;
  const std::shared_ptr<MemoryWire> wire_;
  std::uint16_t port_ = 1;
  bool closed_ = false;
};

}  // namespace

MemoryNetwork::MemoryNetwork(Faults faults)
    : wire_(std::make_shared<MemoryWire>(std::move(faults))) {}

std::unique_ptr<Listener> MemoryNetwork::listen(asio::io_context& io) {
  return std::make_unique<MemoryListener>(io, wire_);
}

void MemoryNetwork::connect(asio::io_context& io, std::uint16_t port, Connected connected) {
  const auto link = std::make_shared<Link>();
  auto near = std::make_unique<MemoryStream>(io, wire_, link, 0);
  asio::error_code error;
  {
    const std::unique_lock lock(wire_->mutex);
    const auto found = wire_->ports.find(port);
    if (found == wire_->ports.end() || !found->second.taken) {
      error = asio::error::connection_refused;
    } else {
      // Under the lock: the port's io_context lives as long as the port.
      auto& listening = *found->second.io;
      auto far = std::make_unique<MemoryStream>(listening, wire_, link, 1);
      asio::post(listening, [taken = found->second.taken, far = std::move(far)]() mutable {
        taken(std::move(far));
      });
    }
  }
  if (error) near.reset();
  asio::post(io, [connected = std::move(connected), error, near = std::move(near)]() mutable {
    connected(error, std::move(near));
  });
}

}  // namespace kindred::cluster
