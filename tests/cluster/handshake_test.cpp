#include "kindred/cluster/handshake.hpp"

#include <csignal>
#include <fstream>
#include <future>
#include <sstream>
#include <unistd.h>

#include "kindred/cluster/connection.hpp"
#include "kindred/cluster/driver.hpp"
#include "kindred/cluster/processes.hpp"
#include "kindred/engine/entry.hpp"
#include "tests/catch.hpp"
#include "tests/cluster/stages.hpp"

namespace {

using namespace kindred;
using namespace kindred::cluster;
using namespace kindred::test;

std::string name_of(PartitionId partition, TaskContext&, ShuffleId) {
  return "part " + std::to_string(partition.value);
}

struct Cluster {
  std::uint16_t port = 0;
  std::unique_ptr<Driver> driver;

  Cluster() {
    auto backend = std::make_unique<Processes>(ProcessesOptions{});
    const auto* processes = backend.get();
    driver = std::make_unique<Driver>(std::move(backend));
    port = processes->port();
  }
  bool works() {
    const auto stage = std::make_shared<TextStage<name_of>>(RddId{1}, 2);
    return texts(driver->run(stage, all_partitions(2))) ==
           std::vector<std::string>{"part 0", "part 1"};
  }
};

std::string process_of(PartitionId, TaskContext&, ShuffleId) { return std::to_string(::getpid()); }

std::string executor_of(PartitionId, TaskContext& task, ShuffleId) {
  return std::to_string(task.stores().self.value);
}

// What an executor says of itself, from the environment that its driver gave it.
Hello greeting_of(const std::string& pid) {
  std::ifstream in("/proc/" + pid + "/environ");
  std::string variable;
  while (variable.rfind("KINDRED_EXECUTOR=", 0) != 0) REQUIRE(std::getline(in, variable, '\0'));
  std::istringstream order(variable.substr(variable.find('=') + 1));
  Hello hello{program_build_id(), {}, {}, {}};
  std::uint64_t ignored = 0;
  order >> ignored >> hello.executor.value >> ignored >> hello.token;
  return hello;
}

// A stranger's connection to the driver: what it is told, and that it is closed.
struct Stranger {
  IoThreads io{1};
  std::promise<Message> told;
  std::promise<void> closed;
  std::shared_ptr<Connection> connection;

  explicit Stranger(std::uint16_t port)
      : connection(
            connect_within(*loopback_network(), io.context(), port, std::chrono::seconds(30))) {
    connection->start([this](Message message) { told.set_value(std::move(message)); },
                      [this](const std::string&) { closed.set_value(); });
  }
  ~Stranger() { io.stop(); }
};

}  // namespace

TEST_CASE("only who has the token, is of the same build and offers no authentication is taken") {
  const Hello good{42, ExecutorId{1}, "token", ""};
  CHECK(refusal(good, "token", 42).empty());
  CHECK_THAT(refusal(good, "other", 42), contains_text("no such executor"));
  CHECK_THAT(refusal(good, "", 42), contains_text("no such executor"));
  CHECK_THAT(refusal({42, ExecutorId{1}, "", ""}, "", 42), contains_text("no such executor"));
  CHECK_THAT(refusal(good, "token", 43), contains_text("build 2a"));
  CHECK_THAT(refusal({42, ExecutorId{1}, "token", "x"}, "token", 42),
             contains_text("authentication"));
}

TEST_CASE("a stranger with a wrong token is refused and closed, and the executors go on") {
  Cluster cluster;
  Stranger stranger(cluster.port);
  stranger.connection->send(Hello{program_build_id(), ExecutorId{0}, "guess", {}});
  const auto told = stranger.told.get_future().get();
  CHECK_THAT(std::get<Refuse>(told).reason, contains_text("no such executor"));
  stranger.closed.get_future().wait();
  CHECK(cluster.works());
}

TEST_CASE("an executor that comes back is refused, whether it is still there or lost [scenario-25]",
          "[scenario-25]") {
  Cluster cluster;
  const auto pid = texts(cluster.driver->run(std::make_shared<TextStage<process_of>>(RddId{2}, 1),
                                             all_partitions(1)))
                       .front();
  const auto hello = greeting_of(pid);
  const auto is_refused = [&] {
    Stranger stranger(cluster.port);
    stranger.connection->send(hello);
    const auto told = stranger.told.get_future().get();
    stranger.closed.get_future().wait();
    return std::holds_alternative<Refuse>(told);
  };
  CHECK(is_refused());
  ::kill(std::stoi(pid), SIGKILL);
  const auto stage = std::make_shared<TextStage<executor_of>>(RddId{3}, 1);
  while (texts(cluster.driver->run(stage, all_partitions(1))).front() == "0") continue;
  CHECK(is_refused());
  CHECK(cluster.works());
}

TEST_CASE("a heartbeat of a stranger is no greeting: it is closed [scenario-26]", "[scenario-26]") {
  Cluster cluster;
  Stranger stranger(cluster.port);
  stranger.connection->send(Heartbeat{});
  stranger.closed.get_future().wait();
  CHECK(cluster.works());
}

TEST_CASE("a stranger that begins with another message is closed") {
  Cluster cluster;
  Stranger stranger(cluster.port);
  stranger.connection->send(Ready{1});
  stranger.closed.get_future().wait();
  CHECK(cluster.works());
}

TEST_CASE("a stranger that sends bytes that are no frame is closed") {
  Cluster cluster;
  asio::io_context io;
  asio::ip::tcp::socket socket(io);
  socket.connect({asio::ip::address_v4::loopback(), cluster.port});
  asio::write(socket, asio::buffer(std::string("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")));
  char byte = 0;
  asio::error_code error;
  asio::read(socket, asio::buffer(&byte, 1), error);
  CHECK(error);
  CHECK(cluster.works());
}
