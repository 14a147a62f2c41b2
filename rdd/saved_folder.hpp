// The folder that a save makes: not there until it is whole.
//
//   PATH                        one rename puts it there, with all parts and _SUCCESS
//   _temporary-NAME-N/parts     beside it: what finished tasks have renamed to part-00000, ...
//   _temporary-NAME-N/attempts  what running tasks write: a name of its own for each attempt
//
// So two attempts at one partition never write to one file, and what a killed task or executor has
// written is no part. A driver that is killed leaves the temporary folder behind, never a PATH that
// looks whole.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kindred/engine/ids.hpp"
#include "kindred/engine/memory.hpp"
#include "kindred/engine/node.hpp"
#include "kindred/rdd/compressed_output.hpp"
#include "kindred/rdd/output_file.hpp"
#include "kindred/rdd/save_options.hpp"

namespace kindred::detail {

/// The driver's side. Used by one thread.
class SavedFolder {
 public:
  /// Makes the temporary folder, and folders above it that are missing. Throws UsageError for an
  /// empty path; InputError where the path exists or cannot be written.
  SavedFolder(const std::string& path, const OpLabel& op);
  SavedFolder(const SavedFolder&) = delete;
  SavedFolder& operator=(const SavedFolder&) = delete;
  /// Removes all that was made, unless it was committed.
  ~SavedFolder();

  /// For the tasks.
  const std::string& temporary() const { return temporary_; }
  /// Puts the folder in its place, once all tasks are done. Throws InputError where a part is
  /// missing, or another program has made the path meanwhile.
  void commit(std::uint32_t partitions, OutputCompression compression);

 private:
  void make_temporary();
  void put_in_place(std::uint32_t partitions, OutputCompression compression);
  void remove_temporary();

  std::string path_;
  OpLabel op_;
  std::string temporary_;
  std::vector<std::string> made_;  // the folders above, outermost first
  bool committed_ = false;
};

/// A task's side: one part, line by line. Used by one thread.
class PartFile {
 public:
  /// Throws InputError, and OutOfMemoryError.
  PartFile(const std::string& temporary, PartitionId partition, OutputCompression compression,
           const MemoryRef& memory);
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;
  /// Removes the file, unless it was committed.
  ~PartFile();

  /// Where the text of the next line is appended.
  AccountedString& line() { return text_; }
  void end_line() {
    text_.push_back('\n');
    if (text_.size() >= kBufferBytes) flush();
  }
  /// Makes it the part of its partition: all of it, or nothing.
  void commit();

 private:
  static constexpr std::size_t kBufferBytes = 256 * 1024;
  void flush();

  std::string part_;  // its path once it is committed
  OutputFile file_;
  std::unique_ptr<CompressedOutput> out_;
  AccountedString text_;
  bool committed_ = false;
};

}  // namespace kindred::detail
