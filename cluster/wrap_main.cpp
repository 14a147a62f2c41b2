// Steps in before the user's main. The link option --wrap=main sends the C runtime here; the
// undefined reference that it makes pulls this object out of the static library, and nothing else
// does.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>

#include "kindred/cluster/interrupt.hpp"
#include "kindred/engine/error.hpp"
#include "kindred/engine/log.hpp"
#include "kindred/engine/serve.hpp"

// Names that the linker gives.
extern "C" int __real_main(int argc, char** argv, char** environment);

namespace {

using namespace kindred;

std::terminate_handler handler_before = nullptr;

void print(const Error& error) {
  detail::flush_log();
  std::fprintf(stderr, "kindred: %s\n", error.what());
}

// What the program printed stands before its end, which runs nothing else that exit() does.
void flush_output() {
  // Not where another thread is writing, and may wait for ever: the end comes first.
  if (::ftrylockfile(stdout) != 0) return;
  std::cout.flush();
  std::fflush(stdout);
  ::funlockfile(stdout);
}

// For what leaves a thread of the program other than main.
[[noreturn]] void end_on_uncaught() {
  try {
    if (const auto uncaught = std::current_exception()) std::rethrow_exception(uncaught);
  } catch (const Error& error) {
    flush_output();
    print(error);
    std::_Exit(EXIT_FAILURE);
  } catch (...) {
  }
  handler_before();
  std::abort();
}

}  // namespace

extern "C" int __wrap_main(int argc, char** argv, char** environment) {
  // In an executor main never runs: it would submit the jobs again. All static constructors have
  // run here, so all task entries are registered.
  if (serve_if_executor(argc, argv)) return 0;
  handler_before = std::set_terminate(end_on_uncaught);
  try {
    return __real_main(argc, argv, environment);
  } catch (const CancelledError& error) {
    print(error);
    if (cluster::interrupted()) {
      flush_output();
      cluster::end_by_interrupt();
    }
  } catch (const Error& error) {
    print(error);
  }
  return EXIT_FAILURE;
}
