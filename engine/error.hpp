// What a user may catch. Failures that a cluster expects are values (task.hpp), and broken
// invariants stop the process (check.hpp): neither is an exception of this file.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

namespace kindred {

/// The base of every exception that the engine throws; `what()` says what to do.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A mistake in the driver program: an op, an option or a master that cannot be as it was given.
class UsageError : public Error {
 public:
  using Error::Error;
};

/// An input or output that cannot be read or written, with its path.
class InputError : public Error {
 public:
  using Error::Error;
};

/// `first()`, `reduce()` or another action that needs an element, of an RDD that has none.
class EmptyRddError : public Error {
 public:
  using Error::Error;
};

/// A request for memory that the MemoryManager refused.
class OutOfMemoryError : public Error {
 public:
  using Error::Error;
};

/// Bytes that do not decode: truncated, corrupt, or of another version.
class DecodeError : public Error {
 public:
  using Error::Error;
};

/// Why a job failed, part by part, for a program that wants more than the text.
struct JobFailure {
  std::string message;  ///< what the function itself said, or what happened to the executor
  std::string type;     ///< the type of the exception, as text
  std::string op;       ///< "map at pi.cpp:12", or empty where no op was running
  std::uint64_t job = 0;
  std::uint64_t stage = 0;
  std::uint32_t partition = 0;
  std::uint32_t attempts = 0;
  std::string executor;
};

/// A job that could not be finished: `failure()` has the parts that `what()` puts in a sentence.
class JobError : public Error {
 public:
  explicit JobError(JobFailure failure);
  const JobFailure& failure() const { return failure_; }

 private:
  JobFailure failure_;
};

/// A job that was cancelled before it ended.
class CancelledError : public Error {
 public:
  using Error::Error;
};

}  // namespace kindred
