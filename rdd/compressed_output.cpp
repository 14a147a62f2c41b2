#include "kindred/rdd/compressed_output.hpp"

#include <algorithm>
#include <cstddef>
#include <new>

#include <lz4frame.h>
#include <zlib.h>
#include <zstd.h>

#include "kindred/engine/check.hpp"
#include "kindred/engine/error.hpp"

namespace kindred::detail {
namespace {

constexpr std::size_t kPieceBytes = 64 * 1024;

class PlainOutput final : public CompressedOutput {
 public:
  explicit PlainOutput(OutputFile& file) : file_(file) {}
  void write(std::string_view bytes) override { file_.write(bytes); }
  void finish() override {}

 private:
  OutputFile& file_;
};

class GzipOutput final : public CompressedOutput {
 public:
  GzipOutput(OutputFile& file, const MemoryRef& memory)
      : file_(file), held_(memory), out_(Accounted<char>(memory)) {
    constexpr std::size_t kDeflateBytes = 272 * 1024;  // by zlib's manual, for what is set here
    constexpr int kGzip = 16 + MAX_WBITS;
    constexpr int kMemoryLevel = 8;
    held_.add(kDeflateBytes);
    out_.resize(kPieceBytes);
    if (deflateInit2(&stream_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzip, kMemoryLevel,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
      throw std::bad_alloc();
    }
  }
  ~GzipOutput() override { deflateEnd(&stream_); }

  void write(std::string_view bytes) override {
    constexpr std::size_t kMost = 1U << 30;  // zlib counts in 32 bits
    for (; !bytes.empty(); bytes.remove_prefix(std::min(bytes.size(), kMost))) {
      deflate_all(bytes.substr(0, kMost), Z_NO_FLUSH);
    }
  }
  void finish() override { deflate_all({}, Z_FINISH); }

 private:
  void deflate_all(std::string_view bytes, int flush) {
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream_.avail_in = static_cast<uInt>(bytes.size());
    do {
      stream_.next_out = reinterpret_cast<Bytef*>(out_.data());
      stream_.avail_out = static_cast<uInt>(out_.size());
      KINDRED_CHECK(deflate(&stream_, flush) != Z_STREAM_ERROR);
      file_.write({out_.data(), out_.size() - stream_.avail_out});
    } while (stream_.avail_out == 0);  // room was left: there is no more
  }

  OutputFile& file_;
  Reservation held_;
  AccountedVector<char> out_;
  z_stream stream_{};
};

class ZstdOutput final : public CompressedOutput {
 public:
  ZstdOutput(OutputFile& file, const MemoryRef& memory)
      : file_(file), held_(memory), out_(Accounted<char>(memory)), stream_(ZSTD_createCCtx()) {
    if (stream_ == nullptr) throw std::bad_alloc();
    ZSTD_CCtx_setParameter(stream_.get(), ZSTD_c_checksumFlag, 1);
    out_.resize(kPieceBytes);
  }
  void write(std::string_view bytes) override { compress(bytes, ZSTD_e_continue); }
  void finish() override { compress({}, ZSTD_e_end); }

 private:
  struct Free {
    void operator()(ZSTD_CCtx* stream) const { ZSTD_freeCCtx(stream); }
  };

  void compress(std::string_view bytes, ZSTD_EndDirective end) {
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    for (bool more = true; more;) {
      ZSTD_outBuffer out{out_.data(), out_.size(), 0};
      const auto left = ZSTD_compressStream2(stream_.get(), &out, &in, end);
      if (ZSTD_isError(left)) throw std::bad_alloc();  // all its other errors are of its caller
      account();
      file_.write({out_.data(), out.pos});
      more = end == ZSTD_e_end ? left != 0 : in.pos < in.size;
    }
  }
  // What a level takes is known only to zstd, which allocates it before it can be asked; so this
  // request comes just after, and still ends the task.
  void account() {
    const auto size = ZSTD_sizeof_CCtx(stream_.get());
    if (size > held_.bytes()) held_.add(size - held_.bytes());
  }

  OutputFile& file_;
  Reservation held_;
  AccountedVector<char> out_;
  std::unique_ptr<ZSTD_CCtx, Free> stream_;
};

class Lz4Output final : public CompressedOutput {
 public:
  Lz4Output(OutputFile& file, const MemoryRef& memory)
      : file_(file), held_(memory), out_(Accounted<char>(memory)) {
    constexpr std::size_t kContextBytes = 224 * 1024;  // two windows, a block and a hash table
    held_.add(kContextBytes);
    options_.frameInfo.blockSizeID = LZ4F_max64KB;
    options_.frameInfo.contentChecksumFlag = LZ4F_contentChecksumEnabled;
    out_.resize(
        std::max<std::size_t>(LZ4F_compressBound(kPieceBytes, &options_), LZ4F_HEADER_SIZE_MAX));
    LZ4F_cctx* stream = nullptr;
    if (LZ4F_isError(LZ4F_createCompressionContext(&stream, LZ4F_VERSION))) throw std::bad_alloc();
    stream_.reset(stream);
    put(LZ4F_compressBegin(stream, out_.data(), out_.size(), &options_));
  }

  void write(std::string_view bytes) override {
    while (!bytes.empty()) {
      const auto piece = bytes.substr(0, kPieceBytes);
      put(LZ4F_compressUpdate(stream_.get(), out_.data(), out_.size(), piece.data(), piece.size(),
                              nullptr));
      bytes.remove_prefix(piece.size());
    }
  }
  void finish() override {
    put(LZ4F_compressEnd(stream_.get(), out_.data(), out_.size(), nullptr));
  }

 private:
  struct Free {
    void operator()(LZ4F_cctx* stream) const { LZ4F_freeCompressionContext(stream); }
  };

  void put(std::size_t size) {
    if (LZ4F_isError(size)) throw std::bad_alloc();  // all its other errors are of its caller
    file_.write({out_.data(), size});
  }

  OutputFile& file_;
  Reservation held_;
  AccountedVector<char> out_;
  LZ4F_preferences_t options_{};
  std::unique_ptr<LZ4F_cctx, Free> stream_;
};

}  // namespace

CompressedOutput::~CompressedOutput() = default;

std::unique_ptr<CompressedOutput> compress_into(OutputFile& file, OutputCompression compression,
                                                const MemoryRef& memory) {
  switch (compression) {
    case OutputCompression::gzip:
      return std::make_unique<GzipOutput>(file, memory);
    case OutputCompression::zstd:
      return std::make_unique<ZstdOutput>(file, memory);
    case OutputCompression::lz4:
      return std::make_unique<Lz4Output>(file, memory);
    case OutputCompression::none:
      break;
  }
  return std::make_unique<PlainOutput>(file);
}

std::string_view suffix_of(OutputCompression compression) {
  switch (compression) {
    case OutputCompression::gzip:
      return ".gz";
    case OutputCompression::zstd:
      return ".zst";
    case OutputCompression::lz4:
      return ".lz4";
    case OutputCompression::none:
      break;
  }
  return "";
}

}  // namespace kindred::detail
