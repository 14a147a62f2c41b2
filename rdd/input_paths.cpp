#include "kindred/rdd/input_paths.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fmt/format.h>
#include <glob.h>
#include <string_view>
#include <system_error>

#include "kindred/engine/error.hpp"
#include "kindred/rdd/input_file.hpp"

namespace kindred::detail {
namespace {

namespace fs = std::filesystem;

bool exists(const std::string& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

bool is_folder(const std::string& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

std::string_view last_name(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == path.npos ? path : path.substr(slash + 1);
}

bool is_hidden(std::string_view name) { return name.starts_with('_') || name.starts_with('.'); }

// At commas that are not inside braces.
std::vector<std::string> split_list(const std::string& paths) {
  std::vector<std::string> list(1);
  int braces = 0;
  for (const char c : paths) {
    if (c == ',' && braces == 0) {
      list.emplace_back();
      continue;
    }
    if (c == '{') ++braces;
    if (c == '}' && braces > 0) --braces;
    list.back() += c;
  }
  return list;
}

void add_files_of(const std::string& folder, std::vector<std::string>& files) {
  std::error_code error;
  std::vector<std::string> found;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    if (is_hidden(at->path().filename().string())) continue;
    if (is_folder(at->path().string())) {
      throw InputError(fmt::format(
          "cannot read '{0}': it has a sub-folder, '{1}', whose files would be left out; write "
          "'{0}/*' to read the files of each sub-folder too, or move it away",
          folder, at->path().filename().string()));
    }
    found.push_back(at->path().string());
  }
  if (error) fail_to_open(folder, error.value());
  std::sort(found.begin(), found.end());
  files.insert(files.end(), found.begin(), found.end());
}

// Returns 0 for a folder that one of several braces names and that is not there: the others count.
int stops_at(const char*, int error) { return error == ENOENT ? 0 : 1; }

std::vector<std::string> matches_of(const std::string& pattern) {
  glob_t found{};
  errno = 0;
  const int result = ::glob(pattern.c_str(), GLOB_BRACE | GLOB_NOSORT, stops_at, &found);
  const int error = errno;
  std::vector<std::string> matches;
  if (result == 0) matches.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  ::globfree(&found);
  if (result != 0 && result != GLOB_NOMATCH) {
    throw InputError(fmt::format(
        "cannot look for '{}': {}; let this user read the folders that the pattern goes through",
        pattern, std::generic_category().message(error)));
  }
  const auto asked = last_name(pattern);
  std::erase_if(matches, [&](const std::string& match) {
    const auto name = last_name(match);
    return is_hidden(name) && !asked.starts_with(name.front());
  });
  std::sort(matches.begin(), matches.end());
  // Two of a pattern's braces may match the same file.
  matches.erase(std::unique(matches.begin(), matches.end()), matches.end());
  return matches;
}

void add_files(const std::string& path, std::vector<std::string>& files) {
  std::vector<std::string> found{path};
  if (!exists(path) && path.find_first_of("*?[{") != path.npos) {
    found = matches_of(path);
    if (found.empty()) {
      throw InputError(fmt::format(
          "no file matches '{}'{}; check the pattern (names that begin with '_' or '.' are left "
          "out)",
          path, working_directory_for(path)));
    }
  }
  for (const auto& one : found) {
    if (is_folder(one)) {
      add_files_of(one, files);
    } else {
      files.push_back(one);
    }
  }
}

}  // namespace

std::vector<std::string> find_files(const std::string& paths) {
  const auto list = exists(paths) ? std::vector{paths} : split_list(paths);
  std::vector<std::string> files;
  for (const auto& path : list) {
    if (path.empty()) {
      throw UsageError(
          fmt::format("'{}' has an empty path; name a file, a folder or a pattern in "
                      "its place",
                      paths));
    }
    add_files(path, files);
  }
  return files;
}

}  // namespace kindred::detail
