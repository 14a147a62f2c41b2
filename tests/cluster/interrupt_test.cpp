#include "kindred/cluster/interrupt.hpp"

#include <atomic>
#include <chrono>
#include <csignal>
#include <future>
#include <thread>

#include "tests/catch.hpp"

using namespace kindred::cluster;

namespace {

using Handler = void (*)(int);

Handler handler() {
  struct sigaction now {};
  ::sigaction(SIGINT, nullptr, &now);
  return now.sa_handler;
}

void set_handler(Handler handler) {
  struct sigaction action {};
  action.sa_handler = handler;
  ::sigaction(SIGINT, &action, nullptr);
}

// As in a program that has set nothing: Catch has a handler of its own.
class Default {
 public:
  Default() {
    ::sigaction(SIGINT, nullptr, &before_);
    set_handler(SIG_DFL);
  }
  ~Default() { ::sigaction(SIGINT, &before_, nullptr); }

 private:
  struct sigaction before_ {};
};

extern "C" void handler_of_the_program(int) {}

// A watch whose program goes on after a Ctrl-C.
class Watch {
 public:
  // False where it does not hear of it.
  bool interrupt() {
    cancelled_ = {};
    ::raise(SIGINT);
    return cancelled_.get_future().wait_for(std::chrono::seconds(10)) == std::future_status::ready;
  }
  void arm() { watch_.arm(); }

 private:
  std::promise<void> cancelled_;
  InterruptWatch watch_{[this] {
    cancelled_.set_value();
    return std::size_t{1};
  }};
};

}  // namespace

TEST_CASE("Ctrl-C is the engine's as long as a watch lives, and the default again after that") {
  const Default before;
  {
    Watch watch;
    const auto ours = handler();
    CHECK(ours != SIG_DFL);
    CHECK(watch.interrupt());
    CHECK(handler() == SIG_DFL);  // a second one ends the program
    watch.arm();
    CHECK(handler() == ours);
    CHECK(watch.interrupt());
  }
  CHECK(handler() == SIG_DFL);
}

TEST_CASE("what the program makes of Ctrl-C before a watch is there stays so") {
  for (const Handler theirs : {&handler_of_the_program, SIG_IGN}) {
    const Default before;
    set_handler(theirs);
    {
      InterruptWatch watch([] { return std::size_t{0}; });
      watch.arm();
      CHECK(handler() == theirs);
    }
    CHECK(handler() == theirs);
  }
}

TEST_CASE("what the program makes of Ctrl-C while a watch lives stays so, after it too") {
  for (const Handler theirs : {&handler_of_the_program, SIG_IGN}) {
    const Default before;
    {
      Watch watch;
      set_handler(theirs);
      watch.arm();
      CHECK(handler() == theirs);
    }
    CHECK(handler() == theirs);
    set_handler(SIG_DFL);
    {
      Watch watch;
      CHECK(watch.interrupt());
      set_handler(theirs);
      watch.arm();
      CHECK(handler() == theirs);
    }
    CHECK(handler() == theirs);
  }
}

TEST_CASE("a watch that is made while the last one goes hears of Ctrl-C") {
  const Default before;
  std::atomic<bool> ended{false};
  std::thread other([&] {
    while (!ended) InterruptWatch watch([] { return std::size_t{0}; });
  });
  for (int i = 0; i < 200; ++i) {
    Watch watch;
    watch.arm();
    if (handler() == SIG_DFL || !watch.interrupt()) {
      FAIL_CHECK("lost at " << i);
      break;
    }
  }
  ended = true;
  other.join();
  CHECK(handler() == SIG_DFL);
}
