// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// uBPF's dialect, written.
#include <fmt/format.h>

#include "frontend/isa/text_tables.h"
#include "frontend/isa/text_writer.h"

namespace weir {

std::string write_ubpf(const Instruction& insn, const TextStyle& style) {
  const std::string name = ubpf_mnemonic(insn.op);
  auto memory = [&](uint8_t base) {
    return fmt::format("[%r{}{}]", base,
                       insn.offset == 0 ? "" : write_signed(insn.offset, style.hex));
  };
  auto target = [&] {
    return style.target.empty() ? write_signed(target_distance(insn), style.hex)
                                : std::string(style.target);
  };
  auto imm = [&] { return write_number(insn.imm, style.hex); };

  switch (insn.info().format) {
    case Format::kAluImm: return fmt::format("{} %r{}, {}", name, insn.dst, imm());
    case Format::kAluReg: return fmt::format("{} %r{}, %r{}", name, insn.dst, insn.src);
    case Format::kAluUnary: return fmt::format("{} %r{}", name, insn.dst);
    case Format::kLoad:
    case Format::kLoadAcquire: return fmt::format("{} %r{}, {}", name, insn.dst, memory(insn.src));
    case Format::kStoreImm: return fmt::format("{} {}, {}", name, memory(insn.dst), imm());
    case Format::kStoreReg:
    case Format::kStoreRelease:
    case Format::kAtomic: return fmt::format("{} {}, %r{}", name, memory(insn.dst), insn.src);
    case Format::kJump:
    case Format::kJumpLong: return fmt::format("{} {}", name, target());
    case Format::kJumpImm: return fmt::format("{} %r{}, {}, {}", name, insn.dst, imm(), target());
    case Format::kJumpReg:
      return fmt::format("{} %r{}, %r{}, {}", name, insn.dst, insn.src, target());
    case Format::kCall:
      return fmt::format("call {}", write_number(static_cast<uint32_t>(insn.imm), style.hex));
    case Format::kCallTarget: return fmt::format("call local {}", target());
    case Format::kCallKfunc:
      if (insn.offset == 0) return fmt::format("call kfunc({})", imm());
      return fmt::format("call kfunc({}, {})", imm(), write_number(insn.offset, style.hex));
    case Format::kCallReg: return fmt::format("call %r{}", insn.dst);
    case Format::kExit: return name;
    case Format::kLoadImm64:
      if (insn.op != Op::kLddw) {
        return fmt::format("{} %r{}, {}", name, insn.dst, write_pseudo(insn, style));
      }
      // Addresses, masks and packed constants: hexadecimal in uBPF's own output too.
      return fmt::format("{} %r{}, {:#x}", name, insn.dst, static_cast<uint64_t>(insn.imm));
    case Format::kPacketAbs: return fmt::format("{} {}", name, imm());
    case Format::kPacketInd: return fmt::format("{} %r{}, {}", name, insn.src, imm());
  }
  return {};
}

}  // namespace weir
