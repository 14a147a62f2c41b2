// W9: an iteration of logistic regression over 10 million points of 10 dimensions in memory.
#include <array>
#include <cmath>
#include <cstdint>
#include <memory>
#include <vector>

#include "by_hand.hpp"
#include "engine_side.hpp"
#include "generate.hpp"
#include "vectors_by_hand.hpp"
#include "workload.hpp"

namespace bench {

namespace {

constexpr std::uint64_t kPoints = 10'000'000;

using Vector = std::array<double, kDimensions>;

struct Sample {
  Vector features{};
  double label = 0;
};

double feature(std::uint64_t i) {
  return static_cast<double>(splitmix64(i) >> 11) * 0x1.0p-53 - 0.5;
}

Sample sample(std::uint64_t i) {
  Sample sample;
  double sum = 0;
  for (std::size_t d = 0; d < kDimensions; ++d) {
    sum += sample.features[d] = feature(i * kDimensions + d);
  }
  sample.label = sum > 0 ? 1 : -1;
  return sample;
}

Vector weights() {
  Vector weights;
  for (std::size_t d = 0; d < kDimensions; ++d) weights[d] = 0.1 * static_cast<double>(d + 1);
  return weights;
}

Vector add(const Vector& a, const Vector& b) {
  Vector sum;
  for (std::size_t d = 0; d < kDimensions; ++d) sum[d] = a[d] + b[d];
  return sum;
}

// In whole numbers, where neither the order of the additions nor the last bits of exp() show.
std::uint64_t checksum(const Vector& gradient) {
  std::uint64_t sum = 0;
  for (const auto slope : gradient) sum = mix(sum, static_cast<std::uint64_t>(std::llround(slope)));
  return sum;
}

Side engine(const Setup& setup) {
  auto context = make_context(setup);
  const auto samples = context->range(0, std::int64_t(setup.size(kPoints)))
                           .map([](std::int64_t i) { return sample(std::uint64_t(i)); })
                           .persist();
  samples.count();  // an action fills the cache
  return engine_side(context, [samples, at = weights()] {
    return checksum(samples
                        .map([at](const Sample& sample) {
                          double product = 0;
                          for (std::size_t d = 0; d < kDimensions; ++d) {
                            product += sample.features[d] * at[d];
                          }
                          const double slope =
                              (1.0 / (1.0 + std::exp(-sample.label * product)) - 1.0) *
                              sample.label;
                          auto gradient = sample.features;
                          for (auto& x : gradient) x *= slope;
                          return gradient;
                        })
                        .reduce(kindred::fn<&add>));
  });
}

struct Points {
  explicit Points(std::size_t size) : features(pool, size * kDimensions), labels(pool, size) {
    for (std::size_t i = 0; i < size; ++i) {
      const auto [x, label] = sample(i);
      for (std::size_t d = 0; d < kDimensions; ++d) features[i * kDimensions + d] = x[d];
      labels[i] = label;
    }
  }

  BufferPool pool;
  Buffer<double> features;
  Buffer<double> labels;
};

template <auto add_gradient>
Side by_hand(const Setup& setup) {
  return {.run = [points = std::make_shared<Points>(setup.size(kPoints)), at = weights(),
                  threads = setup.threads] {
    std::vector<Vector> gradients(static_cast<std::size_t>(threads));
    on_threads(threads, [&](int thread) {
      const auto count = points->labels.size();
      const auto begin = share(count, thread, threads);
      Vector gradient{};
      add_gradient(points->features.begin() + begin * kDimensions, points->labels.begin() + begin,
                   share(count, thread + 1, threads) - begin, at.data(), gradient.data());
      gradients[static_cast<std::size_t>(thread)] = gradient;
    });
    Vector all{};
    for (const auto& gradient : gradients) all = add(all, gradient);
    return Outcome(checksum(all));
  }};
}

const Registered plain{{.name = "W9",
                        .title = "logistic regression, 10M cached points of 10 dimensions: a step",
                        .target = 1.3,
                        .engine = engine,
                        .hand = by_hand<add_gradient_plain>}};
const Registered best{{.name = "W9/vectorised",
                       .title = "the same against blocks and an exp() of vectors",
                       .then_target = 1.5,
                       .engine = engine,
                       .hand = by_hand<add_gradient_best>}};

}  // namespace

}  // namespace bench
