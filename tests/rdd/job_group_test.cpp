#include <algorithm>
#include <future>
#include <string>
#include <thread>

#include "tests/rdd/everywhere.hpp"

using namespace kindred;
using namespace kindred::test;

namespace {

// A job that ends only when it is cancelled; returns what its caller was told.
std::string endless(const Context& context, const std::string& group) {
  const JobGroup in_group(group);
  try {
    context.range(0, std::int64_t{1} << 60, 2).map([](std::int64_t x) { return x; }).sum();
  } catch (const CancelledError& error) {
    return error.what();
  }
  return "was not cancelled";
}

std::vector<JobInfo> in_group(const Context& context, const std::string& group) {
  auto jobs = context.running_jobs();
  std::erase_if(jobs, [&](const JobInfo& job) { return job.group != group; });
  return jobs;
}

JobInfo wait_for(const Context& context, const std::string& group) {
  while (in_group(context, group).empty()) std::this_thread::yield();
  return in_group(context, group).front();
}

}  // namespace

TEST_CASE("a group of jobs is cancelled from another thread, and other jobs go on [scenario-40]",
          "[scenario-40]") {
  on_every_master([](Context& context) {
    auto first = std::async(std::launch::async, [&] { return endless(context, "nightly"); });
    auto second = std::async(std::launch::async, [&] { return endless(context, "nightly"); });
    auto other = std::async(std::launch::async, [&] { return endless(context, "other"); });
    while (in_group(context, "nightly").size() < 2) std::this_thread::yield();
    const auto job = wait_for(context, "other");
    CHECK_THAT(job.op, contains_text("sum at job_group_test.cpp:"));
    context.cancel_job_group("no such group", "nobody minds");
    context.cancel_job_group("nightly", "the night is over");
    CHECK_THAT(first.get(), contains_text("was cancelled: the night is over"));
    CHECK_THAT(second.get(), contains_text("was cancelled: the night is over"));
    CHECK(in_group(context, "nightly").empty());
    CHECK(in_group(context, "other").size() == 1);
    context.cancel_job(job.id, "this one too");
    CHECK_THAT(other.get(),
               contains_text("job " + std::to_string(job.id) + " was cancelled: this one too"));
    CHECK(context.running_jobs().empty());
    CHECK(context.range(0, 10).count() == 10);
  });
}

TEST_CASE("who waits for another thread's sampling is cancelled alone [scenario-40]",
          "[scenario-40]") {
  on_every_master([](Context& context) {
    const auto endless_rows = context.range(0, std::int64_t{1} << 60, 2);
    const auto sorted = endless_rows.sort_by([](std::int64_t x) { return -x; });
    const auto indexed = endless_rows.zip_with_index();
    const auto count = [](const auto& rows, const std::string& group) {
      return std::async(std::launch::async, [rows, group] {
        const JobGroup in_group(group);
        try {
          (void)rows.count();
        } catch (const CancelledError& error) {
          return std::string(error.what());
        }
        return std::string("was not cancelled");
      });
    };
    const auto check = [&](const auto& rows) {
      auto samples = count(rows, "samples");
      // Its own job and that of the sampling.
      while (in_group(context, "samples").size() < 2) std::this_thread::yield();
      auto waits = count(rows, "waits");
      CHECK_THAT(wait_for(context, "waits").op, contains_text("count at job_group_test.cpp:"));
      context.cancel_job_group("waits", "no time");
      CHECK_THAT(waits.get(), contains_text("was cancelled: no time"));
      CHECK(in_group(context, "samples").size() == 2);
      context.cancel_job(wait_for(context, "samples").id, "nor here");
      CHECK_THAT(samples.get(), contains_text("was cancelled: nor here"));
      CHECK(context.running_jobs().empty());
    };
    check(sorted);
    check(indexed);
    CHECK(context.range(0, 10).sort_by([](std::int64_t x) { return -x; }).first() == 9);
  });
}

TEST_CASE("a JobGroup inside another takes its place until it ends") {
  CHECK(JobGroup::current().empty());
  const JobGroup outer("outer");
  {
    const JobGroup inner("inner");
    CHECK(JobGroup::current() == "inner");
    std::async(std::launch::async, [] { CHECK(JobGroup::current().empty()); }).get();
  }
  CHECK(JobGroup::current() == "outer");
}
