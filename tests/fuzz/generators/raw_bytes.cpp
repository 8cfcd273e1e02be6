// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tests/fuzz/generators/raw_bytes.h"

#include <cstddef>

#include "frontend/isa/decode.h"
#include "frontend/isa/program.h"
#include "tests/fuzz/generators/program_generator.h"
#include "tests/fuzz/mutators/instructions.h"

namespace weir::test {

namespace {

using Bytes = std::vector<uint8_t>;
using fuzz::Random;

constexpr size_t kSlot = sizeof(RawInsn);
constexpr size_t kMostSlots = 64;

void add_slot(Bytes& bytes, const RawInsn& slot) {
  const auto* const raw = reinterpret_cast<const uint8_t*>(&slot);
  bytes.insert(bytes.end(), raw, raw + kSlot);
}

// Of any length, also one that is no number of slots.
Bytes noise(Random& random) {
  Bytes bytes(random.below(kMostSlots * kSlot));
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random.bits());
  return bytes;
}

// Any opcode, any register, numbers of the kind that finds mistakes.
Bytes any_slots(Random& random) {
  Bytes bytes;
  for (size_t n = 1 + random.below(kMostSlots); n > 0; --n) {
    RawInsn slot{};
    slot.opcode = static_cast<uint8_t>(random.bits());
    slot.regs = static_cast<uint8_t>(random.bits());
    slot.offset = static_cast<int16_t>(random.odd_number());
    slot.imm = static_cast<int32_t>(random.odd_number());
    add_slot(bytes, slot);
  }
  return bytes;
}

// Instructions of the table without a plan, behind each other; the last one exits most of the time.
// Jumps are short, so that some lead to an instruction.
Bytes instructions(Random& random) {
  Bytes bytes;
  for (size_t n = 1 + random.below(24); n > 0; --n) {
    const OpInfo& op = kOpTable[random.below(kOpCount)];
    RawInsn slot = fuzz::random_slot(op, random);
    if (random.one_in(64)) slot.regs = static_cast<uint8_t>(random.bits());
    if (!random.one_in(4)) slot.offset = static_cast<int16_t>(slot.offset % 8);
    add_slot(bytes, slot);
    if (op.slots() == 2) add_slot(bytes, RawInsn{.imm = static_cast<int32_t>(random.below(2))});
  }
  if (!random.one_in(8)) add_slot(bytes, RawInsn{.opcode = info(Op::kExit).opcode});
  return bytes;
}

// The front of one program and the back of another one, cut at slots or anywhere.
Bytes splice(Random& random) {
  const Bytes front = generate_program(random.bits()), back = generate_program(random.bits());
  const size_t unit = random.one_in(8) ? 1 : kSlot;
  const size_t kept = random.below(front.size() / unit + 1) * unit;
  const size_t dropped = random.below(back.size() / unit + 1) * unit;
  Bytes bytes(front.begin(), front.begin() + static_cast<ptrdiff_t>(kept));
  bytes.insert(bytes.end(), back.begin() + static_cast<ptrdiff_t>(dropped), back.end());
  return bytes;
}

}  // namespace

std::vector<uint8_t> generate_raw_bytes(uint64_t seed) {
  Random random(seed ^ 0x2545f4914f6cdd1d);
  switch (random.below(8)) {
    case 0: return noise(random);
    case 1: return any_slots(random);
    case 2:
    case 3:
    case 4: return instructions(random);
    default: return splice(random);
  }
}

std::vector<uint8_t> generate_raw_program(uint64_t seed) {
  Random random(seed ^ 0x9e3779b97f4a7c15);
  for (int attempt = 0; attempt < 10'000; ++attempt) {
    Bytes bytes = generate_raw_bytes(random.bits());
    auto insns = decode(bytes);
    if (insns && make_program(std::move(*insns), "raw")) return bytes;
  }
  return generate_program(seed);
}

}  // namespace weir::test
