// Broadcasts: a value that the tasks of an executor share.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "kindred/engine/archive.hpp"
#include "kindred/engine/memory.hpp"
#include "kindred/engine/owned.hpp"
#include "kindred/engine/task_context.hpp"
#include "kindred/rdd/broadcast_states.hpp"
#include "kindred/rdd/op_label.hpp"

namespace kindred {
namespace detail {

/// A value and the memory that it holds.
template <class T>
struct HeldValue {
  Reservation held;
  T value;
};

/// Shares `value`, for which at least `bytes` are asked.
template <class T>
std::shared_ptr<const void> hold_value(T value, std::size_t bytes, const MemoryRef& memory) {
  Reservation held(memory);
  held.add(std::max(bytes, heap_bytes_of(value) + sizeof(T)));
  auto kept = std::make_shared<const HeldValue<T>>(HeldValue<T>{std::move(held), std::move(value)});
  return {kept, &kept->value};
}

template <class T>
std::string encode_broadcast(const void* value) {
  std::string bytes;
  OutputArchive out(bytes);
  write_value(out, *static_cast<const T*>(value));
  return bytes;
}

template <class T>
std::shared_ptr<const void> decode_broadcast(std::string_view bytes, const MemoryRef& memory) {
  InputArchive in(bytes);
  T value{};
  read_value(in, value);
  in.finish();
  // A type that does not tell its size takes about as much as its bytes.
  return hold_value(std::move(value), bytes.size(), memory);
}

/// The rule for what can be broadcast.
template <class T>
constexpr bool check_broadcast() {
  constexpr bool travels = std::is_same_v<owned_t<T>, T> && serialisable<T> && std::movable<T> &&
                           std::default_initializable<T>;
  static_assert(travels,
                "broadcast: the value must be movable, have a default constructor and be able to "
                "travel: numbers, std::string (not a view or a literal), containers and structs of "
                "such, or a cereal serialize; of an Rdd, broadcast what collect() gives");
  return travels;
}

}  // namespace detail

/// A value that the driver made once and every task may read. A handle of one number: capture it by
/// value. Made by Context::broadcast(), and good until destroy() or the end of that Context.
///
/// An executor process fetches the value when a task of it first asks, decodes it once and keeps it
/// for all of its tasks; a large one travels in pieces of 4 MiB, which executors keep as well and
/// pass on to each other. On threads it is the driver's own object. An unordered container is for
/// looking things up: the order in which it is walked may differ from executor to executor.
template <class T>
class Broadcast {
 public:
  Broadcast() = default;
  explicit Broadcast(BroadcastId id) : id_(id) {}

  /// The value: inside a task until the task ends, in the driver until destroy(). Throws UsageError
  /// for one that was destroyed, which names where it was made; OutOfMemoryError where the executor
  /// has no room for it.
  ///     words.filter([stop_words](std::string_view word) {
  ///       return !stop_words.value().contains(std::string(word));
  ///     })
  const T& value() const {
    if (auto* const task = current_task()) {
      return *static_cast<const T*>(task->broadcast(id_, &detail::decode_broadcast<T>));
    }
    return *static_cast<const T*>(detail::broadcast_of_driver(id_, "value")->value().get());
  }
  /// The same.
  ///     words.filter([stop_words](const std::string& word) { return !stop_words->contains(word);
  ///     })
  const T& operator*() const { return value(); }
  const T* operator->() const { return &value(); }

  /// Drops the executors' copies; the next task that asks fetches it again. In the driver only.
  ///     stop_words.unpersist();
  void unpersist() const { detail::broadcast_of_driver(id_, "unpersist")->unpersist(); }

  /// Drops it everywhere; tasks that run keep it until they end, and each use after that is an
  /// error. In the driver only.
  ///     stop_words.destroy();
  void destroy(SourceLocation where = SourceLocation::current()) const {
    detail::broadcast_of_driver(id_, "destroy")->destroy(*detail::make_label("destroy", where));
  }

 private:
  BroadcastId id_;
};

template <class T>
inline constexpr bool bitwise<Broadcast<T>> = true;

}  // namespace kindred
