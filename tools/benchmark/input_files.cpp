#include "input_files.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <fcntl.h>
#include <memory>
#include <string_view>
#include <system_error>
#include <unistd.h>
#include <unordered_set>
#include <vector>

#include "kindred/kindred.hpp"

#include "generate.hpp"
#include "process.hpp"

namespace bench {

namespace {

namespace fs = std::filesystem;

// A file that has its name only once it is whole, and by then is on the disk: what is still to be
// written would disturb what is measured.
class NewFile {
 public:
  explicit NewFile(std::string path)
      : path_(std::move(path)), file_(std::fopen(unfinished().c_str(), "wb")) {
    if (!file_) fail();
  }
  void write(std::string_view bytes) {
    if (std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) != bytes.size()) fail();
  }
  void finish() {
    if (std::fflush(file_.get()) != 0 || fdatasync(fileno(file_.get())) != 0) fail();
    file_.reset();
    fs::rename(unfinished(), path_);
  }

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::string unfinished() const { return path_ + ".part"; }
  [[noreturn]] void fail() const {
    throw std::system_error(errno, std::generic_category(), "writing " + unfinished());
  }

  std::string path_;
  std::unique_ptr<std::FILE, Close> file_;
};

constexpr std::uint64_t kWordBytes = 500'000'000;
constexpr std::size_t kWords = 200'000;

double unit(std::uint64_t i) { return static_cast<double>(splitmix64(i) >> 11) * 0x1.0p-53; }

std::vector<std::string> distinct_words() {
  std::vector<std::string> words;
  std::unordered_set<std::string> seen;
  for (std::uint64_t attempt = 0; words.size() < kWords; ++attempt) {
    const auto seed = (std::uint64_t{1} << 50) + attempt * 16;
    std::string word(3 + splitmix64(seed) % 10, 'a');
    for (std::size_t j = 0; j < word.size(); ++j) {
      word[j] = static_cast<char>('a' + splitmix64(seed + 1 + j) % 26);
    }
    if (seen.insert(word).second) words.push_back(std::move(word));
  }
  return words;
}

// The word of rank r comes up in proportion to 1 / (r + 1).
class ZipfWords {
 public:
  ZipfWords() {
    double total = 0;
    for (std::size_t rank = 0; rank < kWords; ++rank) {
      totals_.push_back(total += 1.0 / static_cast<double>(rank + 1));
    }
  }
  const std::string& next() {
    const auto at =
        std::upper_bound(totals_.begin(), totals_.end(), unit(drawn_++) * totals_.back());
    return words_[std::min<std::size_t>(static_cast<std::size_t>(at - totals_.begin()),
                                        kWords - 1)];
  }

 private:
  std::vector<std::string> words_ = distinct_words();
  std::vector<double> totals_;
  std::uint64_t drawn_ = 0;
};

void write_words(const std::string& path, std::uint64_t size) {
  NewFile file(path);
  ZipfWords words;
  std::string line;
  std::uint64_t written = 0;
  for (std::uint64_t lines = 0; written < size; ++lines) {
    line.clear();
    const auto count = 5 + splitmix64((std::uint64_t{1} << 51) + lines) % 11;
    for (std::uint64_t j = 0; j < count; ++j) {
      if (j > 0) line += ' ';
      line += words.next();
    }
    line += '\n';
    file.write(line);
    written += line.size();
  }
  file.finish();
}

constexpr std::uint64_t kTimes = 20;
constexpr const char* kAthletes = KINDRED_BENCH_SOURCES "/examples/data/athlete_events.csv.zst";

void write_athletes(const std::string& path, std::uint64_t times) {
  if (!fs::exists(kAthletes)) throw Skipped(std::string("there is no ") + kAthletes);
  const auto lines = kindred::Context("local[1]").text_file(kAthletes).collect();
  NewFile file(path);
  file.write(lines.at(0) + "\r\n");
  for (std::uint64_t i = 0; i < times; ++i) {
    for (std::size_t row = 1; row < lines.size(); ++row) file.write(lines[row] + "\r\n");
  }
  file.finish();
}

}  // namespace

FilesFolder::FilesFolder(const std::string& kept) : path_(kept), temporary_(kept.empty()) {
  if (temporary_) {
    auto pattern = (fs::temp_directory_path() / "kindred-bench-XXXXXX").string();
    if (!mkdtemp(pattern.data())) {
      throw std::system_error(errno, std::generic_category(), "making " + pattern);
    }
    path_ = pattern;
  } else {
    fs::create_directories(path_);
  }
}

FilesFolder::~FilesFolder() {
  std::error_code ignored;
  if (temporary_) fs::remove_all(path_, ignored);
}

std::string words_file(const Setup& setup) {
  const auto size = setup.size(kWordBytes);
  auto path = setup.files + "/words-" + std::to_string(size) + ".txt";
  if (!fs::exists(path)) write_words(path, size);
  return path;
}

std::string athletes_file(const Setup& setup) {
  const auto times = setup.size(kTimes);
  auto path = setup.files + "/athletes-" + std::to_string(times) + ".csv";
  if (!fs::exists(path)) write_athletes(path, times);
  return path;
}

}  // namespace bench
