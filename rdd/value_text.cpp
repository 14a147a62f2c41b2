#include "kindred/rdd/value_text.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace kindred::detail {

template <class T>
void NumberText::print(T value) {
  size_ = std::min(fmt::format_to_n(chars_.data(), chars_.size(), "{}", value).size, chars_.size());
}

NumberText::NumberText(std::int64_t value) { print(value); }
NumberText::NumberText(std::uint64_t value) { print(value); }
// The sign of a NaN says nothing, and differs from processor to processor.
NumberText::NumberText(float value) { print(std::isnan(value) ? std::fabs(value) : value); }
NumberText::NumberText(double value) { print(std::isnan(value) ? std::fabs(value) : value); }
NumberText::NumberText(long double value) { print(std::isnan(value) ? std::fabs(value) : value); }

}  // namespace kindred::detail
