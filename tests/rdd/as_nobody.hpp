// Root may read and write everywhere: tests of missing permissions give up its rights.
#pragma once

#include <cstdlib>
#include <stdexcept>
#include <unistd.h>

namespace kindred::test {

/// Takes root's rights from this process for its own lifetime.
class AsNobody {
 public:
  AsNobody() : was_(::geteuid()) {
    constexpr uid_t kNobody = 65534;
    if (was_ == 0 && ::seteuid(kNobody) != 0)
      throw std::runtime_error("cannot give up root's rights");
  }
  AsNobody(const AsNobody&) = delete;
  AsNobody& operator=(const AsNobody&) = delete;
  ~AsNobody() {
    if (was_ == 0 && ::seteuid(0) != 0) std::abort();
  }

 private:
  uid_t was_;
};

}  // namespace kindred::test
