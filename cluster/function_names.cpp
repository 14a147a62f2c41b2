#include "kindred/cluster/function_names.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <cxxabi.h>
#include <elf.h>
#include <fstream>
#include <memory>
#include <optional>

namespace kindred::cluster {
namespace {

constexpr std::size_t kMostName = 160;

template <class T>
bool read_at(std::ifstream& in, std::uint64_t at, T* to, std::size_t count) {
  in.clear();
  in.seekg(static_cast<std::streamoff>(at));
  return static_cast<bool>(
      in.read(reinterpret_cast<char*>(to), static_cast<std::streamsize>(count * sizeof(T))));
}

// Damaged lengths must not ask for memory that the file does not fill.
bool lies_in(const Elf64_Shdr& section, std::uint64_t file_size) {
  return section.sh_offset <= file_size && section.sh_size <= file_size - section.sh_offset;
}

std::string readable(const char* name) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> demangled(
      abi::__cxa_demangle(name, nullptr, nullptr, &status), std::free);
  std::string text = status == 0 ? demangled.get() : name;
  if (text.size() > kMostName) text = text.substr(0, kMostName - 3) + "...";
  return text;
}

}  // namespace

std::string FunctionNames::find(const std::string& file, std::uint64_t offset) {
  auto known = files_.find(file);
  if (known == files_.end()) known = files_.emplace(file, read(file)).first;
  const auto& functions = known->second;
  auto next = std::upper_bound(
      functions.begin(), functions.end(), offset,
      [](std::uint64_t at, const Function& function) { return at < function.begin; });
  if (next == functions.begin()) return {};
  const auto& function = *--next;
  return offset < function.begin + function.size ? readable(function.name.c_str()) : std::string();
}

std::vector<FunctionNames::Function> FunctionNames::read(const std::string& file) {
  std::ifstream in(file, std::ios::binary | std::ios::ate);
  const auto file_size = static_cast<std::uint64_t>(std::max<std::streamoff>(in.tellg(), 0));
  Elf64_Ehdr header{};
  if (!read_at(in, 0, &header, 1) || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
      header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_shentsize != sizeof(Elf64_Shdr)) {
    return {};
  }
  std::vector<Elf64_Shdr> sections(header.e_shnum);
  if (!read_at(in, header.e_shoff, sections.data(), sections.size())) return {};
  const Elf64_Shdr* table = nullptr;
  for (const auto& section : sections) {
    const bool better =
        section.sh_type == SHT_SYMTAB || (section.sh_type == SHT_DYNSYM && table == nullptr);
    if (better && section.sh_link < sections.size()) table = &section;
  }
  if (table == nullptr) return {};
  const auto& names = sections[table->sh_link];
  if (!lies_in(*table, file_size) || !lies_in(names, file_size)) return {};
  std::vector<Elf64_Sym> symbols(table->sh_size / sizeof(Elf64_Sym));
  std::string text(names.sh_size, '\0');
  if (!read_at(in, table->sh_offset, symbols.data(), symbols.size()) ||
      !read_at(in, names.sh_offset, text.data(), text.size())) {
    return {};
  }
  std::vector<Function> functions;
  for (const auto& symbol : symbols) {
    if (ELF64_ST_TYPE(symbol.st_info) != STT_FUNC || symbol.st_size == 0) continue;
    if (symbol.st_name >= text.size()) continue;
    functions.push_back({symbol.st_value, symbol.st_size, text.c_str() + symbol.st_name});
  }
  std::stable_sort(functions.begin(), functions.end(),
                   [](const auto& a, const auto& b) { return a.begin < b.begin; });
  return functions;
}

}  // namespace kindred::cluster
