#include "kindred/rdd/csv_source.hpp"

namespace kindred::detail {
namespace {

template <class T>
std::errc parse_float(std::string_view text, T& value) {
  const auto* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  return error == std::errc{} && stop != end ? std::errc::invalid_argument : error;
}

}  // namespace

std::errc parse_csv(std::string_view text, bool& value) {
  value = text == "true" || text == "1";
  return value || text == "false" || text == "0" ? std::errc{} : std::errc::invalid_argument;
}

std::errc parse_csv(std::string_view text, float& value) { return parse_float(text, value); }
std::errc parse_csv(std::string_view text, double& value) { return parse_float(text, value); }
std::errc parse_csv(std::string_view text, long double& value) { return parse_float(text, value); }

}  // namespace kindred::detail
