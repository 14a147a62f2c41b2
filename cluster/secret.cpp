#include "kindred/cluster/secret.hpp"

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fmt/format.h>
#include <sys/random.h>

#include "kindred/engine/error.hpp"

namespace kindred::cluster {

std::string new_secret() {
  std::uint64_t bits[2];
  if (::getrandom(bits, sizeof bits, 0) != sizeof bits) {
    throw Error(fmt::format("the system gives no random bytes: {}", std::strerror(errno)));
  }
  return fmt::format("{:016x}{:016x}", bits[0], bits[1]);
}

bool same_secret(std::string_view given, std::string_view expected) {
  if (given.size() != expected.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < given.size(); ++i) {
    difference |= static_cast<unsigned char>(given[i]) ^ static_cast<unsigned char>(expected[i]);
  }
  return difference == 0;
}

}  // namespace kindred::cluster
