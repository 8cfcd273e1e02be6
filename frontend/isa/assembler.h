// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Assembler: text to bytes, in the kernel's and LLVM's pseudo-C (asm_kernel.h shows it) or in the
// dialect of uBPF and bpf_conformance (asm_ubpf.h), also mixed. It turns each line into exactly one
// instruction and does not judge the program: a jump out of the code or a write to r10 can be
// written, and decode() refuses it.
//
// Beside instructions a line may hold
//   - labels, `name:`, and a comment: from `#`, `//` or `;` to the end (`;` separates nothing). As
//     in bpf_conformance, `exit` is the label of the first exit instruction unless defined;
//   - what listings put in front: a slot number, raw bytes, the verifier log's opcode. Bytes must
//     agree with the text; where LLVM's text says less than the bytes (`call -1` of every kind,
//     ld_pseudo), the bytes win. Slot numbers must count on, so that a hole is not jumped over;
//   - directives of clang -S that place no bytes. Sections other than code are passed over.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/support/result.h"

namespace weir {

enum class Dialect : uint8_t {
  kKernel,  // r0 = *(u32 *)(r1 + 16)
  kUbpf,    // ldxw %r0, [%r1+16]
};

// Limits of the input. A million instructions with raw bytes and comments fit.
inline constexpr size_t kMaxAssemblyText = size_t{128} << 20;
inline constexpr size_t kMaxAssemblyLine = size_t{64} << 10;

// Where an instruction comes from.
struct AsmLine {
  uint32_t slot = 0;  // its first slot
  uint32_t line = 0;  // 1-based line of the input
};

struct AsmLabel {
  std::string name;
  uint32_t slot = 0;  // may be one past the last slot
};

struct AssembledText {
  std::vector<uint8_t> bytes;    // a multiple of 8, never empty
  std::vector<AsmLine> lines;    // one an instruction, ascending
  std::vector<AsmLabel> labels;  // in order of definition
};

// `file_name` is for messages only. Without a dialect each line is read in the one it is in. Errors
// (kAsmSyntax, kAsmRange, kInsnBadRegister, kLimit) carry file, line, column and the line itself.
Result<AssembledText> assemble(std::string_view text, std::string_view file_name,
                               std::optional<Dialect> dialect = {});

}  // namespace weir
