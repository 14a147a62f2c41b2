// Inside cluster/ only: what executors print.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <string>

#include <asio.hpp>

#include "kindred/cluster/line_writer.hpp"
#include "kindred/cluster/lines.hpp"
#include "kindred/engine/ids.hpp"

namespace kindred::cluster {

/// Reads the pipes that executors have as their standard streams, and prints each line whole on the
/// driver's stream of the same name, with the executor's number before it. The lines of one stream
/// keep their order. Where the driver's stream takes no more, pipes are left unread, and executors
/// wait in what they print. Of the io thread, which is the only one that runs `io`.
class ExecutorOutput {
 public:
  explicit ExecutorOutput(asio::io_context& io);
  ~ExecutorOutput();

  /// Takes the ends to read of an executor's standard output and error.
  void add(ExecutorId executor, int output, int error);
  /// The last lines that an executor printed until now, on either stream.
  std::deque<std::string> last_lines(ExecutorId executor);
  /// Reads what is left in the pipes of an executor that has ended, and closes them: what it
  /// started may still have the other ends. Returns its last lines.
  std::deque<std::string> finish(ExecutorId executor);

 private:
  struct Stream;
  struct Printer;

  void wait(const std::shared_ptr<Stream>& stream);
  enum class Read { some, nothing, end };
  Read read_once(Stream& stream);
  void read_all(Printer& printer);
  void go_on();

  asio::io_context& io_;
  std::map<ExecutorId, std::unique_ptr<Printer>> printers_;
  LineWriter writer_;
};

}  // namespace kindred::cluster
