#include "svg.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <string>

namespace bench {

namespace {

std::string escaped(std::string_view text) {
  std::string result;
  for (const char letter : text) {
    if (letter == '&') {
      result += "&amp;";
    } else if (letter == '<') {
      result += "&lt;";
    } else {
      result += letter;
    }
  }
  return result;
}

}  // namespace

Svg::Svg(std::ostream& out, int width, int height) : out_(out) {
  fmt::print(out_,
             "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" "
             "viewBox=\"0 0 {0} {1}\" font-family=\"sans-serif\" font-size=\"13\">\n"
             "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
             width, height);
}

Svg::~Svg() { out_ << "</svg>\n"; }

void Svg::line(At from, At to, Stroke stroke) {
  fmt::print(out_,
             "<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"{}\" "
             "stroke-width=\"{}\" stroke-dasharray=\"{}\"/>\n",
             from.x, from.y, to.x, to.y, stroke.colour, stroke.width, stroke.dashes);
}

void Svg::path(const std::vector<At>& points, Stroke stroke, std::string_view title) {
  out_ << "<polyline points=\"";
  for (const auto& at : points) fmt::print(out_, "{:.1f},{:.1f} ", at.x, at.y);
  fmt::print(out_,
             "\" fill=\"none\" stroke=\"{}\" stroke-width=\"{}\" stroke-dasharray=\"{}\">"
             "<title>{}</title></polyline>\n",
             stroke.colour, stroke.width, stroke.dashes, escaped(title));
}

void Svg::bar(At corner, double width, double height, std::string_view colour,
              std::string_view title) {
  fmt::print(out_,
             "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"{}\">"
             "<title>{}</title></rect>\n",
             corner.x, corner.y, width, height, colour, escaped(title));
}

void Svg::text(At at, std::string_view text) { this->text(at, text, {}); }

void Svg::text(At at, std::string_view text, Lettering lettering) {
  fmt::print(out_,
             "<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\" fill=\"{}\" font-size=\"{}\">{}"
             "</text>\n",
             at.x, at.y, lettering.anchor, lettering.colour, lettering.size, escaped(text));
}

}  // namespace bench
