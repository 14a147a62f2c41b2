// What tests/terminal/check.py runs: program WHAT [KINDRED'S FLAGS...]
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <iostream>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <unistd.h>

#include "kindred/engine/log.hpp"
#include <kindred/kindred.hpp>

namespace {

// Stages that take longer than it takes to show them, whatever the machine.
std::int64_t half_a_second(std::int64_t x) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(500);
  while (std::chrono::steady_clock::now() < end) continue;
  return x;
}

// Runs until it is cancelled. Says so from inside a task, so that whoever reads it knows that the
// job runs.
auto endless(kindred::Context& context) {
  return context.range(0, 1'000'000'000'000'000, 4).map([](std::int64_t x) {
    constexpr std::string_view kRuns = "a task runs\n";
    if (x == 0) [[maybe_unused]]
      const auto written = ::write(1, kRuns.data(), kRuns.size());
    return x;
  });
}

}  // namespace

int main(int argc, char** argv) {
  const auto config = kindred::Config::from_args(argc, argv);
  const std::string_view what = argc > 1 ? argv[1] : "";
  kindred::Context context(config);
  if (what == "endless") {
    std::printf("begun\n");  // left in a buffer
    endless(context).named("endless numbers").sum();
  } else if (what == "takes long" || what == "warns and takes long") {
    for (int i = 0; what == "warns and takes long" && i < 5; ++i) {
      kindred::detail::log_warning("said to nobody");
    }
    const auto sum = context.range(0, 8, 8).map(kindred::fn<&half_a_second>).sum();
    std::printf("sum %ld\n", static_cast<long>(sum));
  } else if (what == "logs beside another context") {
    { const kindred::Context other(config); }
    std::thread([] {
      std::getchar();
      kindred::detail::log_warning("said meanwhile");
    }).detach();
    endless(context).named("endless numbers").sum();
  } else if (what == "goes on") {
    try {
      endless(context).sum();
    } catch (const kindred::CancelledError& error) {
      std::printf("caught: %s\n", error.what());
    }
    std::printf("sum %ld\n", static_cast<long>(context.range(0, 10).sum()));
    std::fflush(stdout);
    endless(context).sum();
  } else if (what == "throws") {
    context.range(0, 40, 4)
        .map([](std::int64_t x) {
          if (x == 30) throw std::runtime_error("thirty is too much");
          return x;
        })
        .named("picky")
        .count();
  } else if (what == "throws in a thread") {
    std::ios::sync_with_stdio(false);
    std::printf("printed\n");
    std::cout << "streamed\n";
    std::thread([&] { context.range(0, 0).first(); }).join();
  } else {
    std::printf("sum %ld\n", static_cast<long>(context.range(0, 10).sum()));
  }
}
