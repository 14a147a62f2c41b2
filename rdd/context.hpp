// Context: where a driver program begins.
#pragma once

#include <cstdint>
#include <memory>
#include <source_location>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kindred/rdd/config.hpp"
#include "kindred/rdd/memory_sources.hpp"
#include "kindred/rdd/partition_count.hpp"
#include "kindred/rdd/rdd.hpp"
#include "kindred/rdd/session.hpp"

namespace kindred {

/// Starts the executors and makes the first Rdds. May be used by several threads at once: their
/// jobs share the executors. The executors end when the Context and all Rdds made from it are gone.
class Context {
 public:
  /// `master` says where tasks run: local[N], local[*], local-cluster[N,CORES,MIB]; KINDRED_CONF in
  /// the environment goes over it. Throws UsageError for an unknown one.
  ///     kindred::Context context("local[2]");
  explicit Context(std::string_view master);
  explicit Context(const Config& config = Config::from_environment());
  /// With a memory manager of the caller's own, for tests and for programs that have a budget
  /// already.
  Context(const Config& config, const MemoryRef& memory);

  /// The numbers from begin to end, without end, in order. Lazy. `partitions`: about 8 million
  /// numbers each if left out.
  ///     context.range(0, 1'000'000).sum()
  auto range(std::int64_t begin, std::int64_t end, PartitionCount partitions = {},
             std::source_location where = std::source_location::current()) const {
    const auto size =
        end > begin ? static_cast<std::uint64_t>(end) - static_cast<std::uint64_t>(begin) : 0;
    const auto count = partitions.value_or(detail::default_partitions(size, size / 2), "range");
    detail::Range source{begin, std::max(begin, end), count, detail::make_label("range", where)};
    return Rdd<std::int64_t, detail::Range>(session_, std::move(source), count);
  }

  /// The rows of a vector, in order. Lazy. `partitions`: about 4 MiB each if left out.
  ///     context.parallelize(std::vector<std::string>{"to", "be", "or", "not"})
  template <class T>
  auto parallelize(std::vector<T> rows, PartitionCount partitions = {},
                   std::source_location where = std::source_location::current()) const {
    static_assert(!std::is_same_v<T, bool>,
                  "parallelize: a std::vector<bool> has no rows of its own: use char or int");
    constexpr bool valid = detail::check_element<T>();
    const auto count = partitions.value_or(
        detail::default_partitions(rows.size(), rows.size() * sizeof(T)), "parallelize");
    if constexpr (valid) {
      detail::Parallelized<T> source{std::make_shared<const std::vector<T>>(std::move(rows)), count,
                                     detail::make_label("parallelize", where)};
      return Rdd<T, detail::Parallelized<T>>(session_, std::move(source), count);
    } else {
      return Rdd<int, detail::Parallelized<int>>(session_, {}, count);
    }
  }

  /// The budget for rows in this process, and what of it is and was in use.
  const MemoryManager& memory() const { return *session_->memory(); }

  /// For sources and tests.
  const SessionRef& session() const { return session_; }

 private:
  SessionRef session_;
};

}  // namespace kindred
