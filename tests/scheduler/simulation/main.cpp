// kindred-simulate: simulations of the cluster by their seeds.
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <fmt/format.h>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>

#include "tests/scheduler/simulation/simulation.hpp"

namespace kindred::simulation {
namespace {

constexpr const char* kUsage =
    "usage: simulate [--seed N | --seeds FIRST LAST] [--large] [--trace]\n"
    "  --seed N            runs the schedule of this seed\n"
    "  --seeds FIRST LAST  runs these; default: 1 to 1000\n"
    "  --large             with a thousand executors and more\n"
    "  --trace             prints each event, and below it what the scheduler asked for\n";

struct Arguments {
  std::uint64_t first = 1;
  std::uint64_t last = 1000;
  bool large = false;
  bool trace = false;
};

std::optional<std::uint64_t> number(std::string_view text) {
  char* end = nullptr;
  const std::string digits(text);
  const auto value = std::strtoull(digits.c_str(), &end, 10);
  if (digits.empty() || digits[0] == '-' || *end != '\0') return std::nullopt;
  return value;
}

std::optional<Arguments> parse(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string_view flag = argv[i];
    const auto next = [&] { return ++i < argc ? number(argv[i]) : std::nullopt; };
    if (flag == "--large") {
      arguments.large = true;
    } else if (flag == "--trace") {
      arguments.trace = true;
    } else if (flag == "--seed" || flag == "--seeds") {
      const auto first = next();
      const auto last = flag == "--seed" ? first : next();
      if (!first || !last || *last < *first) return std::nullopt;
      arguments.first = *first;
      arguments.last = *last;
    } else {
      return std::nullopt;
    }
  }
  return arguments;
}

Summary run(std::uint64_t seed, const Arguments& arguments) {
  Trace trace;
  if (arguments.trace) {
    trace = [](Time now, const std::string& line) {
      std::cout << fmt::format("{:>12.6f} {}\n", static_cast<double>(now) / kSecond, line);
    };
  }
  return simulate(seed, scale_of(seed, arguments.large), trace);
}

int run_all(const Arguments& arguments) {
  Summary sum;
  const auto began = std::chrono::steady_clock::now();
  for (auto seed = arguments.first; seed <= arguments.last; ++seed) {
    try {
      const auto one = run(seed, arguments);
      sum.digest = mix(sum.digest, one.digest);
      sum.events += one.events;
      sum.launched += one.launched;
      sum.jobs.succeeded += one.jobs.succeeded;
      sum.jobs.failed += one.jobs.failed;
      sum.jobs.stopped += one.jobs.stopped;
    } catch (const std::exception& broken) {
      std::cout << std::flush;
      std::cerr << fmt::format("seed {}: {}\n  tools/simulate --seed {}{} --trace shows it\n", seed,
                               broken.what(), seed, arguments.large ? " --large" : "");
      return EXIT_FAILURE;
    }
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  std::cout << fmt::format(
      "seeds {} to {}: {} jobs succeeded, {} failed as they had to, {} were stopped; {} tasks, "
      "{} events, {:.2f} s; digest {:016x}\n",
      arguments.first, arguments.last, sum.jobs.succeeded, sum.jobs.failed, sum.jobs.stopped,
      sum.launched, sum.events, took.count(), sum.digest);
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace kindred::simulation

int main(int argc, char** argv) {
  const auto arguments = kindred::simulation::parse(argc, argv);
  if (!arguments) {
    std::cerr << kindred::simulation::kUsage;
    return 2;
  }
  return kindred::simulation::run_all(*arguments);
}
