#include "kindred/engine/log.hpp"

#include <memory>

#include "tests/catch.hpp"

using namespace kindred::detail;

TEST_CASE("who draws on the terminal is told before output, whoever else comes and goes") {
  int first = 0;
  int second = 0;
  auto one = std::make_unique<BeforeLogLines>([&] { ++first; });
  auto other = std::make_unique<BeforeLogLines>([&] { ++second; });
  prepare_for_output();
  CHECK((first == 1 && second == 1));
  other.reset();
  prepare_for_output();
  CHECK((first == 2 && second == 1));
  other = std::make_unique<BeforeLogLines>([&] { ++second; });
  one.reset();
  prepare_for_output();
  CHECK((first == 2 && second == 2));
  other.reset();
  prepare_for_output();
  CHECK((first == 2 && second == 2));
}
