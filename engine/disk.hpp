// Files for the blocks that do not stay in memory.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace kindred {

/// A file without a name: nothing is left of it once it is closed, whatever ends the process.
/// Written by one thread, then read by any number.
class DiskFile {
 public:
  DiskFile() = default;
  DiskFile(const DiskFile&) = delete;
  DiskFile& operator=(const DiskFile&) = delete;
  virtual ~DiskFile() = default;

  /// Throws InputError, with the folder, where not all of the bytes could be written. What was
  /// appended before is still there, and append() may be tried again.
  virtual void append(std::string_view bytes) = 0;
  /// Fills `bytes` from the file. Throws InputError where it is too short or cannot be read.
  virtual void read(std::uint64_t offset, std::span<char> bytes) const = 0;
};

/// Where an executor writes blocks; an interface, so that tests can have a disk that fails. Safe to
/// use from any thread.
class Disk {
 public:
  Disk() = default;
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;
  virtual ~Disk() = default;

  /// Throws InputError, with the folder, where there can be no file.
  virtual std::unique_ptr<DiskFile> create() = 0;
};

/// Files in a folder of this host; empty: $TMPDIR, or else /tmp. Where the process may have no more
/// files open, its soft limit for that is raised to the hard one. Files are read by pread(): one
/// that shrinks under a mapping would end the process.
std::shared_ptr<Disk> local_disk(std::string folder = {});

namespace detail {

/// A descriptor of a new file in `folder` that never has a name, or -1 with errno.
int open_unnamed(const std::string& folder);
/// The same with a name that is removed at once: for file systems without such files.
int open_unlinked(const std::string& folder);

}  // namespace detail
}  // namespace kindred
