// The hand-written tables of words of W2.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "by_hand.hpp"
#include "generate.hpp"
#include "text_by_hand.hpp"

namespace bench {

/// A word's share of a checksum. FNV-1a; over the distinct words only.
inline std::uint64_t word_sum(std::string_view word, std::uint64_t count) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : word) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return mix(hash, count);
}

/// Calls word(begin, end) for the words of a text.
template <class Word>
void for_each_word(std::string_view text, const Word& word) {
  const auto* begin = text.data();
  const auto* const end = begin + text.size();
  std::array<char, 64> last;
  for (const auto* block = begin; block < end; block += 64) {
    const auto* bytes = block;
    const auto left = static_cast<std::size_t>(end - block);
    if (left < 64) {
      last.fill(0x7f);
      std::memcpy(last.data(), block, left);
      bytes = last.data();
    }
    for (auto blank = bytes_blank(bytes); blank != 0; blank &= blank - 1) {
      const auto* word_end = block + std::countr_zero(blank);
      if (word_end > begin) word(begin, word_end);
      begin = word_end + 1;
    }
  }
  if (begin < end) word(begin, end);
}

/// The entries of a new table.
inline constexpr std::size_t kFirstEntries = std::size_t{1} << 16;

template <class Entry>
Buffer<Entry> empty_entries(BufferPool& pool, std::size_t size) {
  Buffer<Entry> entries(pool, size);
  std::memset(static_cast<void*>(entries.begin()), 0, size * sizeof(Entry));
  return entries;
}

/// Of words that stay in the text: the entries point there.
class PointerTable {
 public:
  struct Entry {
    std::uint64_t hash;
    const char* word;
    std::uint32_t length;
    std::uint64_t count;
  };

  explicit PointerTable(BufferPool& pool)
      : pool_(&pool), entries_(empty_entries<Entry>(pool, kFirstEntries)) {}

  Entry& at(std::uint64_t hash, const char* word, std::uint32_t length) {
    for (auto i = hash & mask_;; i = (i + 1) & mask_) {
      auto& entry = entries_[i];
      if (!entry.word) {
        if (used_ * 2 > mask_) {
          grow();
          return at(hash, word, length);
        }
        ++used_;
        entry = {hash, word, length, 0};
        return entry;
      }
      if (entry.hash == hash && entry.length == length &&
          std::memcmp(entry.word, word, length) == 0) {
        return entry;
      }
    }
  }
  void count(std::string_view text) {
    const auto* const end = text.data() + text.size();
    for_each_word(text, [&](const char* begin, const char* word_end) {
      const auto length = static_cast<std::uint32_t>(word_end - begin);
      std::uint64_t hash = 0;
      if (word_end + 8 <= end) {
        hash = hash_of(begin, length);
      } else {
        std::array<char, 1024> copy;  // no eight bytes to read behind it
        std::memcpy(copy.data(), begin, std::min<std::size_t>(length, 1000));
        hash = hash_of(copy.data(), length);
      }
      ++at(hash, begin, length).count;
    });
  }
  void add(const PointerTable& other) {
    for (const auto& entry : other.entries_) {
      if (entry.word) at(entry.hash, entry.word, entry.length).count += entry.count;
    }
  }
  std::uint64_t checksum() const {
    std::uint64_t sum = 0;
    for (const auto& entry : entries_) {
      if (entry.word) sum += word_sum({entry.word, entry.length}, entry.count);
    }
    return sum;
  }

 private:
  // Eight bytes at a time; eight must be readable behind `bytes`.
  static std::uint64_t hash_of(const char* bytes, std::uint32_t length) {
    auto hash = hash64(length);
    std::uint64_t eight = 0;
    for (; length > 8; bytes += 8, length -= 8) {
      std::memcpy(&eight, bytes, 8);
      hash = (hash ^ eight) * 0xbf58476d1ce4e5b9u;
      hash ^= hash >> 32;
    }
    std::memcpy(&eight, bytes, 8);
    if (length < 8) eight &= (std::uint64_t{1} << (length * 8)) - 1;
    hash = (hash ^ eight) * 0x94d049bb133111ebu;
    return hash ^ (hash >> 32);
  }
  void grow() {
    auto old = empty_entries<Entry>(*pool_, entries_.size() * 2);
    std::swap(old, entries_);
    mask_ = entries_.size() - 1;
    for (const auto& entry : old) {
      if (!entry.word) continue;
      auto i = entry.hash & mask_;
      while (entries_[i].word) i = (i + 1) & mask_;
      entries_[i] = entry;
    }
  }

  BufferPool* pool_;
  Buffer<Entry> entries_;
  std::size_t mask_ = kFirstEntries - 1;
  std::size_t used_ = 0;
};

/// Words of up to 15 bytes live inside an entry of half a cache line (16 bytes padded with zeros,
/// the length in the last), so that a hit touches one line; longer ones go to a map. Entries are
/// prefetched some words ahead.
class InlineTable {
 public:
  explicit InlineTable(BufferPool& pool)
      : pool_(&pool), entries_(empty_entries<Entry>(pool, kFirstEntries)) {}

  void count(std::string_view text) {
    std::array<Waiting, kAhead> waiting;
    std::size_t words = 0;
    const auto flush = [&] {
      for (std::size_t i = 0; i < words; ++i) add(waiting[i].hash, waiting[i].a, waiting[i].b, 1);
      words = 0;
    };
    for_each_word(text, [&](const char* begin, const char* end) {
      const auto length = static_cast<std::size_t>(end - begin);
      if (length > 15) {
        ++long_[std::string_view(begin, length)];
        return;
      }
      auto [a, b] = load(begin, length);
      b |= std::uint64_t{length} << 56;
      const auto hash = hash_of(a, b);
      __builtin_prefetch(&entries_[hash & mask_], 1);
      waiting[words++] = {hash, a, b};
      if (words == waiting.size()) flush();
    });
    flush();
  }
  void add(const InlineTable& other) {
    for (const auto& entry : other.entries_) {
      if (entry.b) add(hash_of(entry.a, entry.b), entry.a, entry.b, entry.count);
    }
    for (const auto& [word, count] : other.long_) long_[word] += count;
  }
  std::uint64_t checksum() const {
    std::uint64_t sum = 0;
    for (const auto& entry : entries_) {
      if (!entry.b) continue;
      sum += word_sum({reinterpret_cast<const char*>(&entry), entry.b >> 56}, entry.count);
    }
    for (const auto& [word, count] : long_) sum += word_sum(word, count);
    return sum;
  }

 private:
  struct alignas(32) Entry {
    std::uint64_t a, b, count;
  };
  struct Waiting {
    std::uint64_t hash, a, b;
  };
  static constexpr std::size_t kAhead = 40;

  static std::pair<std::uint64_t, std::uint64_t> load(const char* word, std::size_t length) {
#ifdef __AVX512BW__
    const auto bytes = _mm_maskz_loadu_epi8(__mmask16((1u << length) - 1), word);
    return {static_cast<std::uint64_t>(_mm_cvtsi128_si64(bytes)),
            static_cast<std::uint64_t>(_mm_extract_epi64(bytes, 1))};
#else
    std::array<std::uint64_t, 2> both{};
    std::memcpy(both.data(), word, length);
    return {both[0], both[1]};
#endif
  }
  static std::uint64_t hash_of(std::uint64_t a, std::uint64_t b) {
    const auto hash = (a ^ hash64(b)) * 0xbf58476d1ce4e5b9u;
    return hash ^ (hash >> 32);
  }
  void add(std::uint64_t hash, std::uint64_t a, std::uint64_t b, std::uint64_t count) {
    for (auto i = hash & mask_;; i = (i + 1) & mask_) {
      auto& entry = entries_[i];
      if (((entry.a ^ a) | (entry.b ^ b)) == 0) {
        entry.count += count;
        return;
      }
      if (!entry.b) {
        entry = {a, b, count};
        if (++used_ * 2 > mask_) grow();
        return;
      }
    }
  }
  void grow() {
    auto old = empty_entries<Entry>(*pool_, entries_.size() * 2);
    std::swap(old, entries_);
    mask_ = entries_.size() - 1;
    used_ = 0;
    for (const auto& entry : old) {
      if (entry.b) add(hash_of(entry.a, entry.b), entry.a, entry.b, entry.count);
    }
  }

  BufferPool* pool_;
  Buffer<Entry> entries_;
  std::size_t mask_ = kFirstEntries - 1;
  std::size_t used_ = 0;
  std::unordered_map<std::string_view, std::uint64_t> long_;
};

}  // namespace bench
