// Inside cluster/ only: a terminal that nobody waits for.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace kindred::cluster {

/// Writes to a terminal as far as it takes something now: one that is stopped (Ctrl-S), or slow,
/// holds up nobody. For that it is opened anew, since whether writing waits is a property that all
/// who have inherited a terminal share. Used by one thread at a time.
class Terminal {
 public:
  /// The terminal that `descriptor` is, which stays the caller's.
  explicit Terminal(int descriptor);
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  ~Terminal();

  /// False where `descriptor` is no terminal, or one that may not be opened: it belonged to another
  /// user before su, for example.
  bool is_open() const { return descriptor_ >= 0; }
  std::size_t width() const;

  /// False where nothing of `text` was written. Where it took a part, the rest goes out before
  /// anything else does.
  bool write(std::string_view text);
  /// The same, but waits for a busy terminal, though not long.
  bool write_soon(std::string_view text);

 private:
  std::size_t write_some(std::string_view text);

  const int descriptor_;
  std::string rest_;
};

}  // namespace kindred::cluster
