#include "kindred/engine/serve.hpp"

namespace kindred {

bool serve_if_executor(int, char**) { return false; }

}  // namespace kindred
