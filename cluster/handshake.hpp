// Who may become an executor of this driver.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "kindred/cluster/message.hpp"

namespace kindred::cluster {

/// Why the sender is refused, or an empty text. `token` is what the driver gave to the process that
/// it started, `build_id` its own program's.
std::string refusal(const Hello& hello, std::string_view token, std::uint64_t build_id);

}  // namespace kindred::cluster
