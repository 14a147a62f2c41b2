// The files that a path names: one, those of a folder, those that a pattern matches.
#pragma once

#include <string>
#include <vector>

namespace kindred::detail {

/// The files that `paths` means, in the order in which they are read. `paths` is, in this order:
///   the name of a file or folder that exists, whatever characters are in it;
///   several paths with commas between them, as Spark takes them (not at commas inside braces);
///   a pattern of glob(7) with braces: `*`, `?`, `[a-z]`, `{2023,2024}`.
/// A folder means all files in it, sorted by name byte by byte, and so are a pattern's matches.
/// Names that begin with `_` or `.` are left out, as Hadoop does (`_SUCCESS`, `.crc`), unless the
/// path names them so. An empty folder means no files.
///
/// Throws InputError for a path or pattern without a file, a folder that cannot be read, and one
/// with a sub-folder: as in Spark, since its files would silently be left out. Does not look into
/// the files. Throws UsageError for an empty path.
std::vector<std::string> find_files(const std::string& paths);

}  // namespace kindred::detail
