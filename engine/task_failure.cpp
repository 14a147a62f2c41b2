#include "kindred/engine/task_failure.hpp"

#include <cstdlib>
#include <cxxabi.h>
#include <memory>
#include <new>
#include <typeinfo>

#include "kindred/engine/error.hpp"

namespace kindred::detail {
namespace {

std::string type_name(const std::type_info& type) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> name(
      abi::__cxa_demangle(type.name(), nullptr, nullptr, &status), std::free);
  return status == 0 ? name.get() : type.name();
}

// what() may return null: an exception of a user's is as careless as its author.
std::string text_or_none(const char* text) {
  return text != nullptr ? text : "an exception without a text";
}

}  // namespace

TaskError current_exception_as_error() {
  TaskError error;
  try {
    throw;
  } catch (const std::bad_alloc&) {
    error.message =
        "the system has no more memory: use more partitions, or unpersist what is no longer read";
    error.type = "std::bad_alloc";
  } catch (const UsageError& failure) {
    error.message = failure.what();
    error.type = type_name(typeid(failure));
    error.retriable = false;
  } catch (const std::exception& failure) {
    error.message = text_or_none(failure.what());
    error.type = type_name(typeid(failure));
  } catch (const std::string& text) {
    error.message = text;
    error.type = "std::string";
  } catch (const char* text) {
    error.message = text_or_none(text);
    error.type = "const char*";
  } catch (...) {
    const auto* type = abi::__cxa_current_exception_type();
    error.type = type == nullptr ? "unknown" : type_name(*type);
    error.message = "an exception that is no std::exception";
  }
  return error;
}

void rethrow_from_op(const OpLabel& op) {
  try {
    throw;
  } catch (const TaskEnd&) {
    throw;
  } catch (...) {
    auto error = current_exception_as_error();
    error.op = op.text();
    throw TaskFailure(std::move(error));
  }
}

}  // namespace kindred::detail
