// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Classic BPF: what tcpdump -ddd, iptables' xt_bpf and SO_ATTACH_FILTER speak (struct sock_filter,
// include/uapi/linux/filter.h). Reading it, and the kernel's rules for it (bpf_check_classic() in
// net/core/filter.c). What makes eBPF of it is isa/cbpf_convert.h.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/support/bytes.h"
#include "frontend/support/result.h"

namespace weir {

// struct sock_filter.
struct ClassicInsn {
  uint16_t code = 0;
  uint8_t jt = 0, jf = 0;  // so many instructions are skipped
  uint32_t k = 0;
  friend bool operator==(const ClassicInsn&, const ClassicInsn&) = default;
};
static_assert(sizeof(ClassicInsn) == 8);

inline constexpr size_t kMaxClassicInsns = 4096;  // BPF_MAXINSNS
inline constexpr uint32_t kClassicMemWords = 16;  // BPF_MEMWORDS

// The parts of a code, include/uapi/linux/bpf_common.h.
namespace cbpf {
inline constexpr uint16_t kLd = 0, kLdx = 1, kSt = 2, kStx = 3, kAlu = 4, kJmp = 5, kRet = 6,
                          kMisc = 7;
inline constexpr uint16_t kW = 0, kH = 0x08, kB = 0x10;
inline constexpr uint16_t kImm = 0, kAbs = 0x20, kInd = 0x40, kMem = 0x60, kLen = 0x80, kMsh = 0xa0;
inline constexpr uint16_t kAdd = 0, kSub = 0x10, kMul = 0x20, kDiv = 0x30, kOr = 0x40, kAnd = 0x50,
                          kLsh = 0x60, kRsh = 0x70, kNeg = 0x80, kMod = 0x90, kXor = 0xa0;
inline constexpr uint16_t kJa = 0, kJeq = 0x10, kJgt = 0x20, kJge = 0x30, kJset = 0x40;
inline constexpr uint16_t kK = 0, kX = 0x08, kA = 0x10;  // kA: of kRet
inline constexpr uint16_t kTax = 0, kTxa = 0x80;
inline constexpr uint16_t cls(uint16_t code) {
  return code & 7;
}
inline constexpr uint16_t size(uint16_t code) {
  return code & 0x18;
}
inline constexpr uint16_t mode(uint16_t code) {
  return code & 0xe0;
}
inline constexpr uint16_t op(uint16_t code) {
  return code & 0xf0;
}
inline constexpr uint16_t source(uint16_t code) {
  return code & 0x08;
}
// Bytes that a load takes.
inline constexpr uint32_t bytes(uint16_t code) {
  return size(code) == kW ? 4 : size(code) == kH ? 2 : 1;
}
}  // namespace cbpf

// Ancillary data: absolute loads from SKF_AD_OFF on, which is 2^32 - 4096.
inline constexpr uint32_t kSkfAdOff = 0xfffff000;
enum class Ancillary : uint8_t {
  kProtocol = 0,
  kPktType = 4,
  kIfindex = 8,
  kNlattr = 12,
  kNlattrNest = 16,
  kMark = 20,
  kQueue = 24,
  kHatype = 28,
  kRxhash = 32,
  kCpu = 36,
  kAluXorX = 40,
  kVlanTag = 44,
  kVlanTagPresent = 48,
  kPayOffset = 52,
  kRandom = 56,
  kVlanTpid = 60,
};
// True for an absolute load of the packet's ancillary data; checked programs have none but those
// above.
bool is_ancillary(const ClassicInsn& insn);
// "SKF_AD_PROTOCOL".
std::string_view ancillary_name(Ancillary what);

// What tools write, one or many instructions a line:
//   tcpdump -ddd   "4\n40 0 0 12\n21 0 1 2048\n6 0 0 262144\n6 0 0 0\n"
//   xt_bpf, ip     "4,40 0 0 12,21 0 1 2048,6 0 0 262144,6 0 0 0"
//   tcpdump -dd    "{ 0x28, 0, 0, 0x0000000c },\n..."
// Errors (kAsmSyntax) say in which instruction.
Result<std::vector<ClassicInsn>> read_classic_text(std::string_view text);
// Whether a text begins with a count and has that many instructions: nothing else looks so.
bool looks_like_classic(std::string_view text);
// Bytes of struct sock_filter, little-endian.
Result<std::vector<ClassicInsn>> read_classic_bytes(ByteSpan bytes);
// "4,40 0 0 12,...", what read_classic_text() takes.
std::string write_classic_text(std::span<const ClassicInsn> insns);

// As tcpdump -d and bpf_asm write it: "ldh [12]", "jeq #0x800 jt 2 jf 5"; `at` is its number.
std::string classic_text(const ClassicInsn& insn, size_t at);

// The kernel's rules: 1 to 4096 instructions that it knows; jumps within the program; the last one
// returns; no constant division by zero, no constant shift by 32 or more; M[] has 16 words, and is
// read only where every way there has written it. The error names the instruction.
Status check_classic(std::span<const ClassicInsn> insns);

}  // namespace weir
