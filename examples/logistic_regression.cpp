/// Learns to tell women from men by height and weight, from the athletes of the Olympic games.
#include <array>
#include <cmath>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <CLI/CLI.hpp>

#include <kindred/kindred.hpp>

// One for the constant, one for the height, one for the weight.
using Vector = std::array<double, 3>;

struct Sample {
  Vector features{};
  double label = 0;  // 1 for a man
};

double probability(const Vector& weights, const Vector& features) {
  double sum = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) sum += weights[i] * features[i];
  return 1 / (1 + std::exp(-sum));
}

Vector add(const Vector& a, const Vector& b) { return {a[0] + b[0], a[1] + b[1], a[2] + b[2]}; }

int main(int argc, char** argv) {
  auto config = kindred::Config::from_args(argc, argv);
  int iterations = 30;
  CLI::App app("Logistic regression of the sex of athletes on their height and weight.");
  app.add_option("--iterations", iterations, "steps of gradient descent")->capture_default_str();
  app.add_option("--master", config.master, "local[N], local[*] or local-cluster[N,CORES,MIB]")
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  kindred::Context context(config);
  const auto samples =
      context
          .csv_file(KINDRED_EXAMPLE_DATA "/athlete_events.csv.zst",
                    kindred::column<std::string>("Sex"),
                    kindred::column<std::optional<double>>("Height"),
                    kindred::column<std::optional<double>>("Weight"))
          .filter([](auto&, auto& height, auto& weight) { return height && weight; })
          .map([](std::string_view sex, auto& height, auto& weight) {
            return Sample{{1, (*height - 175) / 10, (*weight - 70) / 15}, sex == "M" ? 1.0 : 0.0};
          })
          .repartition(4)
          .named("samples")
          .persist();
  const auto count = static_cast<double>(samples.count());

  Vector weights{};
  for (int i = 0; i < iterations; ++i) {
    const auto gradient = samples
                              .map([weights](const Sample& sample) {
                                const auto error =
                                    probability(weights, sample.features) - sample.label;
                                auto slope = sample.features;
                                for (auto& x : slope) x *= error;
                                return slope;
                              })
                              .reduce(kindred::fn<&add>);
    for (std::size_t k = 0; k < weights.size(); ++k) weights[k] -= 4 / count * gradient[k];
  }
  const auto right = samples.filter([weights](const Sample& sample) {
    return (probability(weights, sample.features) > 0.5) == (sample.label > 0.5);
  });
  std::printf("weights: %.4f + %.4f * (height - 175) / 10 + %.4f * (weight - 70) / 15\n",
              weights[0], weights[1], weights[2]);
  std::printf("told right: %.2f %%\n", 100 * static_cast<double>(right.count()) / count);
}
