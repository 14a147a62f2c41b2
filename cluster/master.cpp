#include "kindred/cluster/master.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "kindred/cluster/executor_threads.hpp"
#include "kindred/cluster/local_threads.hpp"
#include "kindred/cluster/memory_network.hpp"
#include "kindred/cluster/processes.hpp"
#include "kindred/engine/error.hpp"

namespace kindred::cluster {
namespace {

// Beyond this a typing error is more likely than a machine that needs it.
constexpr std::int64_t kMostThreads = 4096;
constexpr std::int64_t kMostExecutors = 1024;
constexpr std::int64_t kMostMib = std::int64_t{1} << 30;

[[noreturn]] void refuse(std::string_view text, std::string_view why) {
  throw UsageError(fmt::format(
      "master '{}': {}. There is: local (one thread), local[N] (N threads), local[*] (a thread for "
      "each core), local-cluster[N,CORES,MIB] (N processes of CORES threads and MIB MiB each), "
      "mini-cluster[N,CORES,MIB] (the same inside this process, for a debugger)",
      text, why));
}

std::uint32_t number(std::string_view master, std::string_view text, std::string_view what,
                     std::int64_t most) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::invalid_argument || end != text.data() + text.size()) {
    refuse(master, fmt::format("'{}' is not a number of {}", text, what));
  }
  if (error == std::errc::result_out_of_range || value > most) {
    refuse(master, fmt::format("{} {} are more than the {} that are allowed", text, what, most));
  }
  if (value < 1) {
    refuse(master, fmt::format("{} {} are too few, at least 1 is needed", value, what));
  }
  return static_cast<std::uint32_t>(value);
}

// What stands between the brackets of `name[...]`, or nothing where `text` is something else.
std::optional<std::string_view> arguments(std::string_view text, std::string_view name) {
  if (!text.starts_with(name)) return std::nullopt;
  text.remove_prefix(name.size());
  if (text.size() < 2 || text.front() != '[' || text.back() != ']') return std::nullopt;
  return text.substr(1, text.size() - 2);
}

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> parts;
  for (auto comma = text.find(','); comma != text.npos; comma = text.find(',')) {
    parts.push_back(text.substr(0, comma));
    text.remove_prefix(comma + 1);
  }
  parts.push_back(text);
  return parts;
}

// `name[N,CORES,MIB]`, or nothing where `text` is something else.
template <class Cluster>
std::optional<Cluster> cluster_of(std::string_view text, std::string_view name) {
  const auto inside = arguments(text, name);
  if (!inside) return std::nullopt;
  const auto parts = split(*inside);
  if (parts.size() != 3) {
    refuse(text, fmt::format("{} takes 3 numbers, not {}", name, parts.size()));
  }
  return Cluster{number(text, parts[0], "executors", kMostExecutors),
                 number(text, parts[1], "cores", kMostThreads),
                 number(text, parts[2], "MiB", kMostMib)};
}

template <class Cluster>
ProcessesOptions options_of(const Cluster& cluster, const StorageOptions& storage) {
  ProcessesOptions options;
  options.storage = storage;
  options.executors = cluster.executors;
  options.cores = cluster.cores;
  options.memory_bytes = std::uint64_t{cluster.mib} << 20;
  return options;
}

}  // namespace

Master parse_master(std::string_view text) {
  if (text == "local") return LocalMaster{1};
  if (text == "local[*]") return LocalMaster{std::max(1U, std::thread::hardware_concurrency())};
  if (const auto inside = arguments(text, "local")) {
    return LocalMaster{number(text, *inside, "threads", kMostThreads)};
  }
  if (const auto found = cluster_of<LocalClusterMaster>(text, "local-cluster")) return *found;
  if (const auto found = cluster_of<MiniClusterMaster>(text, "mini-cluster")) return *found;
  if (text.starts_with("kindred://")) {
    refuse(text, "this version has no standing cluster to connect to");
  }
  refuse(text, "no such master");
}

std::unique_ptr<scheduler::Backend> make_backend(const Master& master, MemoryRef memory,
                                                 std::shared_ptr<BroadcastOrigin> broadcasts,
                                                 const StorageOptions& storage,
                                                 bool shared_memory) {
  if (const auto* local = std::get_if<LocalMaster>(&master)) {
    return std::make_unique<LocalThreads>(local->threads, std::move(memory), std::move(broadcasts),
                                          storage);
  }
  if (const auto* mini = std::get_if<MiniClusterMaster>(&master)) {
    return std::make_unique<Processes>(options_of(*mini, storage), std::move(broadcasts),
                                       executors_in_threads(std::make_shared<MemoryNetwork>()));
  }
  auto options = options_of(std::get<LocalClusterMaster>(master), storage);
  options.shared_memory = shared_memory;
  return std::make_unique<Processes>(options, std::move(broadcasts));
}

}  // namespace kindred::cluster
