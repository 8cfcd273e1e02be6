// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/isa/program_bytes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "frontend/isa/decode.h"

namespace weir {

// For EXPECT_EQ; a Program is never compared outside tests.
bool operator==(const Subprogram& a, const Subprogram& b) {
  return a.name == b.name && a.first == b.first && a.count == b.count;
}
bool operator==(const LineInfo& a, const LineInfo& b) {
  return a.insn == b.insn && a.line == b.line && a.column == b.column && a.file == b.file &&
         a.text == b.text;
}
bool operator==(const MapSlot& a, const MapSlot& b) {
  return a.slot == b.slot && a.name == b.name;
}
bool operator==(const Poison& a, const Poison& b) {
  return a.insn == b.insn && a.reason == b.reason;
}
bool operator==(const MapDef& a, const MapDef& b) {
  return a.name == b.name && a.type == b.type && a.key_size == b.key_size &&
         a.value_size == b.value_size && a.max_entries == b.max_entries && a.flags == b.flags &&
         a.pinning == b.pinning && a.key_type_id == b.key_type_id &&
         a.value_type_id == b.value_type_id && a.map_extra == b.map_extra &&
         a.numa_node == b.numa_node && a.spin_lock_offset == b.spin_lock_offset &&
         a.read_only == b.read_only && a.initial == b.initial && a.inner == b.inner &&
         a.slots == b.slots;
}
bool operator==(const Program& a, const Program& b) {
  return a.name == b.name && a.section == b.section && a.license == b.license &&
         a.insns == b.insns && a.subprograms == b.subprograms && a.maps == b.maps &&
         a.kfuncs == b.kfuncs && a.source_files == b.source_files && a.lines == b.lines &&
         a.poisoned == b.poisoned;
}

namespace {

using testing::HasSubstr;

// Every row of the opcode table once, as linking would leave it, with a jump back, a jump forward
// and extreme operands: then a second function.
Program every_instruction() {
  Program program;
  program.name = std::string("all\0of\xff them", 13);
  program.section = "filter/ip";
  program.license = "Dual BSD/GPL";
  program.maps.push_back({"first", 1, 2, 3, 4, 5, 6, 7, 8});
  // Global data, read-only; the instructions below refer to its value.
  program.maps.push_back({.name = "f.rodata",
                          .type = 2,
                          .key_size = 4,
                          .value_size = 5,
                          .max_entries = 1,
                          .flags = 128 | 1024,
                          .value_type_id = 9,
                          .read_only = true,
                          .initial = {1, 2, 0, 255, 5}});
  program.maps.push_back({.name = "outer",
                          .type = 13,
                          .inner = {{.type = 2, .value_size = 4, .spin_lock_offset = 0}},
                          .slots = {{0, "first"}, {UINT32_MAX, "outer"}}});
  program.maps.push_back({.name = "jumps", .type = 3, .slots = {{7, "some program"}}});
  program.maps.push_back(
      {"last", ~0u, ~0u, ~0u, ~0u, ~0u, ~0u, ~0u, ~0u, ~uint64_t{0}, ~0u, ~0u - 4});
  program.kfuncs = {"k0", "", "k2"};
  program.source_files = {"a.c", "dir/b.c"};

  uint32_t slot = 0;
  auto add = [&](Instruction insn) {
    insn.slot = slot;
    slot += insn.info().slots();
    program.insns.push_back(insn);
  };
  for (size_t i = 0; i < kOpCount; ++i) {
    Instruction insn;
    insn.op = static_cast<Op>(i);
    switch (insn.info().format) {
      case Format::kAluImm: insn.dst = 9, insn.imm = INT32_MIN; break;
      case Format::kAluReg: insn.dst = 9, insn.src = 10; break;
      case Format::kAluUnary: insn.dst = 9; break;
      case Format::kLoad:
      case Format::kLoadAcquire: insn.dst = 1, insn.src = 10, insn.offset = INT16_MIN; break;
      case Format::kStoreReg:
      case Format::kStoreRelease:
      case Format::kAtomic: insn.dst = 10, insn.src = 3, insn.offset = INT16_MAX; break;
      case Format::kStoreImm: insn.dst = 10, insn.offset = -8, insn.imm = INT32_MAX; break;
      case Format::kJump: insn.offset = 0; break;
      case Format::kJumpLong: insn.imm = 0; break;
      case Format::kJumpImm: insn.dst = 2, insn.imm = -1; break;
      case Format::kJumpReg: insn.dst = 2, insn.src = 10; break;
      case Format::kCall: insn.imm = kPoisonHelper; break;
      case Format::kCallTarget: insn.target = 1; break;  // imm: below
      case Format::kCallKfunc: insn.imm = 77, insn.offset = -3, insn.target = 2; break;
      case Format::kCallReg: insn.dst = 7; break;
      case Format::kExit: break;
      case Format::kLoadImm64: insn.dst = 5, insn.imm = 0xffff'fff0; break;
      case Format::kPacketAbs: insn.imm = -4; break;
      case Format::kPacketInd: insn.src = 6, insn.imm = -4; break;
    }
    switch (insn.info().operation) {
      case Operation::kLoadFunc:
      case Operation::kLoadMap:
      case Operation::kLoadMapIdx: insn.target = 1; break;
      case Operation::kLoadMapValue:
      case Operation::kLoadMapIdxValue: insn.target = 1, insn.imm = 5; break;
      case Operation::kLoadImm64: insn.imm = INT64_MIN + 1; break;
      default: break;
    }
    if (is_jump(insn)) insn.target = static_cast<uint32_t>(program.insns.size()) + 1;
    add(insn);
  }
  // Back to instruction 2, over wide instructions.
  Instruction back;
  back.op = Op::kGotol;
  back.imm = 2 - (static_cast<int64_t>(slot) + 1);
  back.target = 2;
  add(back);
  const auto first = static_cast<uint32_t>(program.insns.size());
  for (Instruction& insn : program.insns) {
    if (insn.op == Op::kCallLocal) insn.imm = static_cast<int64_t>(slot) - (insn.slot + 1);
  }
  Instruction exit;
  exit.op = Op::kExit;
  add(exit);
  program.subprograms = {{program.name, 0, first}, {"", first, 1}};
  program.lines = {
      {0, 1, 0, 0, "int f(void)"}, {1, 1'000'000, 200, 1, ""}, {first, ~0u, ~0u, 0, "}"}};
  for (uint32_t i = 0; i < program.insns.size(); ++i) {
    if (program.insns[i].op == Op::kCallHelper) program.poisoned.push_back({i, "why not"});
  }
  EXPECT_TRUE(check_structure(program));
  return program;
}

Program tiny() {
  Program program;
  program.name = "t";
  Instruction exit;
  exit.op = Op::kExit;
  program.insns = {exit};
  program.subprograms = {{"", 0, 1}};
  return program;
}

TEST(ProgramBytes, RoundTripOfEveryInstruction) {
  const Program program = every_instruction();
  const auto bytes = program_to_bytes(program);
  const auto back = program_from_bytes(bytes);
  ASSERT_TRUE(back) << back.error().to_string();
  EXPECT_EQ(*back, program);
  EXPECT_EQ(program_to_bytes(*back), bytes);
}

TEST(ProgramBytes, RoundTripOfBareInstructions) {
  // call +1; exit; if r1 > 3 goto +1; ld64; exit: the call distance is kept.
  const RawInsn code[] = {{0x85, 0x10, 0, 1}, {0x95, 0, 0, 0}, {0x25, 1, 2, 3},
                          {0x18, 3, 0, 5},    {0, 0, 0, -6},   {0x95, 0, 0, 0}};
  const auto program =
      make_program(*decode({reinterpret_cast<const uint8_t*>(code), sizeof code}), "bare");
  ASSERT_TRUE(program) << program.error().to_string();
  ASSERT_EQ(program->subprograms.size(), 2u);
  const auto back = program_from_bytes(program_to_bytes(*program));
  ASSERT_TRUE(back) << back.error().to_string();
  EXPECT_EQ(*back, *program);
}

TEST(ProgramBytes, IsCompact) {
  // Magic, three strings (name "t"), one slot, one subprogram, five empty tables.
  EXPECT_EQ(program_to_bytes(tiny()).size(), 4u + 2 + 1 + 1 + 1 + 8 + 1 + 2 + 5);
}

TEST(ProgramBytes, TruncatedAtEveryLengthAndOneTooLong) {
  auto bytes = program_to_bytes(every_instruction());
  for (size_t n = 0; n < bytes.size(); ++n) {
    const auto result = program_from_bytes(ByteSpan(bytes).first(n));
    ASSERT_FALSE(result) << n;
    ASSERT_FALSE(result.error().message().empty());
  }
  bytes.push_back(0);
  const auto result = program_from_bytes(bytes);
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message(), HasSubstr("1 bytes follow the end"));
}

TEST(ProgramBytes, RefusalsSayWhatAndWhere) {
  const auto bytes = program_to_bytes(tiny());
  auto message_with = [&](size_t at, uint8_t value) {
    auto changed = bytes;
    changed[at] = value;
    const auto result = program_from_bytes(changed);
    return result ? std::string("was accepted") : result.error().to_string();
  };
  EXPECT_THAT(message_with(0, 'x'), HasSubstr("starts with 0x02727077, but found 0x02727078"));
  EXPECT_THAT(message_with(4, 100), HasSubstr("name, section and license"));
  EXPECT_THAT(message_with(8, 3), HasSubstr("claims 3 instruction slots, but only 16 of its 25"));
  EXPECT_THAT(message_with(9, 0xff), HasSubstr("program 't': instruction 0: unknown opcode 0xff"));
  EXPECT_THAT(message_with(17, 7), HasSubstr("claims 7 subprograms, but only 7"));
  EXPECT_THAT(message_with(18, 2), HasSubstr("subprogram 0 has 2 instructions, but only 1"));
  EXPECT_THAT(message_with(18, 0), HasSubstr("[program-malformed]"));
  EXPECT_THAT(message_with(20, 1), HasSubstr("claims 1 maps"));
}

TEST(ProgramBytes, NumbersHaveOneForm) {
  // The length of the name as 81 00: one, the long way.
  auto bytes = program_to_bytes(tiny());
  bytes[4] = 0x81;
  bytes.insert(bytes.begin() + 5, 0);
  const auto result = program_from_bytes(bytes);
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message(), HasSubstr("shortest form"));
  // Past 32 bits.
  bytes = program_to_bytes(tiny());
  const uint8_t big[] = {0xff, 0xff, 0xff, 0xff};
  bytes[4] = 0x1f;
  bytes.insert(bytes.begin() + 4, std::begin(big), std::end(big));
  EXPECT_FALSE(program_from_bytes(bytes));
}

TEST(ProgramBytes, IndexesAreChecked) {
  Program program = every_instruction();
  for (Instruction& insn : program.insns) {
    const uint32_t before = insn.target;
    if (before == 0 || is_jump(insn) || insn.op == Op::kCallLocal) continue;
    insn.target = 5;  // past the functions, the maps and the kfuncs
    EXPECT_FALSE(program_from_bytes(program_to_bytes(program))) << insn.info().name;
    insn.target = before;
  }
  for (Instruction& insn : program.insns) {
    if (insn.op != Op::kCallLocal) continue;
    --insn.imm;
    const auto result = program_from_bytes(program_to_bytes(program));
    ASSERT_FALSE(result);
    EXPECT_THAT(result.error().message(), HasSubstr("where no function starts"));
    ++insn.imm;
  }
  program.lines[1].file = 2;
  EXPECT_FALSE(program_from_bytes(program_to_bytes(program)));
  program = every_instruction();
  program.lines[1].insn = 0;
  EXPECT_FALSE(program_from_bytes(program_to_bytes(program)));
  program = every_instruction();
  program.lines[2].insn = static_cast<uint32_t>(program.insns.size());
  EXPECT_FALSE(program_from_bytes(program_to_bytes(program)));
}

TEST(ProgramBytes, MapsAreChecked) {
  auto error = [](auto change) {
    Program program = every_instruction();
    change(program);
    const auto result = program_from_bytes(program_to_bytes(program));
    return result ? std::string("was accepted") : result.error().message();
  };
  EXPECT_THAT(error([](Program& p) { p.maps[1].initial.pop_back(); }),
              HasSubstr("map 'f.rodata' has initial contents of 4 bytes, but values of 5"));
  EXPECT_EQ(error([](Program& p) { p.maps[1].initial.clear(); }), "was accepted");
  EXPECT_THAT(error([](Program& p) { p.maps[1].max_entries = 2; }),
              HasSubstr("is no array of one value"));
  EXPECT_THAT(error([](Program& p) { p.maps[1].flags = 0; }), HasSubstr("lack BPF_F_RDONLY_PROG"));
  EXPECT_THAT(error([](Program& p) { p.maps[1].spin_lock_offset = 2; }),
              HasSubstr("has a spin lock at 2 of a value of 5 bytes"));
  EXPECT_EQ(error([](Program& p) { p.maps[1].spin_lock_offset = 1; }), "was accepted");
  EXPECT_THAT(error([](Program& p) { p.maps[2].type = 1; }), HasSubstr("is no map of maps"));
  EXPECT_THAT(error([](Program& p) { p.maps[3].type = 1; }),
              HasSubstr("holds neither programs nor maps"));
  EXPECT_THAT(error([](Program& p) { p.maps[2].inner[0].spin_lock_offset = 1; }),
              HasSubstr("spin lock"));
  EXPECT_THAT(error([](Program& p) { p.maps[2].slots[0].name = "gone"; }),
              HasSubstr("has 'gone' in its slot 0, but the program has no such map"));
  EXPECT_THAT(error([](Program& p) { p.maps[3].slots[0].name = ""; }),
              HasSubstr("has nothing in its slot 7"));
  EXPECT_THAT(error([](Program& p) { p.maps[2].slots[0].slot = UINT32_MAX; }),
              HasSubstr("out of order"));
  EXPECT_THAT(error([](Program& p) { p.maps[1].value_size = 4, p.maps[1].initial.pop_back(); }),
              HasSubstr("address of byte 5 in the value of map 'f.rodata'"));
  EXPECT_THAT(error([](Program& p) { p.poisoned[0].insn = 0; }), HasSubstr("poisoned"));
  EXPECT_THAT(error([](Program& p) { p.poisoned.push_back(p.poisoned[0]); }),
              HasSubstr("poisoned"));
}

TEST(ProgramBytes, TableLimit) {
  Program program = tiny();
  program.source_files.resize(kMaxProgramTable);
  EXPECT_TRUE(program_from_bytes(program_to_bytes(program)));
  program.source_files.emplace_back();
  const auto result = program_from_bytes(program_to_bytes(program));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), ErrorCode::kLimit);
  EXPECT_THAT(result.error().message(), HasSubstr("1000001 source files, at most 1000000"));
}

TEST(ProgramBytes, InstructionLimit) {
  Program program = tiny();
  auto grow = [&](size_t count) {
    program.insns.assign(count, program.insns[0]);
    for (uint32_t i = 0; i < count; ++i) program.insns[i].slot = i;
    program.subprograms[0].count = static_cast<uint32_t>(count);
  };
  grow(kMaxInstructions);
  const auto result = program_from_bytes(program_to_bytes(program));
  ASSERT_TRUE(result) << result.error().to_string();
  EXPECT_EQ(result->insns, program.insns);
  grow(kMaxInstructions + 1);
  EXPECT_FALSE(program_from_bytes(program_to_bytes(program)));
}

// The encoding has one way to write a program, so equal programs have equal bytes and the other way
// round.
TEST(ProgramBytes, WhatIsAcceptedIsWhatWouldBeWritten) {
  const auto original = program_to_bytes(every_instruction());
  size_t accepted = 0;
  auto check = [&](const std::vector<uint8_t>& bytes) {
    const auto result = program_from_bytes(bytes);
    if (!result) return;
    ++accepted;
    ASSERT_TRUE(check_structure(*result));
    ASSERT_EQ(program_to_bytes(*result), bytes);
  };
  for (size_t bit = 0; bit < original.size() * 8; ++bit) {
    auto bytes = original;
    bytes[bit / 8] ^= static_cast<uint8_t>(1u << bit % 8);
    check(bytes);
  }
  EXPECT_GT(accepted, 1000u);
  std::mt19937_64 random(2);
  for (int i = 0; i < 10'000; ++i) {
    auto bytes = original;
    for (uint64_t n = random() % 4 + 1; n > 0; --n) {
      const size_t at = random() % bytes.size();
      switch (random() % 4) {
        case 0: bytes.erase(bytes.begin() + static_cast<ptrdiff_t>(at)); break;
        case 1: bytes.insert(bytes.begin() + static_cast<ptrdiff_t>(at), uint8_t(random())); break;
        default: bytes[at] = static_cast<uint8_t>(random());
      }
    }
    check(bytes);
    std::vector<uint8_t> noise(random() % 100);
    for (uint8_t& byte : noise) byte = static_cast<uint8_t>(random());
    if (random() % 2 == 0 && noise.size() > 4) std::copy_n(original.begin(), 4, noise.begin());
    check(noise);
  }
}

}  // namespace
}  // namespace weir
