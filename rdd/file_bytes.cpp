#include "kindred/rdd/file_bytes.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <string_view>

#include <lz4frame.h>
#include <zlib.h>
#include <zstd.h>

#include "kindred/engine/error.hpp"
#include "kindred/rdd/input_file.hpp"

namespace kindred::detail {
namespace {

constexpr std::size_t kInputBytes = 256 * 1024;
constexpr std::size_t kInflateBytes = 64 * 1024;  // zlib's window and state, by its manual
// What an lz4 frame of the largest blocks, 4 MiB, takes: one as read and one as text, each with its
// surroundings. The library does not tell.
constexpr std::size_t kLz4Bytes = 2 * (4 * 1024 * 1024) + 256 * 1024;
constexpr std::string_view kTruncated =
    "it ends in the middle of its compressed data: the file is truncated; copy or compress it "
    "again";

class PlainBytes final : public FileBytes {
 public:
  PlainBytes(const FileSplit& split, std::uint64_t offset)
      : file_(split.path), offset_(offset), end_(split.file_size) {}

  std::size_t read(char* to, std::size_t size) override {
    // Bytes that were appended since belong to no split.
    const auto wanted = std::min<std::uint64_t>(size, end_ - std::min(end_, offset_));
    const auto got = file_.read_at(offset_, to, wanted);
    offset_ += got;
    if (got < wanted) {
      file_.fail(
          fmt::format("it has {} bytes, and had {} when the RDD was made; make the RDD "
                      "again from a file that does not change",
                      offset_, end_));
    }
    return got;
  }

 private:
  InputFile file_;
  std::uint64_t offset_;
  std::uint64_t end_;
};

// Reads a compressed file a piece at a time.
class CompressedInput {
 public:
  CompressedInput(const FileSplit& split, const MemoryRef& memory)
      : file_(split.path), piece_(Accounted<char>(memory)) {
    piece_.resize(std::min<std::uint64_t>(kInputBytes, std::max<std::uint64_t>(file_.size(), 1)));
  }
  /// The next piece; empty at the file's end.
  std::string_view next() {
    const auto size = file_.read_at(offset_, piece_.data(), piece_.size());
    offset_ += size;
    return {piece_.data(), size};
  }
  [[noreturn]] void fail(std::string_view why) const { file_.fail(why); }
  [[noreturn]] void fail_corrupt(std::string_view why) const {
    file_.fail(fmt::format("its compressed data is corrupt ({}); copy or compress it again", why));
  }

 private:
  InputFile file_;
  std::uint64_t offset_ = 0;
  AccountedVector<char> piece_;
};

class GzipBytes final : public FileBytes {
 public:
  GzipBytes(const FileSplit& split, const MemoryRef& memory)
      : input_(split, memory), reservation_(memory) {
    reservation_.add(kInflateBytes);
    constexpr int kGzipOnly = 16 + MAX_WBITS;
    if (inflateInit2(&stream_, kGzipOnly) != Z_OK) input_.fail("zlib cannot be started");
  }
  ~GzipBytes() override { inflateEnd(&stream_); }

  std::size_t read(char* to, std::size_t size) override {
    size = std::min<std::size_t>(size, 1U << 30);  // zlib counts in 32 bits
    stream_.next_out = reinterpret_cast<Bytef*>(to);
    stream_.avail_out = static_cast<uInt>(size);
    while (stream_.avail_out == size && next_member()) {
      const int result = inflate(&stream_, Z_NO_FLUSH);
      if (result == Z_STREAM_END) {
        in_member_ = false;
      } else if (result != Z_OK && result != Z_BUF_ERROR) {
        input_.fail_corrupt(stream_.msg != nullptr ? stream_.msg : zError(result));
      }
    }
    return size - stream_.avail_out;
  }

 private:
  // Sees to it that there is input inside a member; false after the last one.
  bool next_member() {
    while (!in_member_ || stream_.avail_in == 0) {
      if (stream_.avail_in == 0 && !fill()) {
        if (in_member_) input_.fail(kTruncated);
        return false;
      }
      if (in_member_) continue;
      // Tapes and some archivers pad a file with zeros, which gzip itself skips.
      if (first_ || *stream_.next_in != 0) {
        if (!first_) inflateReset(&stream_);
        first_ = false;
        in_member_ = true;
      } else {
        ++stream_.next_in;
        --stream_.avail_in;
      }
    }
    return true;
  }

  bool fill() {
    const auto piece = input_.next();
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));
    stream_.avail_in = static_cast<uInt>(piece.size());
    return !piece.empty();
  }

  CompressedInput input_;
  Reservation reservation_;
  z_stream stream_{};
  bool first_ = true;
  bool in_member_ = false;
};

class ZstdBytes final : public FileBytes {
 public:
  ZstdBytes(const FileSplit& split, const MemoryRef& memory)
      : input_(split, memory), reservation_(memory), stream_(ZSTD_createDStream()) {
    if (stream_ == nullptr) input_.fail("zstd cannot be started");
    account();
  }

  std::size_t read(char* to, std::size_t size) override {
    ZSTD_outBuffer out{to, size, 0};
    while (out.pos == 0) {
      if (piece_.pos == piece_.size) fill();
      const bool at_end = piece_.size == 0;
      if (at_end && !in_frame_) break;
      const auto result = ZSTD_decompressStream(stream_.get(), &out, &piece_);
      if (ZSTD_isError(result)) input_.fail_corrupt(ZSTD_getErrorName(result));
      in_frame_ = result != 0;
      account();
      if (at_end && in_frame_ && out.pos == 0) input_.fail(kTruncated);
    }
    return out.pos;
  }

 private:
  struct Free {
    void operator()(ZSTD_DStream* stream) const { ZSTD_freeDStream(stream); }
  };

  void fill() {
    const auto piece = input_.next();
    piece_ = {piece.data(), piece.size(), 0};
  }

  // The window that a frame asks for is known only to zstd, which allocates it (128 MiB at most)
  // before it can be asked; so this request comes just after, and still ends the task.
  void account() {
    const auto size = ZSTD_sizeof_DStream(stream_.get());
    if (size > reservation_.bytes()) reservation_.add(size - reservation_.bytes());
  }

  CompressedInput input_;
  Reservation reservation_;
  std::unique_ptr<ZSTD_DStream, Free> stream_;
  ZSTD_inBuffer piece_{nullptr, 0, 0};
  bool in_frame_ = false;
};

class Lz4Bytes final : public FileBytes {
 public:
  Lz4Bytes(const FileSplit& split, const MemoryRef& memory)
      : input_(split, memory), reservation_(memory) {
    reservation_.add(kLz4Bytes);
    LZ4F_dctx* context = nullptr;
    if (LZ4F_isError(LZ4F_createDecompressionContext(&context, LZ4F_VERSION))) {
      input_.fail("lz4 cannot be started");
    }
    context_.reset(context);
  }

  std::size_t read(char* to, std::size_t size) override {
    std::size_t done = 0;
    while (done == 0) {
      if (piece_.empty()) piece_ = input_.next();
      const bool at_end = piece_.empty();
      if (at_end && !in_frame_) break;
      done = size;
      std::size_t taken = piece_.size();
      const auto result =
          LZ4F_decompress(context_.get(), to, &done, piece_.data(), &taken, nullptr);
      if (LZ4F_isError(result)) input_.fail_corrupt(LZ4F_getErrorName(result));
      piece_.remove_prefix(taken);
      in_frame_ = result != 0;
      if (at_end && in_frame_ && done == 0) input_.fail(kTruncated);
    }
    return done;
  }

 private:
  struct Free {
    void operator()(LZ4F_dctx* context) const { LZ4F_freeDecompressionContext(context); }
  };

  CompressedInput input_;
  Reservation reservation_;
  std::unique_ptr<LZ4F_dctx, Free> context_;
  std::string_view piece_;
  bool in_frame_ = false;
};

}  // namespace

FileBytes::~FileBytes() = default;

std::unique_ptr<FileBytes> open_bytes(const FileSplit& split, std::uint64_t offset,
                                      const MemoryRef& memory) {
  switch (split.compression) {
    case Compression::gzip:
      return std::make_unique<GzipBytes>(split, memory);
    case Compression::zstd:
      return std::make_unique<ZstdBytes>(split, memory);
    case Compression::lz4:
      return std::make_unique<Lz4Bytes>(split, memory);
    case Compression::none:
      break;
  }
  return std::make_unique<PlainBytes>(split, offset);
}

std::uint64_t line_at(const FileSplit& split, std::uint64_t offset, const MemoryRef& memory) {
  const auto bytes = open_bytes(split, 0, memory);
  AccountedVector<char> piece(kInputBytes, '\0', Accounted<char>(memory));
  std::uint64_t line = 1;
  while (offset > 0) {
    const auto size = bytes->read(piece.data(), std::min<std::uint64_t>(piece.size(), offset));
    if (size == 0) break;
    line += static_cast<std::uint64_t>(std::count(piece.data(), piece.data() + size, '\n'));
    offset -= size;
  }
  return line;
}

}  // namespace kindred::detail
