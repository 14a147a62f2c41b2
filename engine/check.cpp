#include "kindred/engine/check.hpp"

#include <cstdio>
#include <cstdlib>

#include "kindred/engine/log.hpp"

namespace kindred::detail {

void check_failed(const char* condition, const char* file, int line) {
  flush_log();
  std::fprintf(stderr, "kindred: internal check failed: %s, %s:%d. Please report this.\n",
               condition, file, line);
  std::abort();
}

}  // namespace kindred::detail
