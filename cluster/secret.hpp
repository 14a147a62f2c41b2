// Secrets by which processes of one driver know each other.
#pragma once

#include <string>
#include <string_view>

namespace kindred::cluster {

/// 128 random bits as text, from the system's generator.
std::string new_secret();

/// Compares in a time that does not tell how much of `given` is right.
bool same_secret(std::string_view given, std::string_view expected);

}  // namespace kindred::cluster
