#include "kindred/engine/captured_address.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <fmt/format.h>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kindred/engine/error.hpp"
#include "kindred/engine/node.hpp"

#if defined(__has_feature)
#define KINDRED_HAS_FEATURE(feature) __has_feature(feature)
#else
#define KINDRED_HAS_FEATURE(feature) 0
#endif

namespace kindred::detail {
namespace {

// Sanitizers map terabytes of shadow, so that many plain numbers would look like addresses.
bool in_sanitizer_shadow([[maybe_unused]] std::uintptr_t word) {
#if defined(__SANITIZE_ADDRESS__) || KINDRED_HAS_FEATURE(address_sanitizer)
  return word >= 0x7fff8000 && word < 0x10007fff8000;
#elif defined(__SANITIZE_THREAD__) || KINDRED_HAS_FEATURE(thread_sanitizer)
  return word >= 0x010000000000 && word < 0x400000000000;
#else
  return false;
#endif
}

bool is_mapped(std::uintptr_t word) {
  constexpr std::uintptr_t kLowest = 1 << 16;                   // below it Linux maps nothing
  constexpr std::uintptr_t kHighest = std::uintptr_t{1} << 47;  // above it is the kernel
  if (word < kLowest || word >= kHighest || in_sanitizer_shadow(word)) return false;
  const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  unsigned char resident = 0;
  return mincore(reinterpret_cast<void*>(word & ~(page - 1)), 1, &resident) == 0;
}

// Whether the address lies in a part of the program or a library that cannot be written: a literal
// or a function.
bool is_constant_of_program(std::uintptr_t word) {
  struct Search {
    std::uintptr_t word;
    bool found;
  } search{word, false};
  dl_iterate_phdr(
      [](dl_phdr_info* module, std::size_t, void* data) {
        auto& sought = *static_cast<Search*>(data);
        for (int i = 0; i < module->dlpi_phnum; ++i) {
          const auto& part = module->dlpi_phdr[i];
          const auto begin = module->dlpi_addr + part.p_vaddr;
          if (part.p_type == PT_LOAD && (part.p_flags & PF_W) == 0 && sought.word >= begin &&
              sought.word < begin + part.p_memsz) {
            sought.found = true;
          }
        }
        return sought.found ? 1 : 0;
      },
      &search);
  return search.found;
}

}  // namespace

void refuse_captured_address(const std::byte* bytes, std::size_t size, std::size_t alignment,
                             const OpLabel& label) {
  const auto step = std::min(alignment, sizeof(std::uintptr_t));
  for (std::size_t at = 0; at + sizeof(std::uintptr_t) <= size; at += step) {
    std::uintptr_t word = 0;
    std::memcpy(&word, bytes + at, sizeof word);
    if (!is_mapped(word)) continue;
    if (is_constant_of_program(word)) {
      throw UsageError(fmt::format(
          "{}: the function captures a pointer to a constant of the program (a string literal, a "
          "function), which "
          "is somewhere else in an executor. Write the constant inside the function, or "
          "capture(std::string(text), [](const std::string& text, ...) {{...}})",
          label.text()));
    }
    throw UsageError(
        fmt::format("{}: the function captures a reference or a pointer ([&], [this], a pointer, a "
                    "view), which means nothing in "
                    "an executor. Capture by value: [x], or capture(value, [](const auto& value, "
                    "...) {{...}}). If it is a number "
                    "that only looks like the address {:#x}, give it through capture() too",
                    label.text(), word));
  }
}

}  // namespace kindred::detail
