#include "curves_plot.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <map>

#include "svg.hpp"

namespace bench {

namespace {

constexpr double kLeft = 90;
constexpr double kTop = 40;
constexpr double kDecade = 110;  // wide
constexpr double kTimeDecade = 90;
constexpr int kLegend = 190;
constexpr std::array kColours{"#222222", "#2a9d8f", "#457b9d", "#e76f51", "#9b5de5", "#e9b44c"};
constexpr std::array kDashes{"none", "8 3", "2 3"};

// The powers of ten around what is drawn.
struct Frame {
  explicit Frame(const std::vector<Curve>& curves) {
    for (const auto& curve : curves) {
      for (const auto& point : curve.points) {
        const auto rows = std::log10(static_cast<double>(point.rows));
        const auto time = std::log10(point.nanoseconds);
        left = std::min(left, int(std::floor(rows)));
        right = std::max(right, int(std::ceil(rows)));
        bottom = std::min(bottom, int(std::floor(time)));
        top = std::max(top, int(std::ceil(time)));
      }
    }
  }
  double x(double decade) const { return kLeft + (decade - left) * kDecade; }
  double y(double decade) const { return kTop + (top - decade) * kTimeDecade; }
  Svg::At at(const Curve::Point& point) const {
    return {x(std::log10(static_cast<double>(point.rows))), y(std::log10(point.nanoseconds))};
  }

  int left = 3, right = 4, bottom = 1, top = 2;
};

void draw_grid(Svg& svg, const Frame& frame) {
  for (int decade = frame.left; decade <= frame.right; ++decade) {
    const auto x = frame.x(decade);
    svg.line({x, frame.y(frame.top)}, {x, frame.y(frame.bottom)}, {"#ddd"});
    svg.text({x, frame.y(frame.bottom) + 18}, fmt::format("1e{}", decade), {.anchor = "middle"});
  }
  for (int decade = frame.bottom; decade <= frame.top; ++decade) {
    const auto y = frame.y(decade);
    svg.line({frame.x(frame.left), y}, {frame.x(frame.right), y}, {"#ddd"});
    svg.text({kLeft - 8, y + 4}, fmt::format("{} ns", std::pow(10, decade)), {.anchor = "end"});
  }
}

// Numbers what there is, in the order of its first appearance.
template <class Key>
class Numbered {
 public:
  std::size_t of(const Key& key) {
    return numbers_.try_emplace(key, numbers_.size()).first->second;
  }

 private:
  std::map<Key, std::size_t> numbers_;
};

}  // namespace

void write_curves_svg(std::ostream& out, const std::string& workload,
                      const std::vector<Curve>& curves) {
  const Frame frame(curves);
  const auto right = frame.x(frame.right);
  const auto height = std::max(frame.y(frame.bottom), kTop + 20.0 * double(curves.size())) + 50;
  Svg svg(out, int(right) + kLegend, int(height));
  svg.text({10, 22}, workload + ": time a row over the number of rows", {.size = 15});
  draw_grid(svg, frame);
  Numbered<std::string> colours;
  Numbered<int> dashes;
  double y = kTop;
  for (const auto& curve : curves) {
    const Svg::Stroke stroke{kColours[colours.of(curve.rows) % kColours.size()], 2,
                             kDashes[dashes.of(curve.partitions) % kDashes.size()]};
    const auto name = fmt::format("{}, {} partitions", curve.rows, curve.partitions);
    std::vector<Svg::At> points;
    for (const auto& point : curve.points) points.push_back(frame.at(point));
    svg.path(points, stroke, name);
    svg.line({right + 10, y}, {right + 40, y}, stroke);
    svg.text({right + 46, y + 4}, name, {.size = 11});
    y += 20;
  }
}

}  // namespace bench
