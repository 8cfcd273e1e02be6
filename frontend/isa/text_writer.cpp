// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/isa/text_writer.h"

#include <fmt/format.h>

#include "frontend/isa/text_tables.h"

namespace weir {

std::string write_number(int64_t value, bool hex) {
  if (!hex) return fmt::format("{}", value);
  if (value >= 0) return fmt::format("{:#x}", value);
  return fmt::format("-{:#x}", uint64_t{0} - static_cast<uint64_t>(value));
}

std::string write_signed(int64_t value, bool hex) {
  return (value < 0 ? "" : "+") + write_number(value, hex);
}

bool has_target(const Instruction& insn) {
  return is_jump(insn) || insn.info().format == Format::kCallTarget ||
         insn.info().operation == Operation::kLoadFunc;
}

int64_t target_distance(const Instruction& insn) {
  switch (insn.info().format) {
    case Format::kJumpLong:
    case Format::kCallTarget:
    case Format::kLoadImm64: return static_cast<int32_t>(insn.imm);
    default: return insn.offset;
  }
}

std::string write_pseudo(const Instruction& insn, const TextStyle& style) {
  const Operation operation = insn.info().operation;
  const OperationText* text = find_operation(operation);
  const std::string_view name = text ? text->word : std::string_view("?");
  const int32_t low = static_cast<int32_t>(insn.imm);
  const int32_t high = static_cast<int32_t>(insn.imm >> 32);
  const PseudoShape shape = pseudo_shape(operation);
  if (shape == PseudoShape::kDistance) {
    return fmt::format("{}({})", name,
                       style.target.empty() ? write_signed(low, style.hex) : style.target);
  }
  if (shape == PseudoShape::kTwo || (shape == PseudoShape::kOneOrTwo && high != 0)) {
    return fmt::format("{}({}, {})", name, write_number(low, style.hex),
                       write_number(high, style.hex));
  }
  return fmt::format("{}({})", name, write_number(low, style.hex));
}

}  // namespace weir
