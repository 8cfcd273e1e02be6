// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Two passes: every line is read and given its slot, then labels become distances and the raw bytes
// of a listing are compared with what the text gave.
#include "frontend/isa/assembler.h"

#include <algorithm>
#include <cstring>
#include <unordered_map>

#include <fmt/format.h>

#include "frontend/isa/asm_kernel.h"
#include "frontend/isa/asm_listing.h"
#include "frontend/isa/asm_ubpf.h"
#include "frontend/isa/decode.h"
#include "frontend/isa/text_tables.h"
#include "frontend/support/text.h"

namespace weir {

namespace {

struct Placed {
  AsmStatement statement;
  LineContext where;
};

// What a listing said of an instruction beside its text.
struct Witness {
  size_t index = 0;  // into Assembler::placed_
  std::array<uint8_t, 16> bytes{};
  size_t byte_count = 0;
  uint32_t column = 0;
  std::optional<uint8_t> opcode;
};

struct LabelPlace {
  uint32_t slot = 0;
  uint32_t line = 0;
};

std::string hex(std::span<const uint8_t> bytes) {
  return fmt::format("{:02x}", fmt::join(bytes, " "));
}

class Assembler {
 public:
  Assembler(std::string_view file, std::optional<Dialect> dialect)
      : file_(file), dialect_(dialect) {}

  Status read_line(std::string_view line, uint32_t number);
  Result<AssembledText> finish();

 private:
  Status read_instruction(const LineContext& where, const ListingLine& listing);
  Status define_label(const LineContext& where, std::string_view name, uint32_t column);
  Status check_slot(const LineContext& where, const ListingLine& listing);
  Result<uint32_t> find_label(const Placed& placed);
  Status resolve(Placed& placed);
  Status compare(const Witness& witness);
  Result<AsmStatement> read_statement(LineReader& in, const ListingLine& listing);

  std::string_view file_;
  std::optional<Dialect> dialect_;
  std::vector<Placed> placed_;
  std::vector<Witness> witnesses_;
  std::unordered_map<std::string_view, LabelPlace> labels_;
  std::vector<AsmLabel> label_list_;
  std::vector<Token> tokens_;
  uint32_t slot_ = 0;
  // The first exit instruction: bpf_conformance jumps to `exit` without a label of that name.
  std::optional<uint32_t> exit_slot_;
  std::optional<uint64_t> listing_base_;  // what a listing calls slot 0; modulo 2^64
  bool in_code_ = true;
};

Status Assembler::define_label(const LineContext& where, std::string_view name, uint32_t column) {
  if (name.size() > kMaxLabel) {
    return where.error(
        column, ErrorCode::kLimit,
        fmt::format("the label is {} bytes long, at most {} are allowed", name.size(), kMaxLabel));
  }
  if (is_register_name(name)) {
    return where.error(
        column, ErrorCode::kAsmSyntax,
        fmt::format("'{}' is a register's name and cannot be a label", printable(name)));
  }
  const auto [it, added] = labels_.try_emplace(name, LabelPlace{slot_, where.line});
  if (!added) {
    return where.error(column, ErrorCode::kAsmSyntax,
                       fmt::format("label '{}' is defined twice, first in line {}", printable(name),
                                   it->second.line));
  }
  label_list_.push_back({std::string(name), slot_});
  return {};
}

Status Assembler::check_slot(const LineContext& where, const ListingLine& listing) {
  if (!listing.slot) return {};
  const uint64_t base = *listing.slot - slot_;
  if (!listing_base_) listing_base_ = base;
  if (*listing_base_ == base) return {};
  return where.error(
      1, ErrorCode::kAsmSyntax,
      fmt::format("the line is numbered {}, but slot {} comes next", *listing.slot,
                  *listing_base_ + slot_),
      "a listing must be complete, or its jumps go astray; without numbers lines may "
      "be added and left out, and labels name jump targets");
}

Result<AsmStatement> Assembler::read_statement(LineReader& in, const ListingLine& listing) {
  const bool kernel = is_kernel_line(in);
  if (!dialect_) {
    // may_goto is spelled the same in both.
    return kernel ? read_kernel(in, listing.opcode) : read_ubpf(in);
  }
  if (*dialect_ == Dialect::kKernel) {
    const Token first = in.peek();
    auto out = read_kernel(in, listing.opcode);
    if (out || kernel || find_mnemonic(first.text).empty()) return out;
    return out.take_error().with_hint("this is uBPF's dialect, and the kernel's was asked for");
  }
  if (kernel) {
    return in.fail(in.peek(), ErrorCode::kAsmSyntax, "this is no instruction of uBPF's dialect",
                   "it is the kernel's dialect, and uBPF's was asked for");
  }
  return read_ubpf(in);
}

Status Assembler::read_instruction(const LineContext& where, const ListingLine& listing) {
  WEIR_CHECK(tokenize(where, listing.text, listing.column, tokens_));
  std::span<const Token> tokens(tokens_);
  while (tokens.size() >= 2 && tokens[0].kind == TokenKind::kWord && tokens[1].is(":")) {
    WEIR_CHECK(define_label(where, tokens[0].text, tokens[0].column));
    tokens = tokens.subspan(2);
  }
  LineReader in(where, tokens);
  if (in.at_end()) {
    if (!listing.slot && listing.byte_count == 0) return {};
    return where.error(listing.column, ErrorCode::kAsmSyntax,
                       "a number without an instruction after it", "labels are names: L1, not 1");
  }
  WEIR_TRY(const AsmStatement statement, read_statement(in, listing));
  WEIR_CHECK(in.expect_end());
  if (slot_ >= kMaxInstructions) {
    return where.error(1, ErrorCode::kLimit,
                       fmt::format("more than {} instruction slots", kMaxInstructions));
  }
  if (listing.byte_count != 0 || listing.opcode) {
    witnesses_.push_back(
        {placed_.size(), listing.bytes, listing.byte_count, listing.bytes_column, listing.opcode});
  }
  if (statement.insn.op == Op::kExit && !exit_slot_) exit_slot_ = slot_;
  placed_.push_back({statement, where});
  placed_.back().statement.insn.slot = slot_;
  slot_ += statement.insn.info().slots();
  return {};
}

Status Assembler::read_line(std::string_view line, uint32_t number) {
  const LineContext where{file_, number, line};
  const ListingLine listing = read_listing(strip_comment(line));
  if (is_directive(listing.text)) {
    switch (classify_directive(listing.text)) {
      case Directive::kNone: return {};
      case Directive::kCode: in_code_ = true; return {};
      case Directive::kData: in_code_ = false; return {};
      case Directive::kPlaces:
        if (!in_code_) return {};
        return where.error(listing.column, ErrorCode::kAsmSyntax,
                           "this directive is unknown, or places data among the code",
                           "only directives that place no bytes are passed over (.text, .globl, "
                           ".type, .size, .p2align, ...)");
    }
  }
  if (!in_code_) return {};
  if (line.size() > kMaxAssemblyLine) {
    return LineContext{file_, number, line.substr(0, 80)}.error(
        1, ErrorCode::kLimit,
        fmt::format("the line is {} bytes long, at most {} are allowed", line.size(),
                    kMaxAssemblyLine));
  }
  if (listing.section_start) {
    listing_base_.reset();
    return {};
  }
  if (!listing.label.empty()) {
    // `<.text>` stands for the section, and each section starts with such a line.
    if (listing.label.starts_with('.')) return {};
    return define_label(where, listing.label, listing.column);
  }
  WEIR_CHECK(check_slot(where, listing));
  return read_instruction(where, listing);
}

// The slot that a statement's label stands for.
Result<uint32_t> Assembler::find_label(const Placed& placed) {
  const std::string_view name = placed.statement.label;
  if (const auto it = labels_.find(name); it != labels_.end()) return it->second.slot;
  auto unknown = [&](std::string message, std::string hint) {
    return placed.where.error(placed.statement.label_column, ErrorCode::kInsnBadTarget,
                              std::move(message), std::move(hint));
  };
  if (name == "exit" && exit_slot_) return *exit_slot_;
  std::vector<std::string> names;
  for (const AsmLabel& label : label_list_) {
    if (names.size() == 1000) break;
    names.push_back(label.name);
  }
  const std::string_view nearest = nearest_word(name, names);
  std::string hint = "a label is defined by its name and a colon at the start of a line";
  if (placed.statement.insn.op == Op::kCallLocal) hint = "a helper is called by its number: call 1";
  if (!nearest.empty()) hint = fmt::format("did you mean '{}'?", printable(nearest));
  return unknown(fmt::format("unknown label '{}'", printable(name)), std::move(hint));
}

Status Assembler::resolve(Placed& placed) {
  AsmStatement& statement = placed.statement;
  if (statement.label.empty()) return {};
  Instruction& insn = statement.insn;
  WEIR_TRY(const uint32_t slot, find_label(placed));
  const int64_t distance = static_cast<int64_t>(slot) - insn.slot - 1;
  const Format format = insn.info().format;
  if (format == Format::kLoadImm64) {
    insn.imm = static_cast<int64_t>(static_cast<uint32_t>(distance));
  } else if (format == Format::kJumpLong || format == Format::kCallTarget) {
    insn.imm = distance;  // slots are limited to a million
  } else if (distance >= INT16_MIN && distance <= INT16_MAX) {
    insn.offset = static_cast<int16_t>(distance);
  } else {
    return placed.where.error(
        statement.label_column, ErrorCode::kAsmRange,
        fmt::format("label '{}' is {} slots away, a jump reaches {} to {}",
                    printable(statement.label), distance, INT16_MIN, INT16_MAX),
        format == Format::kJump ? "gotol (ja32) jumps further"
                                : "jump round a gotol (ja32), which jumps further");
  }
  return {};
}

Status Assembler::compare(const Witness& witness) {
  Placed& placed = placed_[witness.index];
  Instruction& insn = placed.statement.insn;
  RawInsn raw[2] = {};
  const size_t size = static_cast<size_t>(encode_one(insn, raw)) * sizeof(RawInsn);
  uint8_t made[16];
  std::memcpy(made, raw, sizeof made);
  if (witness.opcode && *witness.opcode != made[0]) {
    return placed.where.error(1, ErrorCode::kAsmSyntax,
                              fmt::format("the line says opcode {:02x}, but the text is {:02x}, {}",
                                          *witness.opcode, made[0], insn.info().name));
  }
  if (witness.byte_count == 0) return {};
  if (witness.byte_count == size && std::memcmp(made, witness.bytes.data(), size) == 0) return {};

  // llvm-objdump's text of these leaves fields out: the bytes are the better source.
  RawInsn said[2];
  std::memcpy(said, witness.bytes.data(), sizeof said);
  const bool call = made[0] == info(Op::kCallHelper).opcode && said[0].imm == raw[0].imm;
  const bool wide = made[0] == info(Op::kLddw).opcode && said[0].imm == raw[0].imm &&
                    said[0].regs == raw[0].regs && said[0].src() != 0;
  const bool indexed = insn.info().format == Format::kPacketInd && said[0].regs == raw[0].regs;
  if (witness.byte_count == size && said[0].opcode == made[0] && (call || wide || indexed)) {
    auto decoded = decode_one(std::span<const RawInsn>(said, size / sizeof(RawInsn)), insn.slot);
    if (decoded) {
      insn = *decoded;
      return {};
    }
  }
  return placed.where.error(witness.column, ErrorCode::kAsmSyntax,
                            fmt::format("the bytes of the line differ from those of its text, {}",
                                        hex(std::span<const uint8_t>(made, size))),
                            "correct the text or leave out the bytes");
}

Result<AssembledText> Assembler::finish() {
  AssembledText out;
  for (Placed& placed : placed_) WEIR_CHECK(resolve(placed));
  for (const Witness& witness : witnesses_) WEIR_CHECK(compare(witness));
  out.bytes.reserve(size_t{slot_} * sizeof(RawInsn));
  out.lines.reserve(placed_.size());
  for (const Placed& placed : placed_) {
    RawInsn raw[2] = {};
    const size_t size =
        static_cast<size_t>(encode_one(placed.statement.insn, raw)) * sizeof(RawInsn);
    const auto* bytes = reinterpret_cast<const uint8_t*>(raw);
    out.bytes.insert(out.bytes.end(), bytes, bytes + size);
    out.lines.push_back({placed.statement.insn.slot, placed.where.line});
  }
  if (out.bytes.empty()) {
    return LineContext{file_, 1, {}}.error(1, ErrorCode::kAsmSyntax,
                                           "the text has no instructions");
  }
  out.labels = std::move(label_list_);
  return out;
}

}  // namespace

Result<AssembledText> assemble(std::string_view text, std::string_view file_name,
                               std::optional<Dialect> dialect) {
  if (text.size() > kMaxAssemblyText) {
    return Error(ErrorCode::kLimit, fmt::format("the text is {} bytes long, at most {} are allowed",
                                                text.size(), kMaxAssemblyText))
        .in_file(file_name);
  }
  Assembler assembler(file_name, dialect);
  uint32_t number = 0;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    WEIR_CHECK(assembler.read_line(line, ++number));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return assembler.finish();
}

}  // namespace weir
