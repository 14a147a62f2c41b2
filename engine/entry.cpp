#include "kindred/engine/entry.hpp"

#include <algorithm>
#include <elf.h>
#include <fmt/format.h>
#include <link.h>
#include <mutex>
#include <sys/stat.h>
#include <unordered_set>
#include <vector>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "kindred/engine/error.hpp"

namespace kindred {
namespace {

struct Module {
  std::uintptr_t base = 0;
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
  std::uint64_t digest = 0;
  std::string name;
};

// Linkers write a build id into a note; without one (clang's default) the file's size and time
// stand for it.
std::uint64_t digest_of(const dl_phdr_info& info) {
  for (int i = 0; i < info.dlpi_phnum; ++i) {
    const auto& part = info.dlpi_phdr[i];
    if (part.p_type != PT_NOTE) continue;
    const auto* at = reinterpret_cast<const char*>(info.dlpi_addr + part.p_vaddr);
    const auto* end = at + part.p_memsz;
    while (at + sizeof(ElfW(Nhdr)) <= end) {
      const auto* note = reinterpret_cast<const ElfW(Nhdr)*>(at);
      const auto* name = at + sizeof *note;
      const auto* description = name + ((note->n_namesz + 3) & ~3U);
      if (note->n_type == NT_GNU_BUILD_ID && note->n_namesz == 4 &&
          std::string_view(name, 3) == "GNU") {
        return XXH3_64bits(description, note->n_descsz);
      }
      at = description + ((note->n_descsz + 3) & ~3U);
    }
  }
  const char* path =
      info.dlpi_name != nullptr && *info.dlpi_name != 0 ? info.dlpi_name : "/proc/self/exe";
  struct stat status {};
  if (stat(path, &status) != 0) return 0;
  const std::int64_t parts[] = {status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
  return XXH3_64bits(parts, sizeof parts);
}

std::vector<Module> loaded_modules() {
  std::vector<Module> modules;
  dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* data) {
        Module module;
        module.base = info->dlpi_addr;
        module.begin = UINTPTR_MAX;
        for (int i = 0; i < info->dlpi_phnum; ++i) {
          const auto& part = info->dlpi_phdr[i];
          if (part.p_type != PT_LOAD) continue;
          module.begin = std::min<std::uintptr_t>(module.begin, info->dlpi_addr + part.p_vaddr);
          module.end =
              std::max<std::uintptr_t>(module.end, info->dlpi_addr + part.p_vaddr + part.p_memsz);
        }
        if (info->dlpi_name != nullptr) module.name = info->dlpi_name;
        const bool has_file = module.name.empty() || module.name.front() == '/';
        if (module.end > 0 && has_file) {
          module.digest = digest_of(*info);
          static_cast<std::vector<Module>*>(data)->push_back(std::move(module));
        }
        return 0;
      },
      &modules);
  return modules;
}

// The task-entry table. Entries register before main, modules are listed when the first id is asked
// for.
class EntryTable {
 public:
  bool add(const void* entry) {
    const std::lock_guard lock(mutex_);
    return entries_.insert(entry).second;
  }
  bool contains(const void* entry) {
    const std::lock_guard lock(mutex_);
    return entries_.contains(entry);
  }
  const std::vector<Module>& modules() {
    const std::lock_guard lock(mutex_);
    if (modules_.empty()) modules_ = loaded_modules();
    return modules_;
  }

 private:
  std::mutex mutex_;
  std::unordered_set<const void*> entries_;
  std::vector<Module> modules_;
};

EntryTable& table() {
  static EntryTable instance;
  return instance;
}

}  // namespace

bool register_entry(const void* entry) { return table().add(entry); }

EntryId entry_id(const void* entry) {
  const auto address = reinterpret_cast<std::uintptr_t>(entry);
  for (const auto& module : table().modules()) {
    if (address >= module.begin && address < module.end)
      return {module.digest, address - module.base};
  }
  throw UsageError(
      "an op was called from a library that was loaded with dlopen: an executor cannot find its "
      "functions. Link the "
      "library to the program instead");
}

const void* entry_address(EntryId id) {
  for (const auto& module : table().modules()) {
    if (module.digest != id.module) continue;
    const auto* entry = reinterpret_cast<const void*>(module.base + id.offset);
    if (table().contains(entry)) return entry;
  }
  throw DecodeError(fmt::format(
      "{:x}+{:#x} is not a task entry of this program: driver and executor must be the same build",
      id.module, id.offset));
}

std::uint64_t program_build_id() {
  const auto& modules = table().modules();
  return modules.empty() ? 0 : modules.front().digest;
}

}  // namespace kindred
