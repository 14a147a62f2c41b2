#include "kindred/engine/task_failure.hpp"

#include <new>
#include <stdexcept>
#include <string>

#include "kindred/engine/error.hpp"
#include "tests/catch.hpp"

namespace kindred {
namespace test {

struct BadRow : std::runtime_error {
  using std::runtime_error::runtime_error;
};
struct Speechless : std::exception {
  const char* what() const noexcept override { return nullptr; }
};

}  // namespace test

namespace {

template <class E>
TaskError error_of(E thrown) {
  try {
    throw thrown;
  } catch (...) {
    return detail::current_exception_as_error();
  }
}

template <class E>
void throw_in_op(E thrown) {
  try {
    throw thrown;
  } catch (...) {
    detail::rethrow_from_op(OpLabel{"map", "", "pi.cpp", 12});
  }
}

}  // namespace

TEST_CASE("an exception becomes its text and the name of its type") {
  const auto error = error_of(test::BadRow("row 7"));
  REQUIRE(error.message == "row 7");
  REQUIRE(error.type == "kindred::test::BadRow");
  REQUIRE(error.op.empty());
  REQUIRE(error.retriable);
}

TEST_CASE("what is no std::exception is named too") {
  REQUIRE(error_of(std::string("text")).message == "text");
  REQUIRE(error_of(std::string("text")).type == "std::string");
  REQUIRE(error_of("literal").message == "literal");
  REQUIRE(error_of(7).type == "int");
}

TEST_CASE("an exception whose text is null is named by its type") {
  const auto error = error_of(test::Speechless());
  REQUIRE(error.message == "an exception without a text");
  REQUIRE(error.type == "kindred::test::Speechless");
  REQUIRE(error_of(static_cast<const char*>(nullptr)).message == "an exception without a text");
}

TEST_CASE("a lack of memory says what to do, and a mistake in the program is not tried again") {
  REQUIRE_THAT(error_of(std::bad_alloc()).message, test::contains_text("use more partitions"));
  REQUIRE(error_of(std::bad_alloc()).retriable);
  REQUIRE(error_of(OutOfMemoryError("full")).retriable);
  REQUIRE_FALSE(error_of(UsageError("wrong")).retriable);
}

TEST_CASE("an op gives its name to what its function threw") {
  try {
    throw_in_op(test::BadRow("row 7"));
    FAIL("nothing was thrown");
  } catch (const detail::TaskFailure& failure) {
    REQUIRE(failure.error.op == "map at pi.cpp:12");
    REQUIRE(failure.error.message == "row 7");
    REQUIRE(failure.error.type == "kindred::test::BadRow");
    REQUIRE(std::string(failure.what()) == "row 7");
  }
}

TEST_CASE("an op lets the early end of a task pass as it is") {
  REQUIRE_THROWS_AS(throw_in_op(detail::TaskKilled("asked")), detail::TaskKilled);
  REQUIRE_THROWS_AS(throw_in_op(detail::FetchFailure({})), detail::FetchFailure);
  TaskError inner;
  inner.op = "filter at pi.cpp:3";
  try {
    throw_in_op(detail::TaskFailure(inner));
  } catch (const detail::TaskFailure& failure) {
    REQUIRE(failure.error.op == "filter at pi.cpp:3");
  }
}

}  // namespace kindred
