// Executors as threads of the driver's own process.
#pragma once

#include <memory>

namespace kindred::cluster {

class ExecutorSite;
class Network;

/// Executors that are threads of this process, and reach the driver and each other over `network`;
/// for a debugger, sanitizers and tests. They are what executor processes are but for what belongs
/// to a process: one that is killed takes no more messages, cuts its connections and waits until
/// its tasks look up; a task that crashes takes the program with it, and what tasks print goes to
/// the program's own streams.
std::shared_ptr<ExecutorSite> executors_in_threads(std::shared_ptr<Network> network);

}  // namespace kindred::cluster
