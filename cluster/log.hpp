// What a cluster has to say to people; on stderr, because stdout belongs to the program.
#pragma once

#include <string_view>

namespace kindred::cluster {

void log_info(std::string_view text);
void log_warning(std::string_view text);

}  // namespace kindred::cluster
