// Which message a frame is, for tests that look at what travels.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

#include "kindred/cluster/frame.hpp"
#include "kindred/cluster/message.hpp"

namespace kindred::test {

template <class Kind, std::size_t index = 0>
constexpr std::size_t index_of_kind() {
  if constexpr (std::is_same_v<Kind, std::variant_alternative_t<index, cluster::Message>>) {
    return index;
  } else {
    return index_of_kind<Kind, index + 1>();
  }
}
/// The index of a kind in Message.
template <class Kind>
inline constexpr std::size_t kind_of = index_of_kind<Kind>();

/// That of a frame as it was sent.
inline std::size_t kind_in(std::string_view frame) {
  cluster::FrameHeader header;
  std::memcpy(&header, frame.data(), sizeof header);
  return header.type;
}

}  // namespace kindred::test
