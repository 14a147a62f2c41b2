// What the hand-written sides have in common: plain threads, and buffers kept between runs.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace bench {

/// A multiplicative hash; its high bits are the good ones.
constexpr std::uint64_t hash64(std::uint64_t key) { return key * 0x9e3779b97f4a7c15u; }

/// Calls `work(thread)` for 0 to threads - 1, the first on the calling thread; returns after all.
template <class Work>
void on_threads(int threads, const Work& work) {
  std::vector<std::jthread> others;
  for (int thread = 1; thread < threads; ++thread) {
    others.emplace_back([&work, thread] { work(thread); });
  }
  work(0);
}

/// The sum of what `work(thread)` gives on each thread.
template <class Work>
std::uint64_t sum_over_threads(int threads, const Work& work) {
  std::atomic<std::uint64_t> sum{0};
  on_threads(threads, [&](int thread) { sum += work(thread); });
  return sum;
}

/// Where a thread's share of `count` items starts; it ends where the next thread's starts.
constexpr std::uint64_t share(std::uint64_t count, int thread, int threads) {
  return count * static_cast<std::uint64_t>(thread) / static_cast<std::uint64_t>(threads);
}

/// Large buffers of whole 2 MiB pages, kept for the next run: the first touch of fresh memory costs
/// more than most work on it. Safe to use from any thread.
class BufferPool {
 public:
  BufferPool() = default;
  BufferPool(const BufferPool&) = delete;
  BufferPool& operator=(const BufferPool&) = delete;
  ~BufferPool();

  void* take(std::size_t bytes);
  void give_back(void* memory, std::size_t bytes);

 private:
  std::mutex mutex_;
  std::multimap<std::size_t, void*> free_;  // guarded by mutex_
};

/// An array out of a pool; its elements are whatever the last user left.
template <class T>
class Buffer {
 public:
  Buffer(BufferPool& pool, std::size_t size)
      : pool_(&pool), data_(static_cast<T*>(pool.take(size * sizeof(T)))), size_(size) {}
  Buffer(Buffer&& other) noexcept
      : pool_(other.pool_), data_(std::exchange(other.data_, nullptr)), size_(other.size_) {}
  Buffer& operator=(Buffer&& other) noexcept {
    std::swap(pool_, other.pool_);
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~Buffer() {
    if (data_) pool_->give_back(data_, size_ * sizeof(T));
  }

  std::size_t size() const { return size_; }
  T& operator[](std::size_t i) { return data_[i]; }
  const T& operator[](std::size_t i) const { return data_[i]; }
  T* begin() { return data_; }
  T* end() { return data_ + size_; }
  const T* begin() const { return data_; }
  const T* end() const { return data_ + size_; }

 private:
  BufferPool* pool_;
  T* data_;
  std::size_t size_;
};

}  // namespace bench
