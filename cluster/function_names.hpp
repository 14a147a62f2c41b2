// The names of functions, for stacks that people read.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace kindred::cluster {

/// Finds the function of an address in an ELF file's own table of symbols, which a program has
/// unless it is stripped: functions that are not exported too. Reads each file once.
class FunctionNames {
 public:
  /// Demangled and cut to what fits on a line; "" where the file is none that it can read, or does
  /// not know. `offset` is from where the file is loaded.
  std::string find(const std::string& file, std::uint64_t offset);

 private:
  struct Function {
    std::uint64_t begin = 0;
    std::uint64_t size = 0;
    std::string name;
  };

  static std::vector<Function> read(const std::string& file);

  std::map<std::string, std::vector<Function>, std::less<>> files_;
};

}  // namespace kindred::cluster
