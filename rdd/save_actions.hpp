// Actions that write files: save_as_text_file.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "kindred/rdd/call_op.hpp"
#include "kindred/rdd/result.hpp"
#include "kindred/rdd/save_options.hpp"
#include "kindred/rdd/saved_folder.hpp"
#include "kindred/rdd/value_text.hpp"

namespace kindred {
namespace detail {

/// Writes a partition's rows as the lines of a part file.
struct SaveText : NoValue {
  std::string folder;
  OutputCompression compression = OutputCompression::none;

  struct Sink {
    PartFile* part;
    const OpLabel* op;
    template <class X>
    bool operator()(X&& x) {
      guard(*op, [&] {
        append_value(part->line(), x);
        part->end_line();
      });
      return true;
    }
  };
  template <class P>
  Nothing run(const P& pipeline, PartitionId partition, TaskContext& task,
              const OpLabel& op) const {
    const auto part = guard(op, [&] {
      return std::make_unique<PartFile>(folder, partition, compression, task.memory());
    });
    Sink sink{part.get(), &op};
    pipeline.run(partition, task, sink);
    guard(op, [&] { part->commit(); });
    return {};
  }
  void encode(LineageWriter& out) const {
    out.value(folder);
    out.value(compression);
  }
  static SaveText decode(LineageReader& in) {
    auto folder = in.value<std::string>();
    return {{}, std::move(folder), in.value<OutputCompression>()};
  }
};

}  // namespace detail

/// The ops of this file as members of an Rdd.
template <class Self>
class SaveActions;

template <class T, class P>
class SaveActions<Rdd<T, P>> {
 public:
  /// Writes each element as a line, each partition as a file, part-00000 and so on, into the new
  /// folder `path`. Runs a job. The folder appears whole, by one rename, with a _SUCCESS file in
  /// it; a job that fails, or is killed, leaves no folder, and what a killed driver leaves is named
  /// _temporary-... beside it. Files are closed, not synced to the disk.
  ///
  /// Texts are written as they are: one with a line break in it (or a CR at its end) is read back
  /// by text_file() as other lines. Numbers are the shortest text that reads back as the same
  /// number, pairs and tuples (a,b), ranges [a,b], an empty optional is nothing, a variant what it
  /// holds; other types need an operator<< or a to_string().
  ///
  /// Throws InputError at once where the path exists or cannot be written, UsageError for an empty
  /// path, JobError where a disk is full. In a cluster the path must be on a shared file system.
  ///     counts.save_as_text_file("counts", {.compression = kindred::OutputCompression::gzip});
  void save_as_text_file(const std::string& path, const SaveOptions& options = {},
                         SourceLocation where = SourceLocation::current()) const {
    static_assert(detail::has_text<T>(),
                  "save_as_text_file: the elements have no text: give the type an "
                  "operator<<(std::ostream&, const T&) or a to_string(const T&), or map() to a "
                  "text before");
    if constexpr (detail::has_text<T>()) {
      const auto label = detail::make_label("save_as_text_file", where);
      detail::SavedFolder folder(path, *label);
      detail::run_action(self(), detail::SaveText{{}, folder.temporary(), options.compression},
                         label);
      folder.commit(self().partitions(), options.compression);
    }
  }

 private:
  const Rdd<T, P>& self() const { return static_cast<const Rdd<T, P>&>(*this); }
};

}  // namespace kindred
