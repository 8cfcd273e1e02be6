// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Attacks that no filetest can say: bytes that no assembler writes, and tail calls into a program
// of another hook kind.
#include <gtest/gtest.h>
#include <linux/bpf.h>

#include <algorithm>
#include <string>
#include <vector>

#include "frontend/isa/decode.h"
#include "frontend/isa/program.h"
#include "runtime/capi/weir.h"

namespace weir::faults {
namespace {

struct Slot {
  uint8_t opcode;
  uint8_t registers;  // source, destination
  int16_t offset;
  int32_t immediate;
};

struct Attack {
  const char* name;
  std::vector<Slot> slots;
};

constexpr Slot kExit = {0x95, 0, 0, 0};
constexpr Slot kZero = {0xb7, 0, 0, 0};       // r0 = 0
constexpr Slot kWide = {0x18, 0, 0, 0x95};    // r0 = ... ll, whose second slot ...
constexpr Slot kSecond = {0x00, 0, 0, 0x95};  // ... holds what looks like exit
constexpr Slot kSmuggled = {0x95, 0, 0, 0x95};

// Every one of them is refused before it is a Program, in every policy.
const std::vector<Attack> kAttacks = {
    {"jump into a wide instruction", {{0x05, 0, 1, 0}, kWide, kSecond, kExit}},
    {"jump back into a wide instruction", {kWide, kSecond, {0x05, 0, -2, 0}, kExit}},
    {"branch into a wide instruction", {kZero, {0x15, 0, 1, 0}, kWide, kSecond, kExit}},
    {"long jump into a wide instruction", {{0x06, 0, 0, 1}, kWide, kSecond, kExit}},
    {"call into a wide instruction", {{0x85, 0x10, 0, 2}, kExit, kWide, kSecond, kExit}},
    {"address of the middle of a wide instruction",
     {{0x18, 0x41, 0, 4}, {0, 0, 0, 0}, kZero, kExit, kWide, kSecond, kExit}},
    {"an instruction in the second slot", {kWide, kSmuggled, kExit}},
    {"a register in the second slot", {kWide, {0, 0x10, 0, 0}, kExit}},
    {"an offset in the second slot", {kWide, {0, 0, 1, 0}, kExit}},
    {"half a wide instruction at the end", {kZero, kExit, kWide}},
    {"jump in front of the code", {{0x05, 0, -2, 0}, kExit}},
    {"jump behind the code", {{0x05, 0, 1, 0}, kExit}},
    {"jump as far as it goes", {kZero, {0x05, 0, 32767, 0}, kExit}},
    {"jump as far back as it goes", {kZero, {0x05, 0, -32768, 0}, kExit}},
    {"long jump that wraps", {kZero, {0x06, 0, 0, INT32_MAX}, kExit}},
    {"long jump back that wraps", {kZero, {0x06, 0, 0, INT32_MIN}, kExit}},
    {"call behind the code", {{0x85, 0x10, 0, 1}, kExit}},
    {"call that wraps", {kZero, {0x85, 0x10, 0, INT32_MAX}, kExit}},
    {"call back that wraps", {kZero, {0x85, 0x10, 0, INT32_MIN}, kExit}},
    {"write to r10", {{0xb7, 0x0a, 0, 0}, kExit}},
    {"load into r10", {{0x79, 0x1a, 0, 0}, kExit}},
    {"r11", {{0xbf, 0xb0, 0, 0}, kExit}},
    {"r15 as destination", {{0xbf, 0x0f, 0, 0}, kExit}},
    {"r15 as base of a store", {{0x7b, 0x0f, 0, 0}, kExit}},
    {"an atomic that is none", {{0xdb, 0x21, 0, 0x7f}, kExit}},
    {"an atomic of a byte", {{0xd3, 0x21, 0, 0}, kExit}},
    {"a shift with an offset", {{0x67, 0, 8, 1}, kExit}},
    {"an exit with an immediate", {{0x95, 0, 0, 1}}},
    {"an exit with a register", {{0x95, 0x10, 0, 0}}},
    {"a call of a register that is none", {{0x8d, 0x0f, 0, 0}, kExit}},
    {"nothing at all", {}},
};

std::vector<uint8_t> bytes_of(const std::vector<Slot>& slots) {
  std::vector<uint8_t> out;
  for (const Slot& slot : slots) {
    const auto offset = static_cast<uint16_t>(slot.offset);
    const auto immediate = static_cast<uint32_t>(slot.immediate);
    out.insert(out.end(), {slot.opcode, slot.registers, static_cast<uint8_t>(offset),
                           static_cast<uint8_t>(offset >> 8)});
    for (int i = 0; i < 32; i += 8) out.push_back(static_cast<uint8_t>(immediate >> i));
  }
  return out;
}

Result<Program> program_of(const std::vector<uint8_t>& bytes) {
  WEIR_TRY(std::vector<Instruction> instructions, decode(bytes));
  return make_program(std::move(instructions), "attack");
}

TEST(Escapes, BytesThatNoAssemblerWrites) {
  for (const Attack& attack : kAttacks) {
    const auto program = program_of(bytes_of(attack.slots));
    EXPECT_FALSE(program) << attack.name;
    EXPECT_TRUE(program || !program.error().message().empty()) << attack.name;
  }
  std::printf("escapes: %zu byte sequences refused\n", kAttacks.size());
}

// A part of an instruction is no instruction.
TEST(Escapes, CutCode) {
  const std::vector<uint8_t> whole = bytes_of({kZero, kWide, kSecond, kExit});
  ASSERT_TRUE(decode(whole));
  for (size_t size = 0; size < whole.size(); ++size) {
    if (size % 8 == 0 && size != 0 && size != 16) continue;  // shorter code, of whole instructions
    EXPECT_FALSE(decode(ByteSpan(whole).first(size))) << size << " bytes";
  }
}

// The program array takes a program of another kind; entering it fails as entering nobody does, and
// the run goes on behind the call.
TEST(Escapes, TailCallIntoAnotherHookKind) {
  for (const char* const path : {WEIR_ESCAPES_OBJECT, WEIR_ESCAPES_NATIVE}) {
    char* error = nullptr;
    const weir_host_options host_options = {
        .size = sizeof host_options, .workers = 1, .cache = "", .host_policy = ""};
    weir_host* const host = weir_host_open(&host_options, &error);
    ASSERT_NE(host, nullptr) << error;
    weir_worker* const worker = weir_worker_open(host, &error);
    ASSERT_NE(worker, nullptr) << error;
    struct Case {
      const char* name;
      uint64_t result;
    };
    for (const Case& one : {Case{"from_xdp", XDP_DROP}, Case{"from_socket", 5}}) {
      const weir_program_options options = {.size = sizeof options, .name = one.name};
      weir_program* const program = weir_program_open(host, path, &options, &error);
      ASSERT_NE(program, nullptr) << error;
      std::vector<uint8_t> packet(64, 0);
      weir_result result;
      EXPECT_EQ(weir_program_run(worker, program, packet.data(), packet.size(), 0, &result), 0);
      EXPECT_EQ(result.r0, one.result) << path;
      EXPECT_TRUE(std::ranges::all_of(packet, [](uint8_t byte) { return byte == 0; }));
      weir_program_close(program);
    }
    weir_worker_close(worker);
    weir_host_close(host);
  }
}

}  // namespace
}  // namespace weir::faults
