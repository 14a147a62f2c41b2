#include "text_by_hand.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include "process.hpp"

namespace bench {

MappedText::MappedText(const std::string& path) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status {};
  if (file.number() < 0 || fstat(file.number(), &status) != 0) {
    throw std::system_error(errno, std::generic_category(), "reading " + path);
  }
  size_ = static_cast<std::size_t>(status.st_size);
  void* mapped = mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file.number(), 0);
  if (mapped == MAP_FAILED) {
    throw std::system_error(errno, std::generic_category(), "mapping " + path);
  }
  madvise(mapped, size_, MADV_SEQUENTIAL);
  begin_ = static_cast<const char*>(mapped);
}

MappedText::~MappedText() { munmap(const_cast<char*>(begin_), size_); }

std::vector<std::string_view> parts_of(const MappedText& text, std::size_t from, int parts) {
  const auto size = text.size();
  std::vector<std::string_view> found;
  auto begin = from;
  for (int part = 1; part <= parts; ++part) {
    auto end = from + (size - from) * std::size_t(part) / std::size_t(parts);
    const void* line_end =
        part < parts ? std::memchr(text.begin() + end, '\n', size - end) : nullptr;
    end = line_end ? std::size_t(static_cast<const char*>(line_end) - text.begin()) + 1 : size;
    found.emplace_back(text.begin() + begin, end - begin);
    begin = end;
  }
  return found;
}

}  // namespace bench
