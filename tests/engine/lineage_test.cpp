#include "kindred/engine/lineage.hpp"

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "kindred/engine/error.hpp"
#include "tests/catch.hpp"
#include "tests/engine/chain.hpp"
#include "tests/engine/random.hpp"

namespace kindred {
namespace {

using test::ended;
using test::Step;

std::shared_ptr<const StageEnd> sent(const StageEnd& end) {
  return decode_lineage(encode_lineage(end, false));
}

const Step& as_step(const NodeRef& node) { return dynamic_cast<const Step&>(*node); }

std::set<const Node*> nodes_of(const StageEnd& end) {
  std::set<const Node*> found{&end};
  std::vector<const Node*> open{&end};
  while (!open.empty()) {
    const auto* node = open.back();
    open.pop_back();
    for (const auto& parent : node->parents()) {
      if (found.insert(parent.get()).second) open.push_back(parent.get());
    }
  }
  return found;
}

// Decodes to something, or throws DecodeError: anything else ends the test.
void decode_altered(const std::string& bytes) {
  try {
    const auto end = decode_lineage({bytes, {}});
    REQUIRE(end != nullptr);
  } catch (const DecodeError&) {
  }
}

class Attached : public Step {
 public:
  Attached(RddId rdd, std::shared_ptr<const void> object)
      : Step(rdd, 1, {}, 0, test::op("parallelize")), object_(std::move(object)) {}
  const std::shared_ptr<const void>& object() const { return object_; }
  static std::shared_ptr<const Node> decode(LineageReader& in) {
    return std::make_shared<Attached>(in.id, in.same_process() ? in.attachment() : nullptr);
  }

 private:
  const void* factory() const override { return detail::node_factory<Attached>(); }
  void encode(LineageWriter& out) const override {
    if (out.same_process()) out.attach(object_);
  }
  std::shared_ptr<const void> object_;
};

// Reads less than it wrote.
class Uneven : public Step {
 public:
  Uneven() : Step(RddId{1}, 1, {}, 0, {}) {}
  static std::shared_ptr<const Node> decode(LineageReader&) { return std::make_shared<Uneven>(); }

 private:
  const void* factory() const override { return detail::node_factory<Uneven>(); }
  void encode(LineageWriter& out) const override { out.value(1); }
};

}  // namespace

TEST_CASE("a node comes back with all that it was made of") {
  auto node = std::make_shared<Step>(RddId{7}, 5, std::vector{test::step(1, {}, 30)}, -4,
                                     OpLabels{{"map", "named", "a.cpp", 1}, {"filter", "", "", 2}});
  node->partition_by({11, 5});
  const auto end = sent(*ended({NodeRef(node)}));
  REQUIRE(end->kind() == NodeKind::result);
  REQUIRE(end->id() == RddId{99'999});
  REQUIRE(end->ops().front().text() == "count at chain.cpp:7");
  const auto& read = as_step(end->parents().at(0));
  REQUIRE(read.id() == RddId{7});
  REQUIRE(read.partitions() == 5);
  REQUIRE(read.step() == -4);
  REQUIRE(read.partitioning() == Partitioning{11, 5});
  REQUIRE(read.ops().size() == 2);
  REQUIRE(read.ops()[0].text() == "map 'named' at a.cpp:1");
  REQUIRE(as_step(read.parents().at(0)).step() == 30);
}

TEST_CASE("a chain of 10,000 nodes is written, read and destroyed") {
  {
    const auto end = sent(*ended({test::chain(10'000)}));
    REQUIRE(nodes_of(*end).size() == 10'001);
    REQUIRE(Step::alive == 10'000);
  }
  REQUIRE(Step::alive == 0);
}

TEST_CASE("shared parents stay shared, and are written once") {
  const auto top = test::step(1, {});
  const auto left = test::step(2, {top});
  const auto right = test::step(3, {top, left});
  const auto end = sent(*ended({test::step(4, {left, right, left}), top}));
  REQUIRE(nodes_of(*end).size() == 5);
  const auto& joined = end->parents()[0];
  REQUIRE(joined->parents()[0] == joined->parents()[2]);
  REQUIRE(joined->parents()[1]->parents()[1] == joined->parents()[0]);
  REQUIRE(joined->parents()[0]->parents()[0] == end->parents()[1]);

  // Two of each, 300 layers deep: a walk along every path would not end.
  std::vector<NodeRef> layer{top};
  for (std::uint64_t i = 5; i < 305; ++i) {
    layer = {test::step(2 * i, layer), test::step(2 * i + 1, layer)};
  }
  REQUIRE(nodes_of(*sent(*ended(layer))).size() == 602);
}

TEST_CASE("a chain beyond the limit is refused by an error that names the op") {
  REQUIRE_NOTHROW(encode_lineage(*ended({test::chain(kMaxNarrowDepth - 1)}), false));
  const auto deep = ended({test::chain(kMaxNarrowDepth)});
  REQUIRE_THROWS_AS(encode_lineage(*deep, false), UsageError);
  REQUIRE_THROWS_WITH(encode_lineage(*deep, false), test::contains_text("count at chain.cpp:7") &&
                                                        test::contains_text("reduce_by_key"));
}

TEST_CASE("the ops that are fused into one node count for the limit") {
  const OpLabels many(kMaxNarrowDepth, OpLabel{"map", "", "chain.cpp", 1});
  const NodeRef fused(std::make_shared<Step>(RddId{1}, 1, std::vector<NodeRef>{}, 0, many));
  REQUIRE_THROWS_AS(encode_lineage(*ended({fused}), false), UsageError);
}

TEST_CASE("attached objects are handed over inside a process and not written") {
  const auto object = std::make_shared<const int>(7);
  const auto end = ended({NodeRef(std::make_shared<Attached>(RddId{1}, object))});
  const auto lineage = encode_lineage(*end, true);
  REQUIRE(lineage.attachments.size() == 1);
  const auto read = decode_lineage(lineage);
  REQUIRE(dynamic_cast<const Attached&>(*read->parents()[0]).object() == object);
  REQUIRE(encode_lineage(*end, false).attachments.empty());
  REQUIRE_THROWS_AS(decode_lineage({lineage.bytes, {}}), DecodeError);
}

TEST_CASE("a node that reads another length than it wrote is refused") {
  const auto lineage = encode_lineage(*ended({NodeRef(std::make_shared<Uneven>())}), false);
  REQUIRE_THROWS_WITH(decode_lineage(lineage), test::contains_text("another length"));
}

TEST_CASE("every truncation of a lineage is refused, and so are bytes left over") {
  const auto bytes =
      encode_lineage(*ended({test::step(3, {test::chain(2), test::step(4, {})})}), false).bytes;
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    const std::string part = bytes.substr(0, length);
    REQUIRE_THROWS_AS(decode_lineage({part, {}}), DecodeError);
  }
  REQUIRE_THROWS_AS(decode_lineage({bytes + "x", {}}), DecodeError);
  REQUIRE(Step::alive == 0);
}

TEST_CASE("a lineage with altered bits decodes to something else or is refused, never worse") {
  test::Random random;
  WITH_SEED(random);
  const auto bytes =
      encode_lineage(*ended({test::step(3, {test::chain(2), test::step(4, {})})}), false).bytes;
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    auto altered = bytes;
    altered[bit / 8] = static_cast<char>(altered[bit / 8] ^ (1 << (bit % 8)));
    decode_altered(altered);
  }
  for (int i = 0; i < 5000; ++i) {
    auto altered = bytes;
    for (auto flips = 1 + random.below(8); flips > 0; --flips) {
      altered[random.below(altered.size())] = static_cast<char>(random.engine());
    }
    decode_altered(altered);
  }
  REQUIRE(Step::alive == 0);
}

TEST_CASE("a lineage that does not end in a stage's end, or is empty, is refused") {
  REQUIRE_THROWS_AS(decode_lineage({}), DecodeError);
  std::string none;
  OutputArchive out(none);
  out(std::uint32_t{1}, false, std::uint32_t{0});
  REQUIRE_THROWS_WITH(decode_lineage({none, {}}), test::contains_text("no node"));
  std::string other;
  OutputArchive out_other(other);
  out_other(std::uint32_t{77}, false, std::uint32_t{1});
  REQUIRE_THROWS_WITH(decode_lineage({other, {}}), test::contains_text("version 77"));
}

}  // namespace kindred
