#include "workload.hpp"

#include <algorithm>
#include <cstring>
#include <string>

namespace bench {

namespace {

// Inside a function, because the workloads register themselves before main in any order.
std::vector<Workload>& registry() {
  static std::vector<Workload> workloads;
  return workloads;
}

bool means(std::string_view wanted, std::string_view name) {
  if (!name.starts_with(wanted)) return false;
  return name.size() == wanted.size() || name[wanted.size()] == '-' || name[wanted.size()] == '/';
}

std::invalid_argument unknown(std::string_view name) {
  return std::invalid_argument("there is no workload " + std::string(name) + "; --list names them");
}

}  // namespace

Registered::Registered(const Workload& workload) { registry().push_back(workload); }

std::vector<Workload> all_workloads() {
  auto workloads = registry();
  std::ranges::sort(workloads, [](const Workload& a, const Workload& b) {
    return strverscmp(std::string(a.name).c_str(), std::string(b.name).c_str()) < 0;
  });
  return workloads;
}

Workload workload_named(std::string_view name) {
  for (const auto& workload : registry()) {
    if (workload.name == name) return workload;
  }
  throw unknown(name);
}

std::vector<Workload> select_workloads(const std::vector<std::string>& names) {
  auto all = all_workloads();
  if (names.empty()) return all;
  std::vector<Workload> selected;
  for (const auto& name : names) {
    const auto before = selected.size();
    std::ranges::copy_if(all, std::back_inserter(selected),
                         [&](const Workload& workload) { return means(name, workload.name); });
    if (selected.size() == before) throw unknown(name);
  }
  return selected;
}

}  // namespace bench
