// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Code as bytes, for every hook kind: decoded, analysed, run in memory that is watched. Oracles:
// oracles/interpreter.h. The first eight bytes say how the rest is run.
#include <algorithm>

#include "frontend/isa/decode.h"
#include "frontend/isa/disassembler.h"
#include "frontend/verifier/verifier.h"
#include "runtime/interp/interpreter.h"
#include "tests/fuzz/mutators/instructions.h"
#include "tests/fuzz/oracles/interpreter.h"
#include "tests/fuzz/targets/target.h"
#include "tests/support/programs.h"

using namespace weir;
using namespace weir::test;

namespace {

struct Head {
  uint8_t context, helpers, budget, length;
  uint8_t meta, opt_level, noise, unused;
};
static_assert(sizeof(Head) == 8);

constexpr size_t kMostData = 128;
constexpr size_t kMostInstructions = 512;

MapDef map_of(const char* name, uint32_t type, uint32_t key, uint32_t value, uint32_t entries,
              uint32_t flags = 0) {
  MapDef map;
  map.name = name;
  map.type = type;
  map.key_size = key;
  map.value_size = value;
  map.max_entries = entries;
  map.flags = flags;
  return map;
}

// BPF_MAP_TYPE_*: the kinds whose entries programs may read and write.
const std::vector<MapDef>& maps() {
  static const std::vector<MapDef> all = [] {
    std::vector<MapDef> maps = {
        map_of("array", 2, 4, 16, 3), map_of("hash", 1, 4, 8, 4),
        map_of("percpu", 6, 4, 8, 2), map_of("trie", 11, 8, 8, 4, 1),
        map_of("queue", 22, 0, 8, 4), map_of("ring", 27, 0, 0, 4096),
    };
    return maps;
  }();
  return all;
}

std::string listing(const Program& program) {
  return disassemble(program, Dialect::kKernel, {.slots = true});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Head head;
  if (size < sizeof head) return 0;
  std::memcpy(&head, data, sizeof head);
  const ByteSpan code = ByteSpan(data, size).subspan(sizeof head);
  auto insns = decode(code);
  if (!insns) {
    (void)insns.error().to_string();
    return 0;
  }
  fuzz::promise(std::ranges::equal(encode(*insns), code), "encode() is the inverse of decode()");
  if (insns->size() > kMostInstructions) return 0;
  const auto program = make_program(std::move(*insns), "fuzz", maps());
  if (!program) return 0;

  CompileOptions options = test_options();
  options.context = static_cast<ContextKind>(head.context % kContextCount);
  static constexpr HelperSet kSets[] = {HelperSet::kKernel, HelperSet::kKernel,
                                        HelperSet::kConformance, HelperSet::kNone};
  options.helpers = kSets[head.helpers % 4];
  const auto verified = verify(*program, options);
  if (!verified) {
    (void)verified.error().to_string();
    return 0;
  }
  const auto interp = InterpCode::make(*verified);
  fuzz::promise(interp.has_value(), "what is verified can be interpreted");
  const Runnable runnable = [&](ExecContext* context, void* bytes, uint64_t n) {
    return (*interp)->run(context, bytes, n);
  };
  options.policy = Policy::kStrict;
  const bool strict = verify(*program, options).has_value();

  RunInput input;
  input.context = options.context;
  input.helper_set = options.helpers;
  input.maps = maps();
  input.budget = head.budget < 8 ? head.budget : 2000;
  input.memory.resize(head.length % kMostData);
  for (size_t i = 0; i < input.memory.size(); ++i)
    input.memory[i] =
        static_cast<uint8_t>(head.noise == 0 ? 0 : i * head.noise + (head.noise >> 3));
  input.meta = std::min<size_t>(head.meta % 16 * 4, input.memory.size());
  if (options.context != ContextKind::kXdp) input.meta = 0;
  static GuardedMemory memory(kMostData);
  const Judged judged = judge(runnable, *verified, input, memory);
  if (!judged.broken.empty()) fuzz::broken(judged.broken + "\n" + listing(verified->program()));
  if (judged.outcome && strict && refutes_strict(*judged.outcome)) {
    fuzz::broken("accepted by strict, but: " + to_string(*judged.outcome) + "\n" +
                 listing(verified->program()));
  }
  return 0;
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t most, unsigned seed) {
  fuzz::Random random(seed);
  if (size < sizeof(Head) || random.one_in(12)) return LLVMFuzzerMutate(data, size, most);
  if (random.one_in(12)) {
    data[random.below(sizeof(Head))] = static_cast<uint8_t>(random.bits());
    return size;
  }
  return sizeof(Head) +
         fuzz::mutate_code(data + sizeof(Head), size - sizeof(Head), most - sizeof(Head), random);
}
