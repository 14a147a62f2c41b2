#include "kindred/cluster/handshake.hpp"

#include <fmt/format.h>

#include "kindred/cluster/secret.hpp"

namespace kindred::cluster {

// The token first: a stranger learns nothing of the build.
std::string refusal(const Hello& hello, std::string_view token, std::uint64_t build_id) {
  if (token.empty() || !same_secret(hello.token, token)) {
    return "this driver started no such executor";
  }
  if (hello.build_id != build_id) {
    return fmt::format("build {:x} of the program is not the driver's, which is {:x}",
                       hello.build_id, build_id);
  }
  if (!hello.authentication.empty()) return "this version knows no authentication";
  return {};
}

}  // namespace kindred::cluster
