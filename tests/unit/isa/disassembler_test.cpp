// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/isa/disassembler.h"

#include <gtest/gtest.h>

#include "frontend/isa/decode.h"
#include "tests/unit/isa/isa_samples.h"

namespace weir {
namespace {

std::vector<uint8_t> bytes(std::string_view text) {
  auto made = assemble(text, "t.s");
  if (!made) {
    ADD_FAILURE() << made.error().to_string();
    return {};
  }
  return made->bytes;
}

std::vector<Instruction> instructions(std::string_view text) {
  auto insns = decode(bytes(text));
  if (!insns) {
    ADD_FAILURE() << insns.error().to_string();
    return {};
  }
  return *insns;
}

constexpr const char* kLoop =
    "r1 = 1 ll\n"
    "top: if r1 == 0 goto out\n"
    "r1 += -1\n"
    "goto top\n"
    "out: exit\n";

TEST(Disassembler, PlainLines) {
  EXPECT_EQ(disassemble(instructions(kLoop), Dialect::kKernel),
            "r1 = 1 ll\n"
            "if r1 == 0 goto +2\n"
            "r1 += -1\n"
            "goto -3\n"
            "exit\n");
  EXPECT_EQ(disassemble(instructions(kLoop), Dialect::kUbpf),
            "lddw %r1, 0x1\n"
            "jeq %r1, 0, +2\n"
            "add %r1, -1\n"
            "ja -3\n"
            "exit\n");
  EXPECT_EQ(disassemble(std::span<const Instruction>(), Dialect::kKernel), "");
}

TEST(Disassembler, SlotsBytesAndHexAreObjdumpsLayout) {
  DisassembleOptions options;
  options.slots = options.bytes = options.hex = true;
  EXPECT_EQ(disassemble(instructions(kLoop), Dialect::kKernel, options),
            "       0:\t18 01 00 00 01 00 00 00 00 00 00 00 00 00 00 00\tr1 = 0x1 ll\n"
            "       2:\t15 01 02 00 00 00 00 00\tif r1 == 0x0 goto +0x2\n"
            "       3:\t07 01 00 00 ff ff ff ff\tr1 += -0x1\n"
            "       4:\t05 00 fd ff 00 00 00 00\tgoto -0x3\n"
            "       5:\t95 00 00 00 00 00 00 00\texit\n");
}

TEST(Disassembler, LabelsAreNumberedFromTop) {
  DisassembleOptions options;
  options.labels = true;
  EXPECT_EQ(disassemble(instructions(kLoop), Dialect::kUbpf, options),
            "    lddw %r1, 0x1\n"
            "L1:\n"
            "    jeq %r1, 0, L2\n"
            "    add %r1, -1\n"
            "    ja L1\n"
            "L2:\n"
            "    exit\n");
}

// decode_one() does not look where a jump goes; the text must still be exact.
TEST(Disassembler, TargetsThatAreNoInstructionStayDistances) {
  DisassembleOptions options;
  options.labels = true;
  const std::string text = "goto +1\nr1 = 5 ll\ngoto +100\ngoto -100\nexit\n";
  std::vector<RawInsn> raw(bytes(text).size() / 8);
  std::memcpy(raw.data(), bytes(text).data(), raw.size() * 8);
  std::vector<Instruction> insns;
  for (uint32_t slot = 0; slot < raw.size();) {
    auto insn = decode_one(std::span(raw).subspan(slot), slot);
    ASSERT_TRUE(insn);
    slot += insn->info().slots();
    insns.push_back(*insn);
  }
  EXPECT_EQ(disassemble(insns, Dialect::kKernel, options),
            "    goto +1\n    r1 = 5 ll\n    goto +100\n    goto -100\n    exit\n");
}

Program sample_program() {
  auto program = make_program(instructions("r1 = 0\n"
                                           "r0 = 7\n"
                                           "call f\n"
                                           "back: if r0 == 0 goto back\n"
                                           "call g\n"
                                           "exit\n"
                                           "f: call 1\n"
                                           "exit\n"
                                           "g: exit\n"),
                              "main");
  EXPECT_TRUE(program) << program.error().to_string();
  program->subprograms[1].name = "lookup";
  program->subprograms[2].name = "r3";  // no label can have this name
  program->source_files = {"a.c"};
  program->lines = {{0, 3, 1, 0, "int x;\n// evil"}, {6, 9, 1, 0, "return f();"}};
  return *program;
}

TEST(Disassembler, Programs) {
  const Program program = sample_program();
  DisassembleOptions options;
  options.source = true;
  options.names.helper = [](int32_t number) {
    return number == 1 ? std::string_view("bpf_map_lookup_elem") : std::string_view();
  };
  const std::string text = disassemble(program, Dialect::kKernel, options);
  EXPECT_EQ(text,
            "main:\n"
            "; a.c:3: int x;\\x0a// evil\n"
            "    r1 = 0\n"
            "    r0 = 7\n"
            "    call lookup\n"
            "    if r0 == 0 goto -1\n"
            "    call sub_2  # function r3\n"
            "    exit\n"
            "\n"
            "lookup:\n"
            "; a.c:9: return f();\n"
            "    call 1  # bpf_map_lookup_elem\n"
            "    exit\n"
            "\n"
            "sub_2:\n"
            "    exit\n");
}

TEST(Disassembler, ProgramsAssembleToTheSameBytesWithAllOptions) {
  const Program program = sample_program();
  const std::vector<uint8_t> expected = encode(program.insns);
  for (Dialect dialect : {Dialect::kKernel, Dialect::kUbpf}) {
    for (int bits = 0; bits < 32; ++bits) {
      DisassembleOptions options;
      options.slots = bits & 1;
      options.bytes = bits & 2;
      options.labels = bits & 4;
      options.hex = bits & 8;
      options.source = bits & 16;
      const std::string text = disassemble(program, dialect, options);
      EXPECT_EQ(bytes(text), expected) << text;
    }
  }
}

TEST(Disassembler, NamesOfMapsAndKfuncsAreComments) {
  Program program;
  program.name = "main";
  program.maps = {MapDef{}, MapDef{}};
  program.maps[1] = {.name = "coun\nter", .type = 2, .value_size = 16};
  program.kfuncs = {"bpf_xdp_flow_lookup"};
  Instruction map;
  map.op = Op::kLddwMapValue;
  map.dst = 1;
  map.imm = 8;
  map.target = 1;
  Instruction kfunc;
  kfunc.op = Op::kCallKfunc;
  kfunc.slot = 2;
  Instruction exit;
  exit.op = Op::kExit;
  exit.slot = 3;
  program.insns = {map, kfunc, exit};
  program.subprograms = {{"main", 0, 3}};
  ASSERT_TRUE(check_structure(program));
  EXPECT_EQ(disassemble(program, Dialect::kKernel),
            "main:\n"
            "    r1 = map_value(1, 8) ll  # map coun\\x0ater\n"
            "    call kfunc(0)  # kfunc bpf_xdp_flow_lookup\n"
            "    exit\n");
  const DisasmNames names{&program, {}};
  EXPECT_EQ(disassemble_one(map, Dialect::kUbpf, &names),
            "lddw %r1, map_value(1, 8)  # map coun\\x0ater");
  EXPECT_EQ(disassemble_one(map, Dialect::kUbpf), "lddw %r1, map_value(8, 0)");
}

// Names that collide with each other, with generated ones, or with the program's text.
TEST(Disassembler, HostileFunctionNamesGiveUniqueLabels) {
  const char* names[] = {"local", "local", "sub_1", "L1", "", "exit", "a b", "kfunc", "if", "pc"};
  std::string text;
  for (size_t i = 1; i < std::size(names); ++i) text += "call f" + std::to_string(i) + "\n";
  text += "exit\n";
  for (size_t i = 1; i < std::size(names); ++i) text += "f" + std::to_string(i) + ": exit\n";
  auto program = make_program(instructions(text), names[0]);
  ASSERT_TRUE(program) << program.error().to_string();
  ASSERT_EQ(program->subprograms.size(), std::size(names));
  for (size_t i = 1; i < std::size(names); ++i) program->subprograms[i].name = names[i];
  for (Dialect dialect : {Dialect::kKernel, Dialect::kUbpf}) {
    DisassembleOptions options;
    options.labels = true;
    const std::string written = disassemble(*program, dialect, options);
    EXPECT_EQ(bytes(written), encode(program->insns)) << written;
  }
}

TEST(Disassembler, InvalidInstructionsDoNoHarm) {
  Instruction insn;
  insn.op = static_cast<Op>(9999);
  EXPECT_EQ(disassemble_one(insn, Dialect::kKernel), "<invalid>");
  DisassembleOptions options;
  options.bytes = options.labels = true;
  EXPECT_EQ(disassemble(std::span(&insn, 1), Dialect::kUbpf, options), "<invalid>\n");
  insn.op = Op::kMov64Reg;
  insn.dst = 200;
  EXPECT_EQ(disassemble_one(insn, Dialect::kKernel), "r200 = r0");
}

}  // namespace
}  // namespace weir
