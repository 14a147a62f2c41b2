// The executor's side of crash reports. Between a signal and the process's end nothing may be
// called here but what is safe in a signal handler.
#include <array>
#include <atomic>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <poll.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include "kindred/cluster/crash_report.hpp"
#include "kindred/engine/check.hpp"
#include "kindred/engine/log.hpp"
#include "kindred/engine/task_context.hpp"
#include "kindred/engine/task_failure.hpp"

namespace kindred::cluster {
namespace {

constexpr int kMostFrames = 64;
constexpr std::size_t kMostModules = 64;
constexpr std::size_t kSignalStackBytes = 128 << 10;
// A handler that hangs, over a lock that the crash left taken, must not keep the process.
constexpr unsigned kMostSeconds = 5;
// How far from the stack's pointer an access is one to the stack.
constexpr std::uintptr_t kNearStack = 64 << 10;

struct Module {
  std::uintptr_t base = 0;
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
  std::array<char, 512> path{};
};

// Of the process, as its signal handlers are: written before they are installed.
int report_descriptor = -1;
std::array<Module, kMostModules> modules;
std::size_t module_count = 0;
std::terminate_handler terminate_before = nullptr;

// For what was logged before the crash.
constexpr int kMostWaits = 20;
constexpr int kWaitMilliseconds = 10;

std::atomic_flag reported = ATOMIC_FLAG_INIT;
std::array<char, 512> uncaught{};  // of the thread that is about to abort

// Text in a fixed place, since there may be no memory to be had.
class Text {
 public:
  Text& put(const char* text) {
    while (*text != '\0' && size_ < bytes_.size()) bytes_[size_++] = *text++;
    return *this;
  }
  Text& put_number(std::uintptr_t value, unsigned base) {
    std::array<char, 24> digits{};
    auto at = digits.size() - 1;
    do {
      digits[--at] = "0123456789abcdef"[value % base];
      value /= base;
    } while (value != 0);
    return put(&digits[at]);
  }
  void write() {
    for (std::size_t at = 0; at < size_;) {
      const auto written = ::write(report_descriptor, bytes_.data() + at, size_ - at);
      if (written <= 0) break;
      at += static_cast<std::size_t>(written);
    }
    size_ = 0;
  }

 private:
  std::array<char, 4096> bytes_{};
  std::size_t size_ = 0;
};

int note_module(dl_phdr_info* info, std::size_t, void*) {
  if (module_count == modules.size()) return 1;
  auto& module = modules[module_count++];
  module.base = info->dlpi_addr;
  module.begin = ~std::uintptr_t{0};
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const auto& segment = info->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD) continue;
    const auto begin = module.base + segment.p_vaddr;
    module.begin = std::min(module.begin, begin);
    module.end = std::max(module.end, begin + segment.p_memsz);
  }
  // The program has no name here; the driver is the same one.
  const char* name = info->dlpi_name[0] == '\0' ? "/proc/self/exe" : info->dlpi_name;
  std::snprintf(module.path.data(), module.path.size(), "%s", name);
  return 0;
}

void put_frame(Text& text, std::uintptr_t address) {
  for (std::size_t i = 0; i < module_count; ++i) {
    const auto& module = modules[i];
    if (address < module.begin || address >= module.end) continue;
    text.put("frame ").put_number(address - module.base, 16).put(" ").put(module.path.data());
    text.put("\n").write();
    return;
  }
  text.put("frame ").put_number(address, 16).put(" ?\n").write();
}

// `innermost`: where the signal found the thread; the frames above it are the handler's.
void put_task_and_stack(Text& text, std::uintptr_t innermost) {
  if (const auto* task = current_task()) {
    text.put("task ").put_number(task->stage().value, 16).put(" ");
    text.put_number(task->partition().value, 16).put("\n");
  }
  // First what is known without the stack, which may be beyond reading.
  text.write();
  std::array<void*, kMostFrames> frames{};
  const int count = ::backtrace(frames.data(), kMostFrames);
  int first = 0;
  for (int i = 0; i < count; ++i) {
    if (reinterpret_cast<std::uintptr_t>(frames[static_cast<std::size_t>(i)]) == innermost) {
      first = i;
    }
  }
  if (first == 0 && innermost != 0) put_frame(text, innermost);
  for (int i = first; i < count; ++i) {
    put_frame(text, reinterpret_cast<std::uintptr_t>(frames[static_cast<std::size_t>(i)]));
  }
}

struct Registers {
  std::uintptr_t instruction = 0;
  std::uintptr_t stack = 0;
};

Registers registers_of(const void* context) {
  const auto& machine = static_cast<const ucontext_t*>(context)->uc_mcontext;
#if defined(__x86_64__)
  return {static_cast<std::uintptr_t>(machine.gregs[REG_RIP]),
          static_cast<std::uintptr_t>(machine.gregs[REG_RSP])};
#elif defined(__aarch64__)
  return {static_cast<std::uintptr_t>(machine.pc), static_cast<std::uintptr_t>(machine.sp)};
#else
  (void)machine;
  return {};
#endif
}

extern "C" void kindred_on_crash(int signal, siginfo_t* info, void* context) {
  // A second thread that crashes waits for the first to end the process.
  if (reported.test_and_set()) {
    for (;;) ::pause();
  }
  ::alarm(kMostSeconds);
  const auto registers = registers_of(context);
  // Sent by somebody, abort() included, it has no address.
  const auto address = info->si_code > 0 ? reinterpret_cast<std::uintptr_t>(info->si_addr) : 0;
  Text text;
  text.put("signal ").put_number(static_cast<std::uintptr_t>(signal), 10).put(" ");
  text.put_number(address, 16).put("\n");
  if (signal == SIGSEGV && address != 0 && address + kNearStack > registers.stack &&
      address < registers.stack + kNearStack) {
    text.put("overflow\n");
  }
  if (signal == SIGABRT && uncaught[0] != '\0') {
    text.put("uncaught ").put(uncaught.data()).put("\n");
  }
  put_task_and_stack(text, registers.instruction);
  for (int i = 0; i < kMostWaits && detail::unwritten_log_lines() > 0; ++i) {
    ::poll(nullptr, 0, kWaitMilliseconds);
  }
  // It is blocked here, and ends the process when this returns.
  ::signal(signal, SIG_DFL);
  ::raise(signal);
}

void on_exit_called(int status, void*) {
  if (!reported.test_and_set()) {
    Text text;
    text.put("exit\n");
    put_task_and_stack(text, 0);
  }
  // The destructors of static objects are not to run under the feet of the other threads.
  std::fflush(nullptr);
  ::_exit(status);
}

[[noreturn]] void on_uncaught() {
  if (std::current_exception()) {
    const auto error = detail::current_exception_as_error();
    std::snprintf(uncaught.data(), uncaught.size(), "%s: %s", error.type.c_str(),
                  error.message.c_str());
    for (auto& character : uncaught) {
      if (character == '\n') character = ' ';
    }
  }
  terminate_before();
  std::abort();
}

}  // namespace

void report_crashes_to(int descriptor) {
  KINDRED_CHECK(report_descriptor < 0);
  report_descriptor = descriptor;
  ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
  ::dl_iterate_phdr(note_module, nullptr);
  // The first call loads the unwinder, which a signal handler could not.
  std::array<void*, 2> frames{};
  ::backtrace(frames.data(), static_cast<int>(frames.size()));
  terminate_before = std::set_terminate(on_uncaught);
  ::on_exit(on_exit_called, nullptr);
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) {
    struct sigaction before {};
    if (::sigaction(signal, nullptr, &before) != 0 || before.sa_handler != SIG_DFL) continue;
    struct sigaction action {};
    action.sa_sigaction = kindred_on_crash;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigfillset(&action.sa_mask);
    ::sigaction(signal, &action, nullptr);
  }
}

SignalStack::SignalStack() {
  stack_t now{};
  if (::sigaltstack(nullptr, &now) != 0 || (now.ss_flags & SS_DISABLE) == 0) return;
  auto* memory = ::mmap(nullptr, kSignalStackBytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return;
  stack_t ours{};
  ours.ss_sp = memory;
  ours.ss_size = kSignalStackBytes;
  if (::sigaltstack(&ours, nullptr) == 0) {
    memory_ = memory;
  } else {
    ::munmap(memory, kSignalStackBytes);
  }
}

SignalStack::~SignalStack() {
  if (memory_ == nullptr) return;
  stack_t none{};
  none.ss_flags = SS_DISABLE;
  ::sigaltstack(&none, nullptr);
  ::munmap(memory_, kSignalStackBytes);
}

}  // namespace kindred::cluster
