// Runs the fuzzer's entry on every message there is, and on each of them changed at each place in
// each of a few ways; the same in every run. `replay DIRECTORY` instead writes the messages into
// files, to begin libFuzzer with.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <limits>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "kindred/cluster/frame.hpp"
#include "kindred/engine/lineage.hpp"
#include "tests/cluster/messages.hpp"
#include "tests/cluster/stages.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

std::uint64_t asked = 0;  // of operator new, by the one thread

void* counted(std::size_t size) {
  asked += size;
  if (void* place = std::malloc(size == 0 ? 1 : size)) return place;
  throw std::bad_alloc();
}

}  // namespace

void* operator new(std::size_t size) { return counted(size); }
void operator delete(void* place) noexcept { std::free(place); }
void operator delete(void* place, std::size_t) noexcept { std::free(place); }

namespace {

using namespace kindred;
using namespace kindred::cluster;

// What a reader has ready before a byte came; and what the largest element of a message takes in
// memory for each byte that it takes on the wire, with what a growing string copies.
constexpr std::uint64_t kAtLeast = 256 << 10;
constexpr std::uint64_t kForEachByte = 256;

std::string text_of(PartitionId, TaskContext&, ShuffleId) { return "text"; }

// A stage as a driver sends it.
std::string some_lineage() {
  return encode_lineage(test::TextStage<text_of>(RddId{1}, 4, ShuffleId{3}), false).bytes;
}

// The inputs to begin with: each message as bytes of a stream, and as a frame that is whole.
std::vector<std::string> seeds() {
  auto messages = test::one_of_each();
  messages.push_back(AddStage{{StageId{1}, 0}, some_lineage(), {}});
  std::vector<std::string> inputs;
  std::string all;
  for (const auto& message : messages) {
    const auto frame = encode_message(message);
    const auto type = static_cast<std::uint16_t>(message.index());
    inputs.push_back("\x07" + frame);
    inputs.push_back(std::string(1, '\0') +
                     std::string(reinterpret_cast<const char*>(&type), sizeof type) +
                     frame.substr(kFrameHeaderBytes));
    all += frame;
  }
  inputs.push_back("\x64" + all);
  return inputs;
}

std::uint64_t inputs_run = 0;

void run(const std::string& input) {
  // Not a string's own: a read beyond the end is then one beyond the end of the memory.
  const std::unique_ptr<std::uint8_t[]> bytes(new std::uint8_t[input.size()]);
  std::memcpy(bytes.get(), input.data(), input.size());
  asked = 0;
  LLVMFuzzerTestOneInput(bytes.get(), input.size());
  ++inputs_run;
  if (asked <= kAtLeast + kForEachByte * input.size()) return;
  std::fprintf(stderr, "%zu bytes made it ask for %llu bytes of memory\n", input.size(),
               static_cast<unsigned long long>(asked));
  std::abort();
}

void run_changed(const std::string& seed) {
  for (std::size_t size = 0; size <= seed.size(); ++size) run(seed.substr(0, size));
  for (std::size_t at = 0; at < seed.size(); ++at) {
    auto input = seed;
    for (const int bit : {0x01, 0x10, 0x80}) {
      input[at] = static_cast<char>(seed[at] ^ bit);
      run(input);
    }
    // A length may be anywhere, and of any width.
    for (const std::uint64_t length :
         {std::uint64_t{0}, std::uint64_t{seed.size()}, std::uint64_t{1} << 16,
          std::uint64_t{1} << 31, kMostPayload, std::numeric_limits<std::uint64_t>::max() / 8,
          std::numeric_limits<std::uint64_t>::max()}) {
      for (const std::size_t width : {sizeof(std::uint32_t), sizeof(std::uint64_t)}) {
        if (at + width > seed.size()) continue;
        input = seed;
        std::memcpy(input.data() + at, &length, width);
        run(input);
      }
    }
    input = seed;
    run(input.insert(at, 1, 'x'));
    input = seed;
    run(input.erase(at, 1));
  }
}

}  // namespace

int main(int argc, char** argv) {
  const auto inputs = seeds();
  if (argc > 1) {
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      std::ofstream(std::string(argv[1]) + "/message-" + std::to_string(i), std::ios::binary)
          << inputs[i];
    }
    return 0;
  }
  for (const auto& input : inputs) run_changed(input);
  std::printf("%llu inputs\n", static_cast<unsigned long long>(inputs_run));
  return 0;
}
