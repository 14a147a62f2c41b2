// The rows that the curves are taken with: what a key and a value are, and which keys come up.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>

#include "generate.hpp"
#include "skew_keys.hpp"

namespace bench {

/// 16 bytes: two numbers. Fingerprints times worths add up to a checksum that grouping, summing and
/// joining leave as it is.
struct PlainRows {
  using Key = std::uint64_t;
  using KeyView = std::uint64_t;
  using Value = std::uint64_t;
  using Add = std::plus<>;

  static Key key(std::uint64_t number) { return number; }
  static Value value(std::uint64_t i) { return i; }
  static std::uint64_t fingerprint(KeyView key) { return splitmix64(key); }
  static std::uint64_t worth(Value value) { return value; }
};

/// Keys of 8 to 64 letters.
struct TextRows : PlainRows {
  using Key = std::string;
  using KeyView = std::string_view;

  static Key key(std::uint64_t number) {
    const auto seed = splitmix64(number);
    std::array<char, 64> text;
    for (std::size_t at = 0; at < text.size(); at += 8) {
      const auto word = at == 0 ? number : seed >> (at / 8);  // the first tells keys apart
      const auto eight = letters(static_cast<std::uint32_t>(word));
      std::memcpy(text.data() + at, &eight, 8);
    }
    return {text.data(), 8 + seed % 57};
  }
  static std::uint64_t fingerprint(KeyView key) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, key.data(), 8);
    return mix(eight, key.size());
  }

 private:
  // A letter for each four bits.
  static constexpr std::uint64_t letters(std::uint32_t bits) {
    std::uint64_t spread = bits;
    spread = (spread | (spread << 16)) & 0x0000ffff0000ffffu;
    spread = (spread | (spread << 8)) & 0x00ff00ff00ff00ffu;
    spread = (spread | (spread << 4)) & 0x0f0f0f0f0f0f0f0fu;
    return spread + 0x6161616161616161u;
  }
};

/// 100 bytes: a key of 4 and a value of 96.
struct WideRows {
  using Key = std::uint32_t;
  using KeyView = std::uint32_t;
  using Value = std::array<std::uint32_t, 24>;
  struct Add {
    Value operator()(const Value& a, const Value& b) const {
      Value sum;
      for (std::size_t j = 0; j < sum.size(); ++j) sum[j] = a[j] + b[j];
      return sum;
    }
  };

  static Key key(std::uint64_t number) { return static_cast<Key>(number); }
  static Value value(std::uint64_t i) {
    Value value;
    for (std::size_t j = 0; j < value.size(); ++j) {
      value[j] = static_cast<std::uint32_t>((i + j) % 256);  // small, so that no sum overflows
    }
    return value;
  }
  static std::uint64_t fingerprint(KeyView key) { return splitmix64(key); }
  static std::uint64_t worth(const Value& value) {
    std::uint64_t sum = 0;
    for (const auto part : value) sum += part;
    return sum;
  }
};

/// What the curves differ in.
struct Even : PlainRows {
  static constexpr std::string_view kName = "even";
  static EvenKeys keys(std::uint64_t count) { return {count}; }
};
struct Zipf10 : PlainRows {
  static constexpr std::string_view kName = "zipf1.0";
  static ZipfKeys keys(std::uint64_t count) { return {count, 1.0}; }
};
struct Zipf13 : PlainRows {
  static constexpr std::string_view kName = "zipf1.3";
  static ZipfKeys keys(std::uint64_t count) { return {count, 1.3}; }
};
struct Hot : PlainRows {
  static constexpr std::string_view kName = "hot";
  static HotKeys keys(std::uint64_t count) { return {count}; }
};
struct Text : TextRows {
  static constexpr std::string_view kName = "text";
  static EvenKeys keys(std::uint64_t count) { return {count}; }
};
struct Wide : WideRows {
  static constexpr std::string_view kName = "wide";
  static EvenKeys keys(std::uint64_t count) { return {count}; }
};

}  // namespace bench
