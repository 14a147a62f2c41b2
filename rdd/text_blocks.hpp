// The lines of a split in large blocks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "kindred/engine/memory.hpp"
#include "kindred/rdd/file_bytes.hpp"
#include "kindred/rdd/file_split.hpp"

namespace kindred::detail {

/// Reads the lines that begin in a split, into one buffer that is used again for each block. The
/// buffer holds a line as a whole: it grows, asking `memory`, where a line is longer. A byte order
/// mark at the start of a file is left out. Used by one thread.
class TextBlocks {
 public:
  /// This many bytes behind text() may be read, whatever they are: for loops over whole words.
  static constexpr std::size_t kReadableBehind = 64;

  /// Opens the file. Throws InputError.
  TextBlocks(const FileSplit& split, MemoryRef memory);

  /// Reads on: text() then begins with the last `unread` bytes that it had. Returns false where
  /// nothing is left to read, and leaves text() as it is. Throws InputError and OutOfMemoryError.
  bool refill(std::size_t unread);
  std::string_view text() const { return {buffer_.data() + text_, end_ - text_}; }
  /// True once text() holds the last bytes of the split; may become true one refill late.
  bool at_end() const { return at_end_; }
  /// Where text() begins in the (decompressed) file.
  std::uint64_t offset() const { return position_ - (end_ - text_); }

 private:
  std::size_t read();
  void make_room(std::size_t unread);
  void start();
  void skip_first_line();
  void read_last_line();

  FileSplit split_;
  std::unique_ptr<FileBytes> bytes_;
  AccountedVector<char> buffer_;
  std::size_t text_ = 0;    // where text() begins in the buffer
  std::size_t end_ = 0;     // and where it ends
  std::uint64_t position_;  // of the buffer's end in the file
  bool starting_ = true;    // until what precedes the first line was left out
  bool at_end_ = false;
};

}  // namespace kindred::detail
