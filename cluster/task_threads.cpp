#include "kindred/cluster/task_threads.hpp"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <utility>

#include "kindred/cluster/crash_report.hpp"
#include "kindred/engine/error.hpp"

namespace kindred::cluster {
namespace {

// A chain of kMaxNarrowDepth ops is one call inside another. Only reserved: pages that a task never
// touches cost nothing.
constexpr std::size_t kStackBytes = 64 << 20;

}  // namespace

TaskThreads::TaskThreads(TaskRunner& runner, std::uint32_t threads, Ended ended)
    : runner_(runner), ended_(std::move(ended)) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kStackBytes);
  int error = 0;
  for (std::uint32_t i = 0; i < threads && error == 0; ++i) {
    pthread_t thread{};
    error = pthread_create(&thread, &attributes, &TaskThreads::entry, this);
    if (error == 0) threads_.push_back(thread);
  }
  pthread_attr_destroy(&attributes);
  if (error != 0) {
    const auto started = threads_.size();
    stop();
    throw Error(
        fmt::format("only {} of {} task threads could be started: {}. Ask for fewer in the master",
                    started, threads, std::strerror(error)));
  }
}

TaskThreads::~TaskThreads() { stop(); }

void TaskThreads::launch(StageKey stage, const std::vector<QueuedTask>& tasks) {
  std::vector<Item> items;
  items.reserve(tasks.size());
  for (const auto& task : tasks) items.push_back({stage, task, nullptr});
  enqueue(std::move(items));
}

void TaskThreads::refuse(const std::vector<QueuedTask>& tasks, const TaskError& error) {
  const auto refused = std::make_shared<const TaskError>(error);
  std::vector<Item> items;
  items.reserve(tasks.size());
  for (const auto& task : tasks) items.push_back({{}, task, refused});
  enqueue(std::move(items));
}

void TaskThreads::enqueue(std::vector<Item> items) {
  std::size_t to_wake = 0;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    for (auto& item : items) {
      unfinished_.insert(item.task.id);
      queue_.push_back(std::move(item));
    }
    // A thread that is busy looks at the queue by itself before it waits: no call to the kernel.
    to_wake = std::min(items.size(), idle_);
  }
  for (std::size_t i = 0; i < to_wake; ++i) ready_.notify_one();
}

void TaskThreads::kill(TaskId task) {
  const std::lock_guard lock(mutex_);
  if (unfinished_.contains(task)) runner_.kill(task);
}

bool TaskThreads::take_back(TaskId task) {
  const std::lock_guard lock(mutex_);
  const auto taken = std::erase_if(queue_, [&](const Item& item) { return item.task.id == task; });
  if (taken == 0) return false;
  unfinished_.erase(task);
  return true;
}

void TaskThreads::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (const auto& item : queue_) unfinished_.erase(item.task.id);
    queue_.clear();
    for (const auto task : unfinished_) runner_.kill(task);
  }
  ready_.notify_all();
  for (const auto thread : std::exchange(threads_, {})) pthread_join(thread, nullptr);
}

void* TaskThreads::entry(void* self) {
  pthread_setname_np(pthread_self(), "kindred-task");
  const SignalStack signal_stack;
  static_cast<TaskThreads*>(self)->work();
  return nullptr;
}

void TaskThreads::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    while (queue_.empty() && !stopping_) {
      ++idle_;
      ready_.wait(lock);
      --idle_;
    }
    if (stopping_) return;
    const auto [stage, task, refused] = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    auto outcome = refused != nullptr ? TaskOutcome{Failed{*refused}}
                                      : runner_.run(stage, task.id, task.partition, task.attempt);
    lock.lock();
    unfinished_.erase(task.id);
    lock.unlock();
    ended_(task.id, std::move(outcome));
    lock.lock();
  }
}

}  // namespace kindred::cluster
