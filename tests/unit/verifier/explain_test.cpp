// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The exact words for the most common mistakes.
#include "frontend/verifier/explain.h"

#include <gtest/gtest.h>
#include <linux/bpf.h>

#include "tests/unit/verifier/analyse.h"

namespace weir::testing {
namespace {

// "INSN[,ALSO...]: what | lost | hint", a line each.
std::string explain(std::string_view text) {
  auto verified = analyse(text);
  if (!verified) return verified.error().to_string();
  std::string out;
  for (const Explanation& e : explain_accesses(verified->program(), verified->facts())) {
    if (!out.empty()) out += "\n";
    out += std::to_string(e.insn);
    for (uint32_t insn : e.also) out += "," + std::to_string(insn);
    out += ": " + e.what + " | " + e.lost + " | " + e.hint;
  }
  return out;
}

TEST(VerifierExplain, MissingEndCheck) {
  EXPECT_EQ(explain("r0 = *(u32 *)(r1 + 16)\nexit"),
            "0: read of 4 bytes at r1 = data+16, but nothing is known of the data's length |  | "
            "compare the length first, and leave if it is below 20");
}

TEST(VerifierExplain, ACheckThatIsTooShort) {
  EXPECT_EQ(
      explain("r0 = 0\nif r2 < 14 goto out\nr0 = *(u32 *)(r1 + 12)\nout:\nexit"),
      "2: read of 4 bytes at r1 = data+12, but only 14 bytes are proven |  | a check covers 14 "
      "bytes, 16 are needed: compare the length first, and leave if it is below 16");
}

TEST(VerifierExplain, CheckOnTheWrongRegister) {
  EXPECT_EQ(
      explain("r0 = 0\nif r2 < 20 goto out\nr4 = *(u8 *)(r1 + 0)\nr5 = r1\nr5 += r4\n"
              "r0 = *(u16 *)(r5 + 0)\nout:\nexit"),
      "5: read of 2 bytes at r5 = data plus 0 to 255, but only 20 bytes of the data are proven, "
      "and none from this pointer | the value comes from instruction 2 | the check is on another "
      "pointer or number: compare the pointer plus 2 with the end of the data first");
}

TEST(VerifierExplain, VariableOffsetTooLarge) {
  EXPECT_EQ(
      explain("r3 = *(u16 *)(r10 - 2)\nr4 = r10\nr4 += r3\nr0 = *(u8 *)(r4 - 8)\nexit"),
      "3: read of 1 bytes at r4 = stack plus -8 to 65527, but a frame is stack-512 to stack-1 | "
      "the value comes from instruction 0 | bound the variable offset before it is added, for "
      "example with r &= 63");
}

TEST(VerifierExplain, MisalignedAtomic) {
  EXPECT_EQ(explain("r3 = 1\nr0 = 0\nif r2 < 8 goto out\nlock *(u64 *)(r1 + 0) += r3\nout:\nexit"),
            "3: access of 8 bytes at r1 = data+0, and the data may start at any address |  | "
            "atomics need "
            "an aligned address: use them on the stack, or on values of maps");
}

TEST(VerifierExplain, NoPointer) {
  EXPECT_EQ(
      explain("r3 = 5\nr0 = *(u8 *)(r3 + 0)\nexit"),
      "1: read of 1 bytes at r3, a number and no pointer that is known | the value comes from "
      "instruction 0 | take the address from r1 or r10, by adding numbers to it");
}

// Under guard the first access that passed its check proves what lies below it; what lies above has
// the same cause.
TEST(VerifierExplain, OneCauseOneMessage) {
  const std::string text = explain(
      "r3 = r1\nr0 = 0\nif r2 < 14 goto out\nr4 = *(u8 *)(r10 - 1)\nif r4 == 0 goto other\n"
      "r0 = *(u32 *)(r3 + 16)\ngoto out\nother:\nr0 = *(u32 *)(r3 + 26)\nout:\nexit");
  EXPECT_EQ(text.substr(0, 5), "5,7: ") << text;
}

// The message and the hint of a refusal under strict.
std::string refuse(ContextKind kind, std::string_view text, uint32_t map_flags = 0) {
  MapDef map{.name = "flows",
             .type = BPF_MAP_TYPE_HASH,
             .key_size = 4,
             .value_size = 16,
             .max_entries = 8,
             .flags = map_flags};
  auto verified = analyse_at(kind, text, Policy::kStrict, {map});
  if (verified) return "accepted";
  const Error& error = verified.error();
  return error.message() + " | " + error.hint();
}

constexpr std::string_view kLookup =
    "*(u32 *)(r10 - 4) = 0\nr2 = r10\nr2 += -4\nr1 = map_fd(0) ll\ncall 1\n";

// What people get wrong most often, as strict says it: each has its own hint.
TEST(VerifierExplain, TheTenMostCommonMistakes) {
  const std::string packet = "r2 = *(u32 *)(r1 + 0)\nr3 = *(u32 *)(r1 + 4)\nr0 = 0\n";
  EXPECT_EQ(refuse(ContextKind::kXdp, packet + "r0 = *(u8 *)(r2 + 3)\nexit"),
            "read of 1 bytes at r2 = data+3, but nothing is known of the data's length; the value "
            "comes from instruction 0 | compare the length first, and leave if it is below 4");
  EXPECT_EQ(refuse(ContextKind::kXdp,
                   packet + "r4 = r2\nr4 += 14\nif r4 > r3 goto out\nr5 = *(u8 *)(r2 + 0)\n"
                            "r2 += r5\nr0 = *(u8 *)(r2 + 0)\nout:\nexit"),
            "read of 1 bytes at r2 = data plus 0 to 255, but only 14 bytes of the data are proven, "
            "and none from this pointer; the value comes from instruction 6 | the check is on "
            "another pointer or number: compare the pointer plus 1 with the end of the data first");
  EXPECT_EQ(refuse(ContextKind::kXdp, std::string(kLookup) + "r0 = *(u64 *)(r0 + 0)\nexit"),
            "read of 8 bytes at r0 = map value or null; the value comes from instruction 5 | a "
            "lookup may give null: leave if r0 == 0 before it is used");
  EXPECT_EQ(refuse(ContextKind::kXdp, "r6 = *(u32 *)(r1 + 12)\n" + std::string(kLookup) +
                                          "if r0 == 0 goto out\nr0 += r6\n"
                                          "r0 = *(u8 *)(r0 + 0)\nout:\nr0 = 0\nexit"),
            "read of 1 bytes at r0 = map value plus 0 to 4294967295, but a value of the map has 16 "
            "bytes; the value comes from instruction 0 | bound the variable offset before it is "
            "added, for example with r &= 15");
  EXPECT_EQ(refuse(ContextKind::kXdp, "if r1 == 0 goto out\nr6 = 1\nout:\nr0 = r7\nexit"),
            "r7 is read, but has no value on some path to here | set r7 on every path to here");
  EXPECT_EQ(
      refuse(ContextKind::kXdp, "r2 = r10\nr2 += -4\nr1 = r2\ncall 1\nr0 = 0\nexit"),
      "r1 is a pointer to the stack, but argument 1 of map_lookup_elem is a map of the program; "
      "the value comes from instruction 0 | r1 must be a map of the program when the helper is "
      "called");
  EXPECT_EQ(refuse(ContextKind::kXdp, "next:\ncall 7\nif r0 != 0 goto next\nexit"),
            "nothing bounds how often this jump goes back | count the rounds in a register, and "
            "leave the loop when it reaches a constant");
  EXPECT_EQ(
      refuse(ContextKind::kXdp, std::string(kLookup) +
                                    "if r0 == 0 goto out\nr1 = 1\n"
                                    "lock *(u32 *)(r0 + 2) += r1\nout:\nr0 = 0\nexit"),
      "access of 4 bytes at r0 = map value+2, which is not a multiple of 4; the value comes "
      "from instruction 5 | atomics need an aligned address: use an offset that is a multiple "
      "of 4");
  EXPECT_EQ(
      refuse(ContextKind::kXdp,
             std::string(kLookup) + "if r0 == 0 goto out\n*(u32 *)(r0 + 0) = 1\nout:\nr0 = 0\nexit",
             BPF_F_RDONLY_PROG),
      "write of 4 bytes at r0 = map value+0, which programs may only read; the value comes "
      "from instruction 5 | the map value may be read but not written: copy it to the stack "
      "first");
  EXPECT_EQ(refuse(ContextKind::kCgroupSkb, "r0 = *(u32 *)(r1 + 0)\nexit"),
            "r0, the verdict, is 0 to 4294967295, but must be 0 to 1; the value comes from "
            "instruction 0 | r0 must be 0 to 1 at exit: set it to a constant on every path");
}

TEST(VerifierExplain, AMovedContext) {
  EXPECT_EQ(refuse(ContextKind::kXdp, "r1 += 4\nr0 = *(u32 *)(r1 + 8)\nexit"),
            "read of 4 bytes at r1 = context+12, but r1 is the context moved, and fields are read "
            "through the context itself; the value comes from instruction 0 | keep the context as "
            "it came in r1, and give the field's offset in the load");
  EXPECT_EQ(refuse(ContextKind::kXdp, "r0 = *(u32 *)(r1 + 9)\nexit"),
            "read of 4 bytes at r1 = context+9: no field that may be accessed so | use a field of "
            "the context at its own offset and width; some may only be read");
}

// Arguments of helpers are explained as accesses are.
TEST(VerifierExplain, ArgumentsOfHelpers) {
  EXPECT_EQ(
      refuse(ContextKind::kXdp, "r2 = *(u32 *)(r1 + 0)\nr1 = map_fd(0) ll\ncall 1\nr0 = 0\nexit"),
      "argument 2 of map_lookup_elem: 4 bytes at r2 = data+0, but nothing is known of the "
      "data's length; the value comes from instruction 0 | compare the length first, and "
      "leave if it is below 4");
  EXPECT_EQ(refuse(ContextKind::kSchedCls,
                   "r4 = *(u32 *)(r1 + 0)\nr2 = 0\nr3 = r10\nr3 += -8\ncall 26\nr0 = 0\nexit"),
            "argument 3 of skb_load_bytes: memory at r3 = stack-8, and nothing bounds the size in "
            "r4; the value comes from instruction 2 | bound r4 before the call, for example with "
            "r4 &= 63");
}

TEST(VerifierExplain, HintsOfWhatIsFoundElsewhere) {
  EXPECT_EQ(hint_null_check(0), "a lookup may give null: leave if r0 == 0 before it is used");
  EXPECT_EQ(hint_argument(2, "a pointer to the stack"),
            "r2 must be a pointer to the stack when the helper is called");
  EXPECT_EQ(hint_read_only("packet"),
            "the packet may be read but not written: copy it to the stack first");
  EXPECT_EQ(hint_return_range(0, 4),
            "r0 must be 0 to 4 at exit: set it to a constant on every path");
  EXPECT_EQ(hint_loop_bound(),
            "count the rounds in a register, and leave the loop when it reaches a constant");
}

}  // namespace
}  // namespace weir::testing
