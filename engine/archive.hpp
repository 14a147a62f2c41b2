// cereal archives over a buffer in memory. Loading checks every length against the bytes that are
// left, so that a corrupt size throws DecodeError instead of asking for memory that was never sent.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <cereal/cereal.hpp>
#include <cereal/types/map.hpp>
#include <cereal/types/set.hpp>
#include <cereal/types/string.hpp>
#include <cereal/types/tuple.hpp>
#include <cereal/types/unordered_map.hpp>
#include <cereal/types/unordered_set.hpp>
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
  /// The same for `count` values of `size` bytes each, whose product may be too large for a number.
  void need(std::uint64_t count, std::size_t size) const {
    if (count > in_.size() / size) need(in_.size() + 1);
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

namespace detail {

template <class T>
inline constexpr bool is_vector = false;
template <class T>
requires(!std::is_same_v<T, bool>) inline constexpr bool is_vector<std::vector<T>> = true;

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

template <class T>
inline constexpr bool is_parts = requires {
  std::tuple_size<T>::value;
};

template <class T>
constexpr bool can_serialise();

template <class T, std::size_t... I>
constexpr bool can_serialise_parts(std::index_sequence<I...>) {
  return (can_serialise<std::tuple_element_t<I, T>>() && ...);
}

template <class T>
constexpr bool can_serialise() {
  if constexpr (bitwise<T>) {
    return true;
  } else if constexpr (std::is_pointer_v<T>) {
    return false;  // cereal takes them at first and refuses them where no test sees it
  } else if constexpr (is_parts<T>) {
    return can_serialise_parts<T>(std::make_index_sequence<std::tuple_size_v<T>>{});
  } else if constexpr (is_vector<T> || is_optional<T>) {
    return can_serialise<typename T::value_type>();
  } else {
    return cereal::traits::is_output_serializable<T, OutputArchive>::value &&
           cereal::traits::is_input_serializable<T, InputArchive>::value;
  }
}

}  // namespace detail

/// True for what can cross to another process: bitwise values, what cereal takes, and pairs,
/// tuples, arrays, vectors and optionals of such.
template <class T>
inline constexpr bool serialisable = detail::can_serialise<T>();

/// Writes one value: raw bytes where they are the value, its parts where it has parts, through
/// cereal otherwise.
template <class T>
void write_value(OutputArchive& out, const T& value) {
  if constexpr (bitwise<T>) {
    out.saveBinary(&value, sizeof value);
  } else if constexpr (detail::is_parts<T>) {
    std::apply([&](const auto&... part) { (write_value(out, part), ...); }, value);
  } else if constexpr (detail::is_vector<T>) {
    out(static_cast<std::uint64_t>(value.size()));
    if constexpr (bitwise<typename T::value_type>) {
      out.saveBinary(value.data(), value.size() * sizeof(typename T::value_type));
    } else {
      for (const auto& element : value) write_value(out, element);
    }
  } else if constexpr (detail::is_optional<T>) {
    out(value.has_value());
    if (value) write_value(out, *value);
  } else {
    out(value);
  }
}
template <class T>
void read_value(InputArchive& in, T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    in(value);
  } else if constexpr (bitwise<T>) {
    in.loadBinary(&value, sizeof value);
  } else if constexpr (detail::is_parts<T>) {
    std::apply([&](auto&... part) { (read_value(in, part), ...); }, value);
  } else if constexpr (detail::is_vector<T>) {
    std::uint64_t size = 0;
    in(size);
    if constexpr (bitwise<typename T::value_type>) {
      in.need(size, sizeof(typename T::value_type));
      value.resize(size);
      in.loadBinary(value.data(), size * sizeof(typename T::value_type));
    } else {
      // Every element takes a byte at least, but for a struct without fields.
      if constexpr (!std::is_empty_v<typename T::value_type>) in.need(size);
      value.clear();
      for (std::uint64_t i = 0; i < size; ++i) read_value(in, value.emplace_back());
    }
  } else if constexpr (detail::is_optional<T>) {
    bool there = false;
    in(there);
    value.reset();
    if (there) read_value(in, value.emplace());
  } else {
    in(value);
  }
}

}  // namespace kindred

CEREAL_REGISTER_ARCHIVE(kindred::OutputArchive)
CEREAL_REGISTER_ARCHIVE(kindred::InputArchive)
CEREAL_SETUP_ARCHIVE_TRAITS(kindred::InputArchive, kindred::OutputArchive)
