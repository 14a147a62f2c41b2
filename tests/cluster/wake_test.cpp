#include <chrono>
#include <future>

#include "kindred/cluster/processes.hpp"
#include "tests/catch.hpp"

namespace kindred::test {

TEST_CASE("a scheduler that asks to be woken is woken then, and not before") {
  using Clock = std::chrono::steady_clock;
  cluster::ProcessesOptions options;
  options.executors = 1;
  cluster::Processes processes(options);
  std::promise<Clock::time_point> woken;
  processes.start([&](const scheduler::Event& event) {
    if (std::holds_alternative<scheduler::TimePassed>(event)) woken.set_value(Clock::now());
  });
  // The second takes the place of the first.
  processes.perform(scheduler::WakeAt{Clock::now() + std::chrono::hours(1)});
  const auto time = Clock::now() + std::chrono::milliseconds(5);
  processes.perform(scheduler::WakeAt{time});
  REQUIRE(woken.get_future().get() >= time);
  processes.perform(scheduler::WakeAt{Clock::now() + std::chrono::hours(1)});
  processes.stop();
}

}  // namespace kindred::test
