// A drawing in SVG, written as it is drawn.
#pragma once

#include <ostream>
#include <string_view>
#include <vector>

namespace bench {

/// Starts with a white ground; ends with this object. Texts may hold any letters.
class Svg {
 public:
  struct At {
    double x;
    double y;
  };
  struct Stroke {
    std::string_view colour;
    double width = 1;
    std::string_view dashes = "none";  ///< Lengths of dash and gap: "6 3".
  };
  struct Lettering {
    std::string_view anchor = "start";  ///< Which part of the text is at its place.
    std::string_view colour = "black";
    int size = 13;
  };

  Svg(std::ostream& out, int width, int height);
  Svg(const Svg&) = delete;
  ~Svg();

  void line(At from, At to, Stroke stroke);
  void path(const std::vector<At>& points, Stroke stroke, std::string_view title);
  void bar(At corner, double width, double height, std::string_view colour, std::string_view title);
  void text(At at, std::string_view text, Lettering lettering);
  void text(At at, std::string_view text);

 private:
  std::ostream& out_;
};

}  // namespace bench
