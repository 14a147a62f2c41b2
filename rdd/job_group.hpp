// Jobs that run, and names for those of a thread.
#pragma once

#include <cstdint>
#include <string>

namespace kindred {

/// A job that runs now, as Context::running_jobs() tells of it.
struct JobInfo {
  std::uint64_t id = 0;  ///< the number that errors and cancel_job() have
  std::string group;     ///< of the JobGroup that its thread was in; empty for none
  std::string op;        ///< its action: "collect at pages.cpp:12"
};

/// Puts the jobs that this thread runs while it lives into a group, so that another thread can
/// cancel them together: context.cancel_job_group("report of user 7", "the user went away"). Inside
/// another JobGroup it takes its place; jobs of other threads are not touched.
///     kindred::JobGroup group("report of user 7");
///     const auto rows = numbers.collect();
class JobGroup {
 public:
  explicit JobGroup(std::string name);
  JobGroup(const JobGroup&) = delete;
  JobGroup& operator=(const JobGroup&) = delete;
  ~JobGroup();

  /// The group that this thread is in; empty for none.
  static const std::string& current();

 private:
  std::string outer_;
};

}  // namespace kindred
