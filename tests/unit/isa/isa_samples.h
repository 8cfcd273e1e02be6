// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Instructions to test with, made from the opcode table: every row with every combination of
// interesting registers, offsets and immediates that decode_one() accepts.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "frontend/isa/decode.h"

namespace weir::testing {

// Which fields an instruction of this format uses, stated here a second time: the decoder's own
// table is what is tested.
struct UsedFields {
  bool dst, src, offset, imm;
};
UsedFields used_fields(Format format);

// Slots of `op` with these operands; fields that the format does not use are left zero.
std::vector<RawInsn> make_raw(Op op, uint8_t dst, uint8_t src, int16_t offset, int64_t imm);

// All samples of one row, decoded.
std::vector<Instruction> samples_of(Op op);

std::vector<uint8_t> bytes_of(const Instruction& insn);
std::vector<uint8_t> bytes_of(const std::vector<RawInsn>& raw);

// The folder with data that is not part of the repository (WEIR_SHARED, or ../shared beside the
// source tree), or nothing.
std::optional<std::filesystem::path> shared_folder();

std::string read_file(const std::filesystem::path& path);
std::vector<uint8_t> parse_hex(const std::string& text);

}  // namespace weir::testing
