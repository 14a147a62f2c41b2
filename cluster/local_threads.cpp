#include "kindred/cluster/local_threads.hpp"

#include <utility>

#include "kindred/cluster/broadcast_exchange.hpp"
#include "kindred/cluster/queued_tasks.hpp"
#include "kindred/engine/lineage.hpp"
#include "kindred/engine/task_failure.hpp"

namespace kindred::cluster {
namespace {

constexpr ExecutorId kSelf{0};
// More than can run at once, so that a thread finds its next task while the scheduler is told of
// the last one.
constexpr std::uint32_t kSlotsPerThread = 8;

}  // namespace

LocalThreads::LocalThreads(std::uint32_t threads, MemoryRef memory,
                           std::shared_ptr<BroadcastOrigin> broadcasts,
                           const StorageOptions& storage)
    : count_(threads), runner_(kSelf, std::move(memory), nullptr, false, storage) {
  if (broadcasts == nullptr) return;
  runner_.stores().broadcasts.set_source(std::make_shared<LocalBroadcasts>(std::move(broadcasts)));
}

void LocalThreads::start(Report report) {
  threads_.emplace(runner_, count_, [report](TaskId task, TaskOutcome outcome) {
    report(scheduler::TaskEnded{task, kSelf, std::move(outcome)});
  });
  report(scheduler::ExecutorJoined{kSelf, count_ * kSlotsPerThread, {}, ::getpid()});
}

void LocalThreads::perform(const scheduler::Action& action) {
  if (const auto* tasks = std::get_if<scheduler::LaunchTasks>(&action)) {
    launch(*tasks);
  } else if (const auto* kill = std::get_if<scheduler::KillTask>(&action)) {
    threads_->kill(kill->task);
  } else if (const auto* shuffle = std::get_if<scheduler::DropShuffle>(&action)) {
    runner_.stores().shuffles.drop(shuffle->shuffle);
  } else if (const auto* blocks = std::get_if<scheduler::DropBlocks>(&action)) {
    runner_.stores().blocks.drop(blocks->rdd);
  } else if (const auto* stage = std::get_if<scheduler::StageFinished>(&action)) {
    const StageKey key{stage->stage, stage->attempt};
    known_.erase(key);
    runner_.forget_stage(key);
  }
}

void LocalThreads::launch(const scheduler::LaunchTasks& tasks) {
  const auto& stage = *tasks.stage;
  const StageKey key{stage.stage, stage.attempt};
  if (!known_.contains(key)) {
    try {
      runner_.add_stage(key, encode_lineage(*stage.end, true),
                        stage.inputs == nullptr ? MapOutputsList{} : *stage.inputs);
      known_.insert(key);
    } catch (...) {
      threads_->refuse(queued_tasks(tasks), refused_closure());
      return;
    }
  }
  threads_->launch(key, queued_tasks(tasks));
}

void LocalThreads::stop() {
  if (threads_) threads_->stop();
}

}  // namespace kindred::cluster
