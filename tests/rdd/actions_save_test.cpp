#include <array>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <lz4frame.h>

#include "tests/rdd/everywhere.hpp"
#include "tests/rdd/saved_files.hpp"
#include "tests/rdd/source_testing.hpp"
#include "tests/refusing_memory.hpp"

using namespace kindred;
using namespace kindred::test;

namespace {

// The files that a save of `rows` must give: parts of about the same size, and _SUCCESS.
std::map<std::string, std::string> files_of(const std::vector<std::string>& rows, int partitions) {
  std::map<std::string, std::string> files{{"_SUCCESS", ""}};
  for (std::size_t i = 0; i < static_cast<std::size_t>(partitions); ++i) {
    auto& part = files["part-0000" + std::to_string(i)];
    const auto count = static_cast<std::size_t>(partitions);
    for (auto at = rows.size() * i / count; at < rows.size() * (i + 1) / count; ++at) {
      part += rows[at] + "\n";
    }
  }
  return files;
}

std::string unlz4(const std::string& bytes) {
  LZ4F_dctx* stream = nullptr;
  LZ4F_createDecompressionContext(&stream, LZ4F_VERSION);
  std::string out, piece(1 << 16, '\0');
  std::size_t at = 0;
  std::size_t wanted = 1;
  while (wanted != 0 && !LZ4F_isError(wanted)) {
    std::size_t size = piece.size();
    std::size_t taken = bytes.size() - at;
    wanted = LZ4F_decompress(stream, piece.data(), &size, bytes.data() + at, &taken, nullptr);
    out.append(piece, 0, size);
    if (taken == 0 && size == 0) break;
    at += taken;
  }
  LZ4F_freeDecompressionContext(stream);
  return wanted == 0 && at == bytes.size() ? out : "it is no whole lz4 frame";
}

}  // namespace

TEST_CASE("each partition is saved as a file of lines, and nothing else is left") {
  const TemporaryFolder folder;
  int saved = 0;
  everywhere([&](Context& context, int partitions) {
    for (const auto& rows : model_rows()) {
      const auto texts = texts_of(rows);
      const auto path = folder.path() + "/saved" + std::to_string(saved++);
      context.parallelize(texts, partitions).save_as_text_file(path);
      REQUIRE(files_in(path) == files_of(texts, partitions));
      std::vector<std::string> read;
      for (int i = 0; i < partitions; ++i) {
        for (auto& line : context.text_file(path + "/part-0000" + std::to_string(i)).collect()) {
          read.push_back(std::move(line));
        }
      }
      REQUIRE(read == texts);
    }
  });
  REQUIRE(names_in(folder.path()).size() == static_cast<std::size_t>(saved));
}

TEST_CASE("pairs, numbers and optionals are saved as their text, on every master alike") {
  const TemporaryFolder folder;
  int saved = 0;
  on_every_master([&](Context& context) {
    const auto path = folder.path() + "/" + std::to_string(saved++);
    context.range(0, 3, 2)
        .map([](std::int64_t x) {
          return std::tuple(std::to_string(x), 0.5 * static_cast<double>(x),
                            x == 1 ? std::optional<int>() : std::optional<int>(7));
        })
        .save_as_text_file(path);
    REQUIRE(files_in(path) ==
            std::map<std::string, std::string>{{"_SUCCESS", ""},
                                               {"part-00000", "(0,0,7)\n"},
                                               {"part-00001", "(1,0.5,)\n(2,1,7)\n"}});
  });
}

TEST_CASE("a save can be compressed, with the same bytes on every master") {
  const TemporaryFolder folder;
  for (const auto compression :
       {OutputCompression::gzip, OutputCompression::zstd, OutputCompression::lz4}) {
    const std::string suffix(detail::suffix_of(compression));
    INFO(suffix);
    std::optional<std::map<std::string, std::string>> first;
    int saved = 0;
    on_every_master([&](Context& context) {
      const auto path = folder.path() + "/" + std::to_string(saved++) + suffix;
      // More than one buffer in the second of three partitions, nothing in the first one.
      context.range(0, 150'000, 3)
          .filter([](std::int64_t x) { return x >= 50'000 && (x < 100'000 || x % 1000 == 0); })
          .map([](std::int64_t x) { return "line " + std::to_string(x * 7919 % 100'003); })
          .save_as_text_file(path, {.compression = compression});
      const auto files = files_in(path);
      if (first) REQUIRE(files == *first);
      first = files;
      REQUIRE(files.size() == 4);
      std::array<std::string, 3> texts;
      for (std::int64_t x = 50'000; x < 150'000; ++x) {
        if (x >= 100'000 && x % 1000 != 0) continue;
        texts.at(static_cast<std::size_t>(x / 50'000)) +=
            "line " + std::to_string(x * 7919 % 100'003) + "\n";
      }
      for (std::size_t i = 0; i < 3; ++i) {
        const auto part = "part-0000" + std::to_string(i) + suffix;
        REQUIRE(files.count(part) == 1);
        std::string text;
        if (compression == OutputCompression::lz4) {
          text = unlz4(files.at(part));
        } else {
          for (const auto& line : context.text_file(path + "/" + part).collect()) {
            text += line + "\n";
          }
        }
        REQUIRE((text == texts.at(i)));
      }
    });
  }
}

TEST_CASE("a text with a line break in it is saved as it is, and read as two lines") {
  const TemporaryFolder folder;
  auto& context = context_of("local[1]");
  context.parallelize(std::vector<std::string>{"a\nb", "", "c"}, 1)
      .save_as_text_file(folder.path() + "/lines");
  REQUIRE(context.text_file(folder.path() + "/lines/part-00000").collect() ==
          std::vector<std::string>{"a", "b", "", "c"});
}

TEST_CASE("a save makes the folders above, takes any name, and leaves others' temporaries alone") {
  const TemporaryFolder folder;
  auto& context = context_of("local[1]");
  const auto numbers = context.range(0, 2, 1);
  numbers.save_as_text_file(folder.path() + "/a/b/out//");
  REQUIRE(files_in(folder.path() + "/a/b/out").at("part-00000") == "0\n1\n");
  REQUIRE(names_in(folder.path() + "/a/b") == std::set<std::string>{"out"});
  const auto longest = folder.path() + "/" + std::string(255, 'n');
  numbers.save_as_text_file(longest);
  REQUIRE(files_in(longest).at("part-00000") == "0\n1\n");
  std::filesystem::create_directory(folder.path() + "/_temporary-out-0");
  numbers.save_as_text_file(folder.path() + "/out");
  REQUIRE(names_in(folder.path()) ==
          std::set<std::string>{"a", std::string(255, 'n'), "_temporary-out-0", "out"});
}

TEST_CASE("a save asks for the memory of its buffers and gives it back") {
  const TemporaryFolder folder;
  for (const auto compression : {OutputCompression::none, OutputCompression::gzip,
                                 OutputCompression::zstd, OutputCompression::lz4}) {
    const auto requests = refuse_each_request([&](const MemoryRef& memory) {
      Config config;
      config.master = "local[1]";
      Context context(config, memory);
      std::filesystem::remove_all(folder.path() + "/out");
      try {
        context.range(0, 100, 2).save_as_text_file(folder.path() + "/out",
                                                   {.compression = compression});
      } catch (const JobError& error) {
        REQUIRE(names_in(folder.path()).empty());
        throw OutOfMemoryError(error.what());
      }
      REQUIRE(names_in(folder.path()) == std::set<std::string>{"out"});
    });
    REQUIRE(requests >= 2);
  }
}
