// The large files that workloads read, made when one first needs them.
#pragma once

#include <filesystem>
#include <string>

#include "workload.hpp"

namespace bench {

/// The folder for a run's files. Without a name of its own it is a temporary one, which goes with
/// this object.
class FilesFolder {
 public:
  /// Makes the folder. Throws std::filesystem::filesystem_error.
  explicit FilesFolder(const std::string& kept);
  FilesFolder(const FilesFolder&) = delete;
  FilesFolder& operator=(const FilesFolder&) = delete;
  ~FilesFolder();

  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
  bool temporary_;
};

/// 500 MB of words: 5 to 15 in a line, out of 200,000 that follow Zipf's law.
std::string words_file(const Setup& setup);

/// The entries of the Olympic games, 20 times over under one header: 830 MB. Throws Skipped where
/// the example's data is not there.
std::string athletes_file(const Setup& setup);

}  // namespace bench
