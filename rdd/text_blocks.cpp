#include "kindred/rdd/text_blocks.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

namespace kindred::detail {
namespace {

// Large enough for the calls not to count, small enough to stay in a core's own cache.
constexpr std::size_t kBlockBytes = 256 * 1024;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

}  // namespace

// A split but the first one begins to read one byte early: whether a line begins at its first byte
// is said by the byte before.
TextBlocks::TextBlocks(const FileSplit& split, MemoryRef memory)
    : split_(split),
      buffer_(Accounted<char>(memory)),
      position_(split.begin > 0 ? split.begin - 1 : 0),
      at_end_(split.begin == split.end) {
  if (at_end_) return;
  // A file's decompressed end is not known.
  if (split_.compression != Compression::none)
    split_.end = std::numeric_limits<std::uint64_t>::max();
  bytes_ = open_bytes(split_, position_, memory);
}

bool TextBlocks::refill(std::size_t unread) {
  if (at_end_) return false;
  make_room(unread);
  if (position_ >= split_.end) {
    read_last_line();
  } else if (read() == 0) {
    at_end_ = true;
  }
  if (starting_) start();
  // A line break as the last byte of the split ends its last line.
  if (position_ == split_.end && end_ > 0 && buffer_[end_ - 1] == '\n') at_end_ = true;
  if (position_ >= split_.file_size && split_.compression == Compression::none) at_end_ = true;
  return true;
}

void TextBlocks::start() {
  if (split_.begin > 0) {
    skip_first_line();
    starting_ = false;
    return;
  }
  const bool marked = text().starts_with(kByteOrderMark);
  // A split may end inside the mark.
  starting_ = !marked && kByteOrderMark.starts_with(text());
  if (marked) text_ = kByteOrderMark.size();
}

// Reads to the end of the buffer, or of the split.
std::size_t TextBlocks::read() {
  const auto room = buffer_.size() - kReadableBehind - end_;
  const auto left = position_ < split_.end ? split_.end - position_ : room;
  const auto size = bytes_->read(buffer_.data() + end_, std::min<std::uint64_t>(room, left));
  end_ += size;
  position_ += size;
  return size;
}

void TextBlocks::make_room(std::size_t unread) {
  const auto capacity = buffer_.empty() ? 0 : buffer_.size() - kReadableBehind;
  if (unread <= capacity / 2 && capacity > 0) {
    std::memmove(buffer_.data(), buffer_.data() + end_ - unread, unread);
  } else {
    // A small file does not need a large buffer.
    const auto first = split_.compression == Compression::none
                           ? std::min<std::uint64_t>(kBlockBytes, split_.file_size)
                           : kBlockBytes;
    AccountedVector<char> larger(std::max<std::size_t>(capacity * 2, first) + kReadableBehind, '\0',
                                 buffer_.get_allocator());
    std::copy_n(buffer_.data() + end_ - unread, unread, larger.data());
    buffer_.swap(larger);
  }
  text_ = 0;
  end_ = unread;
}

// Leaves out the line that began before the split.
void TextBlocks::skip_first_line() {
  while (end_ > 0) {
    const auto* found = static_cast<const char*>(std::memchr(buffer_.data(), '\n', end_));
    if (found != nullptr) {
      text_ = static_cast<std::size_t>(found - buffer_.data()) + 1;
      return;
    }
    text_ = end_ = 0;
    if (position_ == split_.end || read() == 0) at_end_ = true;
  }
}

// Reads behind the split, up to the end of the line that began in it.
void TextBlocks::read_last_line() {
  const auto before = end_;
  read();
  const auto* found =
      static_cast<const char*>(std::memchr(buffer_.data() + before, '\n', end_ - before));
  if (found == nullptr) return;
  const auto behind = end_ - (static_cast<std::size_t>(found - buffer_.data()) + 1);
  end_ -= behind;
  position_ -= behind;
  at_end_ = true;
}

}  // namespace kindred::detail
