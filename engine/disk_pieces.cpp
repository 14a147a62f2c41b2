#include "kindred/engine/disk_pieces.hpp"

#include <cstring>
#include <fmt/format.h>
#include <utility>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "kindred/engine/error.hpp"
#include "kindred/engine/sealed_block.hpp"

namespace kindred {
namespace {

// Calls `write`, whose InputError says where, but not for what.
template <class Write>
auto named(const std::string& name, Write write) {
  try {
    return write();
  } catch (const InputError& refused) {
    throw InputError(fmt::format("{} cannot be kept on disk: {}", name, refused.what()));
  }
}

}  // namespace

DiskPieces::DiskPieces(Disk& disk, const MemoryRef& memory, std::string name)
    : name_(std::move(name)),
      file_(named(name_, [&] { return disk.create(); })),
      pieces_(Accounted<Piece>(memory)) {}

void DiskPieces::add(std::string_view raw) {
  const auto sealed = seal_block(raw);
  const auto offset = pieces_.empty() ? 0 : pieces_.back().offset + pieces_.back().size;
  pieces_.push_back({offset, sealed.size(), XXH3_64bits(sealed.data(), sealed.size())});
  try {
    named(name_, [&] { file_->append(sealed); });
  } catch (...) {
    pieces_.pop_back();
    throw;
  }
  raw_bytes_ += raw.size();
}

std::string DiskPieces::piece(std::size_t i) const {
  const auto bytes = sealed(i);
  try {
    return open_block(bytes);
  } catch (const DecodeError& damage) {
    throw_damaged(i, damage.what());
  }
}

std::string DiskPieces::sealed(std::size_t i) const {
  const auto& piece = pieces_.at(i);
  std::string bytes(piece.size, '\0');
  try {
    file_->read(piece.offset, bytes);
  } catch (const InputError& failure) {
    throw_damaged(i, failure.what());
  }
  if (XXH3_64bits(bytes.data(), bytes.size()) != piece.checksum) {
    throw_damaged(i, "the checksum does not match, the bytes were altered");
  }
  return bytes;
}

void DiskPieces::check() const {
  for (std::size_t i = 0; i < size(); ++i) static_cast<void>(sealed(i));
}

void DiskPieces::throw_damaged(std::size_t i, std::string_view why) const {
  throw DecodeError(
      fmt::format("{} came back damaged from DISK, piece {} of {}: {}", name_, i + 1, size(), why));
}

// Each is a number of rows, then the rows.
std::string joined_rows(const DiskPieces& pieces, std::size_t begin, std::size_t end) {
  std::uint64_t rows = 0;
  std::string bytes(sizeof rows, '\0');
  for (auto i = begin; i < end; ++i) {
    const auto raw = pieces.piece(i);
    std::uint64_t some = 0;
    std::memcpy(&some, raw.data(), sizeof some);
    rows += some;
    bytes.append(raw, sizeof some);
  }
  std::memcpy(bytes.data(), &rows, sizeof rows);
  return bytes;
}

}  // namespace kindred
