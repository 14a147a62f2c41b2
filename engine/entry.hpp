// Task entries: how a function of this program is named in a message to another process of the same
// program.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace kindred {

/// The build id of the program or library that holds an entry (as a 64-bit digest), and the offset
/// in it.
struct EntryId {
  std::uint64_t module = 0;
  std::uint64_t offset = 0;
  friend bool operator==(const EntryId&, const EntryId&) = default;
};

/// What only entries get that registered themselves before main: the one table of functions that a
/// message may name.
bool register_entry(const void* entry);

/// How another process of this program finds the entry. Throws UsageError for one in a module
/// loaded by dlopen.
EntryId entry_id(const void* entry);
/// The entry in this process. Throws DecodeError unless it registered itself: no other address is
/// ever jumped to.
const void* entry_address(EntryId id);

/// A digest of the build id of the program's file: two processes of one program agree on it. Its
/// libraries are compared entry by entry, by entry_address().
std::uint64_t program_build_id();

namespace detail {

/// Taking its address is enough to register `entry` before main, in every process of the program.
template <auto entry>
struct RegisteredEntry {
  static inline const bool done = register_entry(reinterpret_cast<const void*>(entry));
};

}  // namespace detail
}  // namespace kindred
