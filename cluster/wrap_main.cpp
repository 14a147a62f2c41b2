// Steps in before the user's main. The link option --wrap=main sends the C runtime here; the
// undefined reference that it makes pulls this object out of the static library, and nothing else
// does.
#include "kindred/engine/serve.hpp"

// Names that the linker gives.
extern "C" int __real_main(int argc, char** argv, char** environment);

extern "C" int __wrap_main(int argc, char** argv, char** environment) {
  // In an executor main never runs: it would submit the jobs again. All static constructors have
  // run here, so all task entries are registered.
  if (kindred::serve_if_executor(argc, argv)) return 0;
  return __real_main(argc, argv, environment);
}
