#include <fmt/format.h>
#include <fmt/ostream.h>
#include <fmt/ranges.h>

#include "measure.hpp"
#include "report.hpp"

namespace bench {

namespace {

std::string quoted(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    if (static_cast<unsigned char>(c) < 0x20) {
      result += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      result += c;
    }
  }
  return result + '"';
}

std::string number(std::optional<double> value) {
  return value ? fmt::format("{}", *value) : "null";
}

std::string side(const SideResult& result) {
  if (result.seconds.empty()) return "null";
  return fmt::format(
      R"({{"seconds": [{}], "least": {}, "median": {}, "peak_bytes": {}, "managed_bytes": {}}})",
      fmt::join(result.seconds, ", "), result.least(), result.middle(), result.resident_peak,
      result.managed_peak);
}

std::string text_of(std::optional<bool> met) { return met ? (*met ? "true" : "false") : "null"; }

std::string figures(const Comparison& comparison, const Setup& setup) {
  const auto ratios = comparison.ratios();
  return fmt::format(R"("engine": {}, "hand": {}, "ratios": [{}], "ratio": {}, "met": {}, )"
                     R"("then_met": {}, "memory_met": {})",
                     side(comparison.engine), side(comparison.hand), fmt::join(ratios, ", "),
                     number(ratios.empty() ? std::nullopt : std::optional(median(ratios))),
                     text_of(comparison.meets_target(setup)),
                     text_of(comparison.meets_then_target(setup)),
                     text_of(comparison.meets_memory_target(setup)));
}

std::string peers(const std::vector<PeerResult>& results) {
  std::vector<std::string> objects;
  for (const auto& result : results) {
    objects.push_back(fmt::format(R"({{"name": {}, "seconds": [{}], "skipped": {}, "failed": {}}})",
                                  quoted(result.peer), fmt::join(result.seconds, ", "),
                                  quoted(result.skipped), quoted(result.failed)));
  }
  return fmt::format("[{}]", fmt::join(objects, ", "));
}

std::string object(const Comparison& comparison, const Setup& setup) {
  const auto& workload = comparison.workload;
  auto rest = figures(comparison, setup);
  if (!comparison.skipped.empty()) rest = R"("skipped": )" + quoted(comparison.skipped);
  if (!comparison.failed.empty()) rest = R"("failed": )" + quoted(comparison.failed);
  return fmt::format(R"({{"name": {}, "title": {}, "target": {}, "then_target": {}, )"
                     R"("target_seconds": {}, "memory_target": {}, {}, "peers": {}}})",
                     quoted(workload.name), quoted(workload.title), number(workload.target),
                     number(workload.then_target), number(workload.target_seconds),
                     number(workload.memory_target), rest, peers(comparison.peers));
}

}  // namespace

void write_json(std::ostream& out, const Circumstances& where,
                const std::vector<Comparison>& comparisons) {
  std::vector<std::string> objects;
  for (const auto& comparison : comparisons) objects.push_back(object(comparison, where.setup));
  fmt::print(out,
             "{{\"date\": {}, \"processor\": {}, \"cores\": {}, \"load\": {}, \"compiler\": {}, "
             "\"threads\": {}, \"pairs\": {}, \"divisor\": {},\n \"workloads\": [\n  {}\n ]}}\n",
             quoted(where.date), quoted(where.processor), where.cores, where.load,
             quoted(where.compiler), where.setup.threads, where.pairs, where.setup.divisor,
             fmt::join(objects, ",\n  "));
}

}  // namespace bench
