#include "kindred/rdd/job_group.hpp"

#include <utility>

namespace kindred {
namespace {

thread_local std::string current_group;

}  // namespace

JobGroup::JobGroup(std::string name) : outer_(std::exchange(current_group, std::move(name))) {}
JobGroup::~JobGroup() { current_group = std::move(outer_); }

const std::string& JobGroup::current() { return current_group; }

}  // namespace kindred
