// A disk in memory that refuses one of its calls, or loses what it was given.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "kindred/engine/disk.hpp"
#include "kindred/engine/error.hpp"

namespace kindred::test {

/// Refuses its n-th call that creates or writes a file, counted from 0. Safe to use from any
/// thread, as far as `alter` is.
class FaultyDisk : public Disk {
 public:
  static constexpr std::size_t kNone = ~std::size_t{0};

  explicit FaultyDisk(std::size_t refused = kNone) : refused_(refused) {}

  /// Is shown what is read before the reader gets it.
  std::function<void(std::span<char>)> alter = [](std::span<char>) {};

  std::unique_ptr<DiskFile> create() override {
    call("cannot create a file");
    return std::make_unique<File>(*this);
  }
  bool refused() const { return calls_ > refused_; }
  std::size_t open() const { return open_; }

 private:
  class File final : public DiskFile {
   public:
    explicit File(FaultyDisk& disk) : disk_(disk) { ++disk_.open_; }
    ~File() override { --disk_.open_; }
    void append(std::string_view bytes) override {
      disk_.call("cannot write");
      bytes_ += bytes;
    }
    void read(std::uint64_t offset, std::span<char> bytes) const override {
      if (offset + bytes.size() > bytes_.size()) throw InputError("too short");
      std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(offset), bytes.size(),
                  bytes.begin());
      disk_.alter(bytes);
    }

   private:
    FaultyDisk& disk_;
    std::string bytes_;
  };
  void call(const std::string& what) {
    if (calls_++ == refused_) throw InputError(what + " in the folder /full: No space left");
  }

  const std::size_t refused_;
  std::atomic<std::size_t> calls_ = 0;
  std::atomic<std::size_t> open_ = 0;
};

}  // namespace kindred::test
