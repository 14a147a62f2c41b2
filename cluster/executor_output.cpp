#include "kindred/cluster/executor_output.hpp"

#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <utility>

namespace kindred::cluster {
namespace {

constexpr std::size_t kPiece = 64 << 10;
// What a pipe can hold at most, in pieces: whoever is still writing gets no more read than that.
constexpr int kMostPieces = 64;

}  // namespace

struct ExecutorOutput::Stream {
  Stream(asio::io_context& io, int descriptor, std::FILE* target, Printer& printer)
      : pipe(io, descriptor), to(target), of(&printer) {}

  asio::posix::stream_descriptor pipe;
  std::FILE* const to;
  Printer* const of;  // outlives the open pipe
  LineSplitter lines;
  bool paused = false;
};

struct ExecutorOutput::Printer {
  std::string prefix;
  LastLines last;
  std::array<std::shared_ptr<Stream>, 2> streams;
};

ExecutorOutput::ExecutorOutput(asio::io_context& io)
    : io_(io), writer_([this] { asio::post(io_, [this] { go_on(); }); }) {}

ExecutorOutput::~ExecutorOutput() = default;

void ExecutorOutput::add(ExecutorId executor, int output, int error) {
  auto printer = std::make_unique<Printer>();
  printer->prefix = fmt::format("[executor {}] ", executor.value);
  printer->streams = {std::make_shared<Stream>(io_, output, stdout, *printer),
                      std::make_shared<Stream>(io_, error, stderr, *printer)};
  for (const auto& stream : printer->streams) {
    stream->pipe.non_blocking(true);
    wait(stream);
  }
  printers_.emplace(executor, std::move(printer));
}

void ExecutorOutput::wait(const std::shared_ptr<Stream>& stream) {
  stream->pipe.async_wait(asio::posix::stream_descriptor::wait_read,
                          [this, stream](asio::error_code error) {
                            if (error || !stream->pipe.is_open()) return;
                            if (read_once(*stream) == Read::end) return;
                            stream->paused = writer_.full();
                            if (!stream->paused) wait(stream);
                          });
}

ExecutorOutput::Read ExecutorOutput::read_once(Stream& stream) {
  std::string bytes(kPiece, '\0');
  const auto size = ::read(stream.pipe.native_handle(), bytes.data(), bytes.size());
  if (size < 0) return errno == EAGAIN || errno == EINTR ? Read::nothing : Read::end;
  if (size == 0) return Read::end;
  std::string text;
  stream.lines.take({bytes.data(), static_cast<std::size_t>(size)}, [&](std::string_view line) {
    stream.of->last.add(line);
    text.append(stream.of->prefix).append(line).push_back('\n');
  });
  if (!text.empty()) writer_.put(stream.to, std::move(text));
  return Read::some;
}

void ExecutorOutput::read_all(Printer& printer) {
  for (const auto& stream : printer.streams) {
    for (int i = 0; i < kMostPieces && read_once(*stream) == Read::some; ++i) continue;
  }
}

std::deque<std::string> ExecutorOutput::last_lines(ExecutorId executor) {
  const auto found = printers_.find(executor);
  if (found == printers_.end()) return {};
  read_all(*found->second);
  return found->second->last.lines();
}

std::deque<std::string> ExecutorOutput::finish(ExecutorId executor) {
  const auto printer = std::move(printers_.extract(executor).mapped());
  read_all(*printer);
  for (const auto& stream : printer->streams) {
    stream->lines.finish([&](std::string_view line) {
      printer->last.add(line);
      writer_.put(stream->to, fmt::format("{}{}\n", printer->prefix, line));
    });
    asio::error_code ignored;
    stream->pipe.close(ignored);
  }
  return printer->last.lines();
}

void ExecutorOutput::go_on() {
  for (const auto& [executor, printer] : printers_) {
    for (const auto& stream : printer->streams) {
      if (std::exchange(stream->paused, false)) wait(stream);
    }
  }
}

}  // namespace kindred::cluster
