// W1: the mean age of the athletes of each year, from a CSV file of 830 MB.
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "by_hand.hpp"
#include "engine_side.hpp"
#include "generate.hpp"
#include "input_files.hpp"
#include "text_by_hand.hpp"
#include "workload.hpp"

#ifdef __AVX512BW__
#include <immintrin.h>
#endif

namespace bench {

namespace {

// Their places in a row.
constexpr int kAge = 3;
constexpr int kYear = 9;

struct Ages {
  std::uint64_t sum = 0;
  std::uint64_t count = 0;
};

std::uint64_t year_sum(std::uint64_t year, double mean) {
  return mix(year, std::bit_cast<std::uint64_t>(mean));
}

double mean_of(const Ages& ages) {
  return static_cast<double>(ages.sum) / static_cast<double>(ages.count);
}

// -1 for what is no number.
int number(const char* begin, const char* end) {
  if (begin == end) return -1;
  int value = 0;
  for (; begin < end; ++begin) {
    const auto digit = static_cast<unsigned>(*begin) - '0';
    if (digit > 9) return -1;
    value = value * 10 + static_cast<int>(digit);
  }
  return value;
}

struct Entry {
  int year = -1;
  int age = -1;

  bool known() const { return age >= 0 && year >= 0; }
};

// Reads the row that begins at `at`, moves behind its line end.
Entry read_row(const char*& at, const char* end) {
  Entry entry;
  int field = 0;
  bool quoted = false;
  for (const auto* begin = at;; ++at) {
    if (at >= end || (!quoted && (*at == ',' || *at == '\n'))) {
      if (field == kAge) {
        entry.age = number(begin, at);
      } else if (field == kYear) {
        entry.year = number(begin, at);
      }
      if (at >= end || *at == '\n') {
        ++at;
        return entry;
      }
      ++field;
      begin = at + 1;
    } else if (*at == '"') {
      quoted = !quoted;
    }
  }
}

template <class Pairs>
std::uint64_t mean_ages(const Pairs& ages_by_year) {
  return ages_by_year
      .reduce_by_key([](const Ages& a, const Ages& b) {
        return Ages{a.sum + b.sum, a.count + b.count};
      })
      .map([](std::int64_t year, const Ages& ages) {
        return year_sum(std::uint64_t(year), mean_of(ages));
      })
      .sum();
}

Side by_lines(const Setup& setup) {
  auto context = make_context(setup);
  return engine_side(context, [context, path = athletes_file(setup)] {
    return mean_ages(
        context->text_file(path)
            .map([](std::string_view line) {
              const auto* at = line.data();
              return read_row(at, at + line.size());
            })
            .filter([](const Entry& entry) { return entry.known(); })
            .map([](const Entry& entry) {
              return std::pair(std::int64_t{entry.year}, Ages{std::uint64_t(entry.age), 1});
            }));
  });
}

Side by_csv_file(const Setup& setup) {
  auto context = make_context(setup);
  return engine_side(context, [context, path = athletes_file(setup)] {
    return mean_ages(context
                         ->csv_file(path, kindred::column<std::int64_t>("Year"),
                                    kindred::column<std::optional<std::int64_t>>("Age"))
                         .filter([](std::int64_t, const auto& age) { return age.has_value(); })
                         .map([](std::int64_t year, const auto& age) {
                           return std::pair(year, Ages{std::uint64_t(*age), 1});
                         }));
  });
}

struct Years {
  void add(const Entry& entry) {
    if (!entry.known() || std::size_t(entry.year) >= ages.size()) return;
    auto& of_year = ages[std::size_t(entry.year)];
    of_year.sum += std::uint64_t(entry.age);
    ++of_year.count;
  }
  void add(const Years& other) {
    for (std::size_t year = 0; year < ages.size(); ++year) {
      ages[year].sum += other.ages[year].sum;
      ages[year].count += other.ages[year].count;
    }
  }

  std::array<Ages, 4096> ages{};
};

void parse_bytes(std::string_view text, Years& years) {
  const auto* at = text.data();
  const auto* const end = at + text.size();
  while (at < end) years.add(read_row(at, end));
}

#if defined __AVX512BW__ && defined __PCLMUL__
constexpr bool kHasVectors = true;

// Which of 64 bytes stand between quotes: a product without carries flips the bits from each quote
// to the next. `open` says whether the block begins there, and becomes that for the one behind.
std::uint64_t between_quotes(std::uint64_t quotes, std::uint64_t& open) {
  const auto product =
      _mm_clmulepi64_si128(_mm_set_epi64x(0, std::int64_t(quotes)), _mm_set1_epi8(-1), 0);
  const auto inside = std::uint64_t(_mm_cvtsi128_si64(product)) ^ open;
  open = std::uint64_t(std::int64_t(inside) >> 63);
  return inside;
}

void parse_vectors(std::string_view text, Years& years) {
  const auto* begin = text.data();
  const auto* const end = begin + text.size();
  std::uint64_t open = 0;
  int field = 0;
  Entry entry;
  std::array<char, 64> last;
  for (const auto* block = begin; block < end; block += 64) {
    const auto* bytes = block;
    const auto left = static_cast<std::size_t>(end - block);
    if (left < 64) {
      last.fill(0);
      std::memcpy(last.data(), block, left);
      bytes = last.data();
    }
    const auto line_ends = bytes_equal(bytes, '\n');
    const auto inside = between_quotes(bytes_equal(bytes, '"'), open);
    auto separators = (bytes_equal(bytes, ',') | line_ends) & ~inside;
    for (; separators != 0; separators &= separators - 1) {
      const auto bit = std::countr_zero(separators);
      const auto* at = block + bit;
      if (field == kAge) {
        entry.age = number(begin, at);
      } else if (field == kYear) {
        entry.year = number(begin, at);
      }
      begin = at + 1;
      ++field;
      if (line_ends >> bit & 1) {
        years.add(entry);
        field = 0;
        entry = {};
      }
    }
  }
}
#else
constexpr bool kHasVectors = false;
void parse_vectors(std::string_view, Years&) {}
#endif

template <auto parse>
Side by_hand(const Setup& setup) {
  if (parse == parse_vectors && !kHasVectors) throw Skipped("this processor has no AVX-512");
  return {.run = [path = athletes_file(setup), threads = setup.threads] {
    const MappedText text(path);
    const auto* line_end = static_cast<const char*>(std::memchr(text.begin(), '\n', text.size()));
    const auto parts = parts_of(text, std::size_t(line_end - text.begin()) + 1, threads);
    std::vector<Years> years(parts.size());
    on_threads(threads, [&](int thread) {
      const auto i = static_cast<std::size_t>(thread);
      parse(parts[i], years[i]);
    });
    for (std::size_t i = 1; i < years.size(); ++i) years[0].add(years[i]);
    std::uint64_t sum = 0;
    for (std::size_t year = 0; year < years[0].ages.size(); ++year) {
      const auto& ages = years[0].ages[year];
      if (ages.count > 0) sum += year_sum(year, mean_of(ages));
    }
    return Outcome(sum);
  }};
}

const Registered lines{{.name = "W1-lines",
                        .title = "mean age a year, 830 MB of CSV by text_file(), parsed by bytes",
                        .target = 1.3,
                        .engine = by_lines,
                        .hand = by_hand<parse_bytes>}};
const Registered csv{{.name = "W1-csv",
                      .title = "the same by csv_file()",
                      .target = 0.67,
                      .engine = by_csv_file,
                      .hand = by_hand<parse_bytes>}};
const Registered csv_vectors{{.name = "W1-csv/avx512",
                              .title = "the same against separators found by AVX-512",
                              .then_target = 2.0,
                              .engine = by_csv_file,
                              .hand = by_hand<parse_vectors>}};

}  // namespace

}  // namespace bench
