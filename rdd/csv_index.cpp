#include "kindred/rdd/csv_index.hpp"

#include <algorithm>
#include <bit>
#if defined(__PCLMUL__)
#include <immintrin.h>
#endif

#include "kindred/rdd/bytes_equal.hpp"

namespace kindred::detail {
namespace {

constexpr std::uint32_t kWord = kByteBlock;

// Bit i of the result is the parity of bits 0 to i.
std::uint64_t parity_up_to(std::uint64_t bits) {
#if defined(__PCLMUL__)
  const auto all = _mm_set1_epi8(static_cast<char>(0xff));
  const auto product =
      _mm_clmulepi64_si128(_mm_cvtsi64_si128(static_cast<std::int64_t>(bits)), all, 0);
  return static_cast<std::uint64_t>(_mm_cvtsi128_si64(product));
#else
  for (int shift = 1; shift < 64; shift *= 2) bits ^= bits << shift;
  return bits;
#endif
}

// A set of bytes, moved on by one: bit i says whether the byte before i is in it.
class Behind {
 public:
  explicit Behind(bool first) : last_(first ? 1 : 0) {}
  std::uint64_t operator()(std::uint64_t bits) {
    const auto moved = bits << 1 | last_;
    last_ = bits >> 63;
    return moved;
  }

 private:
  std::uint64_t last_;
};

}  // namespace

inline bool CsvIndex::has_room() const {
  return separators_.size() >= separator_count_ + kWord &&
         record_ends_.size() >= record_count_ + kWord;
}
// Inline: a call would cost the loop that scans its registers.
inline void CsvIndex::add_separators(std::uint64_t separators, std::uint64_t line_breaks,
                                     std::uint32_t base) {
  if (!has_room()) make_room();
  for (; line_breaks != 0; line_breaks &= line_breaks - 1) {
    const auto before = separators & ((line_breaks & -line_breaks) - 1);
    record_ends_[record_count_++] =
        separator_count_ + static_cast<std::uint32_t>(std::popcount(before));
  }
  auto* to = separators_.data() + separator_count_;
  separator_count_ += static_cast<std::uint32_t>(std::popcount(separators));
  while (separators != 0) {
    // Some at a time, also where there are fewer: how many there are is hard to predict.
    for (int i = 0; i < 8; ++i) {
      *to++ = base + static_cast<std::uint32_t>(std::countr_zero(separators));
      separators &= separators - 1;
    }
  }
}

// In a right text a quote that opens stands behind a separator (or behind a quote that closes: the
// two are one doubled quote), and one that closes stands before a separator or the end. Anything
// else is noticed here, in fields that nobody asked for too: it would turn inside out what follows.
void CsvIndex::scan(std::string_view text, char delimiter) {
  separator_count_ = record_count_ = 0;
  misplaced_ = kNone;
  std::uint64_t quoted_before = 0;  // all bits set where the word begins inside quotes
  Behind behind_separator(true), behind_close(false), behind_closed_cr(false);
  const auto size = static_cast<std::uint32_t>(text.size());
  for (std::uint32_t base = 0; base < size; base += kWord) {
    const auto valid = size - base < kWord ? (std::uint64_t{1} << (size - base)) - 1 : ~0ULL;
    const auto equal = [bytes = text.data() + base](char wanted) {
      return bytes_equal(bytes, wanted);
    };
    const auto quotes = equal('"') & valid;
    const auto lf = equal('\n') & valid;
    const auto quoted = parity_up_to(quotes) ^ quoted_before;
    quoted_before = 0 - (quoted >> 63);
    const auto opening = quotes & quoted;
    const auto closing = quotes & ~quoted;
    const auto separators = (equal(delimiter) | lf) & ~quoted & valid;
    const auto after_close = behind_close(closing);
    const auto closed_cr = after_close & equal('\r');
    const auto wrong = ((opening & ~(behind_separator(separators) | after_close)) |
                        (after_close & ~(separators | closed_cr | opening)) |
                        (behind_closed_cr(closed_cr) & ~lf)) &
                       valid;
    if (wrong != 0 && misplaced_ == kNone) [[unlikely]] {
      misplaced_ = base + static_cast<std::uint32_t>(std::countr_zero(wrong));
    }
    add_separators(separators, lf & separators, base);
  }
  ends_quoted_ = quoted_before != 0;
}

void CsvIndex::close(std::uint32_t position) {
  if (!has_room()) make_room();
  separators_[separator_count_] = position;
  record_ends_[record_count_++] = separator_count_++;
}

void CsvIndex::make_room() {
  constexpr std::size_t kFirst = 1024;
  if (separators_.size() < separator_count_ + kWord) {
    separators_.resize(std::max(kFirst, separators_.size() * 2));
  }
  if (record_ends_.size() < record_count_ + kWord) {
    record_ends_.resize(std::max(kFirst, record_ends_.size() * 2));
  }
}

}  // namespace kindred::detail
