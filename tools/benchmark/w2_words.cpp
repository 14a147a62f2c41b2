// W2: how often each word of a file of 500 MB is in it: 63 million words, 200,000 distinct.
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "by_hand.hpp"
#include "engine_side.hpp"
#include "input_files.hpp"
#include "text_by_hand.hpp"
#include "word_tables.hpp"
#include "workload.hpp"

namespace bench {

namespace {

Side engine(const Setup& setup) {
  auto context = make_context(setup);
  return engine_side(context, [context, path = words_file(setup), threads = setup.threads] {
    return context->text_file(path, threads)
        .flat_map([](std::string_view line) { return kindred::split(line); })
        .map([](std::string_view word) { return std::pair(word, std::int64_t{1}); })
        .reduce_by_key(std::plus<>{})
        .map([](std::string_view word, std::int64_t count) {
          return word_sum(word, std::uint64_t(count));
        })
        .sum();
  });
}

template <class Table>
Side by_hand(const Setup& setup) {
  return {.run = [path = words_file(setup), pool = std::make_shared<BufferPool>(),
                  threads = setup.threads] {
    const MappedText text(path);
    const auto parts = parts_of(text, 0, threads);
    std::vector<Table> tables;
    for (int thread = 0; thread < threads; ++thread) tables.emplace_back(*pool);
    on_threads(threads, [&](int thread) {
      const auto i = static_cast<std::size_t>(thread);
      tables[i].count(parts[i]);
    });
    for (std::size_t i = 1; i < tables.size(); ++i) tables[0].add(tables[i]);
    return Outcome(tables[0].checksum());
  }};
}

const Registered pointers{{.name = "W2",
                           .title = "word count of 500 MB, own table that points into the text",
                           .target = 1.0,
                           .engine = engine,
                           .hand = by_hand<PointerTable>}};
const Registered inside{{.name = "W2/inside",
                         .title = "the same against a table with the words inside its entries",
                         .then_target = 2.0,
                         .engine = engine,
                         .hand = by_hand<InlineTable>}};

}  // namespace

}  // namespace bench
