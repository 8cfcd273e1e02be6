// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tests/unit/isa/isa_samples.h"

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

namespace weir::testing {

UsedFields used_fields(Format format) {
  switch (format) {
    case Format::kAluImm:
    case Format::kLoadImm64: return {true, false, false, true};
    case Format::kAluReg: return {true, true, false, false};
    case Format::kAluUnary:
    case Format::kCallReg: return {true, false, false, false};
    case Format::kLoad:
    case Format::kStoreReg:
    case Format::kAtomic:
    case Format::kLoadAcquire:
    case Format::kStoreRelease:
    case Format::kJumpReg: return {true, true, true, false};
    case Format::kStoreImm:
    case Format::kJumpImm: return {true, false, true, true};
    case Format::kJump: return {false, false, true, false};
    case Format::kJumpLong:
    case Format::kCall:
    case Format::kCallTarget:
    case Format::kPacketAbs: return {false, false, false, true};
    case Format::kCallKfunc: return {false, false, true, true};
    case Format::kPacketInd: return {false, true, false, true};
    case Format::kExit: return {false, false, false, false};
  }
  return {};
}

std::vector<RawInsn> make_raw(Op op, uint8_t dst, uint8_t src, int16_t offset, int64_t imm) {
  const OpInfo& row = info(op);
  const UsedFields used = used_fields(row.format);
  RawInsn raw{row.opcode, 0, 0, 0};
  uint8_t s = used.src ? src : 0;
  if (row.selector == Selector::kSrc) s = static_cast<uint8_t>(row.value);
  raw.regs = static_cast<uint8_t>((used.dst ? dst : 0) | s << 4);
  raw.offset = used.offset ? offset : int16_t{0};
  if (row.selector == Selector::kOffset) raw.offset = static_cast<int16_t>(row.value);
  raw.imm = used.imm ? static_cast<int32_t>(imm) : 0;
  if (row.selector == Selector::kImm) raw.imm = row.value;
  if (row.slots() == 1) return {raw};
  return {raw, RawInsn{0, 0, 0, static_cast<int32_t>(static_cast<uint64_t>(imm) >> 32)}};
}

std::vector<Instruction> samples_of(Op op) {
  const UsedFields used = used_fields(info(op).format);
  auto pick = [](bool use, auto values) {
    if (!use) values.resize(1);
    return values;
  };
  const auto registers = std::vector<uint8_t>{0, 1, 4, 9, 10};
  const auto offsets = std::vector<int16_t>{0, 1, -1, 16, 127, INT16_MAX, INT16_MIN};
  std::vector<int64_t> imms = {0, 1, -1, 8, 255, 0x12345678, INT32_MAX, INT32_MIN};
  if (info(op).slots() == 2) {
    for (int64_t imm : {int64_t{0xffffffff}, int64_t{0x80000000}, int64_t{0x100000000},
                        int64_t{0x1122334455667788}, INT64_MAX, INT64_MIN, int64_t{-2}}) {
      imms.push_back(imm);
    }
  }
  std::vector<Instruction> out;
  for (uint8_t dst : pick(used.dst, registers)) {
    for (uint8_t src : pick(used.src, registers)) {
      for (int16_t offset : pick(used.offset, offsets)) {
        for (int64_t imm : pick(used.imm, imms)) {
          const std::vector<RawInsn> raw = make_raw(op, dst, src, offset, imm);
          auto insn = decode_one(raw, 0);
          if (insn) out.push_back(*insn);
        }
      }
    }
  }
  return out;
}

std::vector<uint8_t> bytes_of(const std::vector<RawInsn>& raw) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(raw.data());
  return {bytes, bytes + raw.size() * sizeof(RawInsn)};
}

std::vector<uint8_t> bytes_of(const Instruction& insn) {
  return encode(std::span(&insn, 1));
}

std::optional<std::filesystem::path> shared_folder() {
  const char* named = std::getenv("WEIR_SHARED");
  const std::filesystem::path folder =
      named != nullptr ? std::filesystem::path(named)
                       : std::filesystem::path(WEIR_SOURCE_DIR).parent_path() / "shared";
  std::error_code error;
  if (!std::filesystem::is_directory(folder, error)) return std::nullopt;
  return folder;
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

std::vector<uint8_t> parse_hex(const std::string& text) {
  std::vector<uint8_t> out;
  for (size_t i = 0; i + 1 < text.size(); i += 2) {
    out.push_back(static_cast<uint8_t>(std::stoi(text.substr(i, 2), nullptr, 16)));
  }
  return out;
}

}  // namespace weir::testing
