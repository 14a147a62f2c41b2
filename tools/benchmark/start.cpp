// START: from starting a process to its end, with the answer of a trivial job in between.
#include "start.hpp"

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <fcntl.h>
#include <numeric>
#include <string>
#include <system_error>
#include <unistd.h>
#include <vector>

#include "by_hand.hpp"
#include "engine_side.hpp"
#include "process.hpp"
#include "workload.hpp"

namespace bench {

namespace {

constexpr std::uint64_t kNumbers = 1'000;

std::int64_t engine_answer(int threads) {
  return std::int64_t(make_context({.threads = threads})->range(0, kNumbers).sum());
}

std::int64_t hand_answer(int threads) {
  std::vector<std::int64_t> sums(static_cast<std::size_t>(threads));
  // Threads of its own, as the engine has, while main waits.
  on_threads(threads + 1, [&](int thread) {
    if (thread == 0) return;
    auto& sum = sums[static_cast<std::size_t>(thread - 1)];
    const auto end = share(kNumbers, thread, threads);
    for (auto i = share(kNumbers, thread - 1, threads); i < end; ++i) sum += std::int64_t(i);
  });
  return std::accumulate(sums.begin(), sums.end(), std::int64_t{0});
}

Outcome answer_of_new_process(const std::string& side, int threads) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    throw std::system_error(errno, std::generic_category(), "pipe2");
  }
  Descriptor answers(ends[0]);
  Descriptor output(ends[1]);
  Process process(this_program({std::string(kFirstAnswer), side, std::to_string(threads)}),
                  {{output.number(), STDOUT_FILENO}});
  output.close();
  std::array<char, 32> text{};
  if (read(answers.number(), text.data(), text.size() - 1) <= 0) {
    throw std::runtime_error("the process gave no answer: " + process.wait());
  }
  if (auto ended = process.wait(); !ended.empty()) throw std::runtime_error(ended);
  return std::stoull(text.data());
}

Side engine(const Setup& setup) {
  return {.run = [threads = setup.threads] { return answer_of_new_process("engine", threads); }};
}

Side hand(const Setup& setup) {
  return {.run = [threads = setup.threads] { return answer_of_new_process("hand", threads); }};
}

const Registered start{{.name = "START",
                        .title = "a process from its start to its end, range(0, 1000).sum()",
                        .target_seconds = 0.020,
                        .engine = engine,
                        .hand = hand}};

}  // namespace

int first_answer(std::string_view side, int threads) {
  const auto answer = side == "engine" ? engine_answer(threads) : hand_answer(threads);
  std::printf("%lld\n", static_cast<long long>(answer));
  return 0;
}

}  // namespace bench
