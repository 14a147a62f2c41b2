// cereal archives over a buffer in memory. Loading checks every length against the bytes that are
// left, so that a corrupt size throws DecodeError instead of asking for memory that was never sent.
#pragma once

#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

#include <cereal/cereal.hpp>
#include <cereal/types/string.hpp>
#include <cereal/types/tuple.hpp>
#include <cereal/types/utility.hpp>
#include <cereal/types/vector.hpp>

#include "kindred/engine/bitwise.hpp"
#include "kindred/engine/error.hpp"

namespace kindred {

/// Appends to a std::string that it does not own.
class OutputArchive : public cereal::OutputArchive<OutputArchive, cereal::AllowEmptyClassElision> {
 public:
  explicit OutputArchive(std::string& out)
      : cereal::OutputArchive<OutputArchive, cereal::AllowEmptyClassElision>(this), out_(out) {}
  void saveBinary(const void* bytes, std::size_t size) {
    out_.append(static_cast<const char*>(bytes), size);
  }

 private:
  std::string& out_;
};

/// Reads from a view that it does not own.
class InputArchive : public cereal::InputArchive<InputArchive, cereal::AllowEmptyClassElision> {
 public:
  explicit InputArchive(std::string_view in)
      : cereal::InputArchive<InputArchive, cereal::AllowEmptyClassElision>(this), in_(in) {}
  void loadBinary(void* bytes, std::size_t size) {
    need(size);
    if (size > 0) std::memcpy(bytes, in_.data(), size);
    in_.remove_prefix(size);
  }
  std::string_view take(std::size_t size) {
    need(size);
    auto taken = in_.substr(0, size);
    in_.remove_prefix(size);
    return taken;
  }
  std::size_t left() const { return in_.size(); }
  /// Throws DecodeError where fewer than `size` bytes are left.
  void need(std::size_t size) const {
    if (size > in_.size()) throw DecodeError("truncated: fewer bytes are left than a length says");
  }
  /// Throws DecodeError where bytes are left over.
  void finish() const {
    if (!in_.empty()) throw DecodeError("bytes are left over after the last value");
  }

 private:
  std::string_view in_;
};

template <class T>
requires(std::is_arithmetic_v<T>) void CEREAL_SAVE_FUNCTION_NAME(OutputArchive& archive,
                                                                 const T& value) {
  archive.saveBinary(&value, sizeof value);
}
template <class T>
requires(std::is_arithmetic_v<T>) void CEREAL_LOAD_FUNCTION_NAME(InputArchive& archive, T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    // No other byte may ever be read as a bool.
    unsigned char byte = 0;
    archive.loadBinary(&byte, 1);
    if (byte > 1) throw DecodeError("a truth value that is neither true nor false");
    value = byte != 0;
  } else {
    archive.loadBinary(&value, sizeof value);
  }
}
template <class Archive, class T>
requires(std::is_same_v<Archive, OutputArchive> ||
         std::is_same_v<Archive,
                        InputArchive>) void CEREAL_SERIALIZE_FUNCTION_NAME(Archive& archive,
                                                                           cereal::NameValuePair<T>&
                                                                               pair) {
  archive(pair.value);
}
template <class T>
void CEREAL_SAVE_FUNCTION_NAME(OutputArchive& archive, const cereal::SizeTag<T>& tag) {
  archive(static_cast<std::uint64_t>(tag.size));
}
template <class T>
void CEREAL_LOAD_FUNCTION_NAME(InputArchive& archive, cereal::SizeTag<T>& tag) {
  std::uint64_t size = 0;
  archive(size);
  archive.need(size);  // every element takes a byte at least
  tag.size = static_cast<std::remove_reference_t<T>>(size);
}
template <class T>
void CEREAL_SAVE_FUNCTION_NAME(OutputArchive& archive, const cereal::BinaryData<T>& data) {
  archive.saveBinary(data.data, static_cast<std::size_t>(data.size));
}
template <class T>
void CEREAL_LOAD_FUNCTION_NAME(InputArchive& archive, cereal::BinaryData<T>& data) {
  archive.loadBinary(data.data, static_cast<std::size_t>(data.size));
}

/// True for what can cross to another process: bitwise values, and all that cereal takes.
template <class T>
inline constexpr bool serialisable =
    bitwise<T> || (cereal::traits::is_output_serializable<T, OutputArchive>::value &&
                   cereal::traits::is_input_serializable<T, InputArchive>::value);

/// Writes one value: raw bytes where they are the value, cereal otherwise.
template <class T>
void write_value(OutputArchive& out, const T& value) {
  if constexpr (bitwise<T>) {
    out.saveBinary(&value, sizeof value);
  } else {
    out(value);
  }
}
template <class T>
void read_value(InputArchive& in, T& value) {
  if constexpr (bitwise<T>) {
    in.loadBinary(&value, sizeof value);
  } else {
    in(value);
  }
}

}  // namespace kindred

CEREAL_REGISTER_ARCHIVE(kindred::OutputArchive)
CEREAL_REGISTER_ARCHIVE(kindred::InputArchive)
CEREAL_SETUP_ARCHIVE_TRAITS(kindred::InputArchive, kindred::OutputArchive)
