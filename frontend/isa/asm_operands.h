// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What both dialects' readers share: registers, ranges, branch targets, calls and the pseudo
// operands of 64-bit loads.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "frontend/isa/instruction.h"
#include "frontend/isa/text_lexer.h"

namespace weir {

// One instruction as read. If `label` is not empty, the distance to it is still missing from
// `offset` or `imm`, whichever the format uses.
struct AsmStatement {
  Instruction insn;
  std::string_view label;
  uint32_t label_column = 0;
};

struct AsmRegister {
  uint8_t number = 0;
  bool wide = true;  // r5, not w5
};

// True if the word has the form of a register (r or w and a number), be the number valid or not.
bool is_register_name(std::string_view word);
// The register at the next token, r0-r10 or w0-w10; consumes it.
Result<AsmRegister> read_register(LineReader& in);

// A 32-bit immediate in its signed or its unsigned spelling (-1 and 0xffffffff are the same).
Result<int64_t> read_imm32(LineReader& in, std::string_view what = "immediate");
// The same for 64 bits.
Result<int64_t> read_imm64(LineReader& in);
// A memory offset with its sign in front: `+ 16`, `-4`, or nothing (0) if neither sign follows.
Result<int16_t> read_offset(LineReader& in);

// `+3`, `-2`, `pc+3`, `3` or a label, put into the field that `out.insn`'s format takes distances
// from. A label is left in `out.label`.
Status read_target(LineReader& in, AsmStatement& out);

// What follows `call`: a helper's number, `NAME#NUMBER`, `+3`, `pc+3`, `local TARGET`, a label,
// `kfunc(ID)`, `kfunc(ID, MODULE)` or a register. An unsigned number is a helper, a signed one is a
// distance: that is how llvm-objdump shows local calls.
Result<AsmStatement> read_call(LineReader& in);

// `map_fd(3)` and its kin, if the next two tokens start one; else an empty optional.
Result<std::optional<AsmStatement>> read_pseudo(LineReader& in, uint8_t dst);

// The row, or an error at `at`: for combinations of parts that are each fine.
Result<Op> require_row(const LineReader& in, const Token& at, Format format, Operation operation,
                       int bits, std::string_view what);

}  // namespace weir
