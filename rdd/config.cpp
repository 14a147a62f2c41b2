#include "kindred/rdd/config.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fmt/format.h>

#include "kindred/engine/error.hpp"

namespace kindred {
namespace {

template <class Int>
std::optional<Int> number(std::string_view text) {
  Int value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::uint64_t bytes(std::string_view name, std::string_view text) {
  struct Unit {
    std::string_view suffix;
    int shift;
  };
  for (const auto [suffix, shift] :
       {Unit{"KiB", 10}, Unit{"MiB", 20}, Unit{"GiB", 30}, Unit{"TiB", 40}}) {
    if (!text.ends_with(suffix)) continue;
    const auto count = number<std::uint64_t>(text.substr(0, text.size() - suffix.size()));
    if (count && *count <= (~std::uint64_t{0} >> shift)) return *count << shift;
  }
  if (const auto plain = number<std::uint64_t>(text)) return *plain;
  throw UsageError(
      fmt::format("{}: '{}' is no size: write a number of bytes, or 512MiB, 4GiB", name, text));
}

bool truth(std::string_view name, std::string_view text) {
  if (text != "true" && text != "false") {
    throw UsageError(fmt::format("{}: '{}' is neither true nor false", name, text));
  }
  return text == "true";
}

ShuffleStorage shuffle_storage_of(std::string_view name, std::string_view text) {
  if (text != "memory" && text != "disk") {
    throw UsageError(fmt::format("{}: '{}' is neither memory nor disk", name, text));
  }
  return text == "disk" ? ShuffleStorage::disk : ShuffleStorage::memory;
}

void set_pair(Config& config, std::string_view pair) {
  const auto equals = pair.find('=');
  if (equals == pair.npos)
    throw UsageError(fmt::format("'{}' is no option: write NAME=VALUE", pair));
  config.set(pair.substr(0, equals), pair.substr(equals + 1));
}

}  // namespace

void Config::set(std::string_view name, std::string_view value) {
  if (name == "kindred.master") {
    master = value;
  } else if (name == "kindred.memory") {
    memory = bytes(name, value);
  } else if (name == "kindred.max_task_failures") {
    max_task_failures = number<std::uint32_t>(value);
    if (!max_task_failures || *max_task_failures == 0) {
      throw UsageError(fmt::format("{}: '{}' is no number of at least 1", name, value));
    }
  } else if (name == "kindred.driver.max_result_size") {
    max_result_size = bytes(name, value);
  } else if (name == "kindred.local_dir") {
    local_dir = value;
  } else if (name == "kindred.shuffle.storage") {
    shuffle_storage = shuffle_storage_of(name, value);
  } else if (name == "kindred.shuffle.shared_memory") {
    shared_memory = truth(name, value);
  } else if (name == "kindred.quiet") {
    quiet = truth(name, value);
  } else if (name == "kindred.summary") {
    summary = truth(name, value);
  } else {
    throw UsageError(
        fmt::format("there is no option '{}'; there are kindred.master, kindred.memory, "
                    "kindred.max_task_failures, kindred.driver.max_result_size, kindred.local_dir, "
                    "kindred.shuffle.storage, kindred.shuffle.shared_memory, kindred.quiet and "
                    "kindred.summary",
                    name));
  }
}

void Config::apply_environment() {
  if (const char* from_outside = std::getenv("KINDRED_MASTER")) master = from_outside;
  const char* conf = std::getenv("KINDRED_CONF");
  std::string_view left = conf == nullptr ? "" : conf;
  while (true) {
    const auto begin = left.find_first_not_of(" \t\n");
    if (begin == left.npos) return;
    left.remove_prefix(begin);
    const auto end = left.find_first_of(" \t\n");
    set_pair(*this, left.substr(0, end));
    left.remove_prefix(end == left.npos ? left.size() : end);
  }
}

Config Config::from_environment() {
  Config config;
  config.apply_environment();
  return config;
}

Config Config::from_args(int& argc, char** argv) {
  constexpr std::string_view kPrefix = "--kindred.";
  auto config = from_environment();
  int kept = 1;
  for (int i = 1; i < argc; ++i) {
    const std::string_view arg = argv[i];
    if (arg == "--quiet") {
      config.quiet = true;
    } else if (arg == "--summary") {
      config.summary = true;
    } else if (!arg.starts_with(kPrefix)) {
      argv[kept++] = argv[i];
    } else if (arg.find('=') != arg.npos) {
      set_pair(config, arg.substr(2));
    } else if (i + 1 < argc) {
      config.set(arg.substr(2), argv[++i]);
    } else {
      throw UsageError(fmt::format("{} needs a value", arg));
    }
  }
  if (kept < argc) argv[kept] = nullptr;
  argc = std::min(argc, kept);
  return config;
}

}  // namespace kindred
