#include "kindred/cluster/terminal.hpp"

#include <chrono>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace kindred::cluster {
namespace {

constexpr std::chrono::milliseconds kSoon{50};

int open_anew(int descriptor) {
  if (::isatty(descriptor) != 1) return -1;
  return ::open(fmt::format("/proc/self/fd/{}", descriptor).c_str(),
                O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

}  // namespace

Terminal::Terminal(int descriptor) : descriptor_(open_anew(descriptor)) {}

Terminal::~Terminal() {
  if (is_open()) ::close(descriptor_);
}

std::size_t Terminal::width() const {
  winsize size{};
  return ::ioctl(descriptor_, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

bool Terminal::write(std::string_view text) {
  rest_.erase(0, write_some(rest_));
  if (!rest_.empty()) return false;
  const auto written = write_some(text);
  if (written == 0) return false;
  rest_ = text.substr(written);
  return true;
}

bool Terminal::write_soon(std::string_view text) {
  if (write(text)) return true;
  pollfd terminal{descriptor_, POLLOUT, 0};
  return ::poll(&terminal, 1, static_cast<int>(kSoon.count())) == 1 && write(text);
}

std::size_t Terminal::write_some(std::string_view text) {
  std::size_t written = 0;
  while (written < text.size()) {
    const auto some = ::write(descriptor_, text.data() + written, text.size() - written);
    if (some <= 0) break;  // it takes no more now, or is gone and needs no progress
    written += static_cast<std::size_t>(some);
  }
  return written;
}

}  // namespace kindred::cluster
