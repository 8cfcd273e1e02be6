// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/isa/text_tables.h"

#include <algorithm>
#include <array>
#include <map>

#include <fmt/format.h>

namespace weir {

namespace {

constexpr OperationText kAlu[] = {
    {Operation::kAdd, "+=", "add"},    {Operation::kSub, "-=", "sub"},
    {Operation::kMul, "*=", "mul"},    {Operation::kDiv, "/=", "div"},
    {Operation::kSdiv, "s/=", "sdiv"}, {Operation::kOr, "|=", "or"},
    {Operation::kAnd, "&=", "and"},    {Operation::kLsh, "<<=", "lsh"},
    {Operation::kRsh, ">>=", "rsh"},   {Operation::kMod, "%=", "mod"},
    {Operation::kSmod, "s%=", "smod"}, {Operation::kXor, "^=", "xor"},
    {Operation::kMov, "=", "mov"},     {Operation::kArsh, "s>>=", "arsh"},
};

constexpr OperationText kCompare[] = {
    {Operation::kJeq, "==", "jeq"},   {Operation::kJne, "!=", "jne"},
    {Operation::kJgt, ">", "jgt"},    {Operation::kJge, ">=", "jge"},
    {Operation::kJlt, "<", "jlt"},    {Operation::kJle, "<=", "jle"},
    {Operation::kJsgt, "s>", "jsgt"}, {Operation::kJsge, "s>=", "jsge"},
    {Operation::kJslt, "s<", "jslt"}, {Operation::kJsle, "s<=", "jsle"},
    {Operation::kJset, "&", "jset"},
};

constexpr OperationText kByteOrder[] = {
    {Operation::kToLe, "le", "le"},
    {Operation::kToBe, "be", "be"},
    {Operation::kBswap, "bswap", "bswap"},
};

constexpr OperationText kLock[] = {
    {Operation::kAtomicAdd, "+=", "add"},
    {Operation::kAtomicOr, "|=", "or"},
    {Operation::kAtomicAnd, "&=", "and"},
    {Operation::kAtomicXor, "^=", "xor"},
};

// LLVM writes exchanges with the width twice, the kernel with "atomic" in front: asm_kernel.cpp.
constexpr OperationText kFetch[] = {
    {Operation::kAtomicFetchAdd, "fetch_add", "fetch add"},
    {Operation::kAtomicFetchOr, "fetch_or", "fetch or"},
    {Operation::kAtomicFetchAnd, "fetch_and", "fetch and"},
    {Operation::kAtomicFetchXor, "fetch_xor", "fetch xor"},
    {Operation::kAtomicXchg, "xchg", "xchg"},
    {Operation::kAtomicCmpxchg, "cmpxchg", "cmpxchg"},
};

constexpr OperationText kPseudo[] = {
    {Operation::kLoadMap, "map_fd", "map_fd"},
    {Operation::kLoadMapValue, "map_value", "map_value"},
    {Operation::kLoadVarAddr, "var_addr", "var_addr"},
    {Operation::kLoadFunc, "func", "func"},
    {Operation::kLoadMapIdx, "map_idx", "map_idx"},
    {Operation::kLoadMapIdxValue, "map_idx_value", "map_idx_value"},
};

const char* size_letter(int bits) {
  switch (bits) {
    case 8: return "b";
    case 16: return "h";
    case 32: return "w";
    default: return "dw";
  }
}

std::string_view word_of(Operation operation) {
  const OperationText* text = find_operation(operation);
  return text ? text->word : std::string_view("?");
}

struct MnemonicIndex {
  std::map<std::string, std::vector<Op>, std::less<>> rows;
  std::vector<std::string> names;

  MnemonicIndex() {
    for (size_t i = 0; i < kOpCount; ++i) {
      const Op op = static_cast<Op>(i);
      rows[ubpf_mnemonic(op)].push_back(op);
    }
    for (const auto& [name, ops] : rows) names.push_back(name);
    // Other spellings of the same: a width that is spelled out, RFC 9669's name of bswap, and
    // `fetch` joined to its operation. None of them may hide a mnemonic.
    for (const std::string& name : names) {
      const OpInfo& op = info(rows[name].front());
      const std::vector<Op> ops = rows[name];
      if (op.operation == Operation::kBswap) rows.try_emplace(name.substr(1), ops);
      const bool arithmetic =
          find_operation(op.operation) != nullptr || op.operation == Operation::kNeg;
      if (op.bits == 64 && !name.ends_with("64") && arithmetic) {
        rows.try_emplace(name + "64", ops);
      }
      if (const size_t at = name.find("fetch "); at != std::string::npos) {
        std::string joined = name;
        joined[at + 5] = '_';
        rows.try_emplace(joined, ops);
        if (op.bits == 64) rows.try_emplace(joined + "64", ops);
      }
    }
  }
};

const MnemonicIndex& mnemonic_index() {
  static const MnemonicIndex index;
  return index;
}

}  // namespace

std::span<const OperationText> alu_operations() {
  return kAlu;
}
std::span<const OperationText> compare_operations() {
  return kCompare;
}
std::span<const OperationText> byte_order_operations() {
  return kByteOrder;
}
std::span<const OperationText> lock_operations() {
  return kLock;
}
std::span<const OperationText> fetch_operations() {
  return kFetch;
}
std::span<const OperationText> pseudo_operations() {
  return kPseudo;
}

const OperationText* find_symbol(std::span<const OperationText> family, std::string_view symbol) {
  for (const OperationText& text : family) {
    if (text.symbol == symbol) return &text;
  }
  return nullptr;
}

const OperationText* find_operation(Operation operation) {
  const std::span<const OperationText> families[] = {kAlu,  kCompare, kByteOrder,
                                                     kLock, kFetch,   kPseudo};
  for (std::span<const OperationText> family : families) {
    for (const OperationText& text : family) {
      if (text.operation == operation) return &text;
    }
  }
  return nullptr;
}

std::optional<Op> find_row(Format format, Operation operation, int bits) {
  for (size_t i = 0; i < kOpCount; ++i) {
    const OpInfo& row = kOpTable[i];
    if (row.format == format && row.operation == operation && row.bits == bits) {
      return static_cast<Op>(i);
    }
  }
  return std::nullopt;
}

std::string ubpf_mnemonic(Op op) {
  const OpInfo& row = info(op);
  const char* narrow = row.bits == 32 ? "32" : "";
  switch (row.format) {
    case Format::kAluImm:
    case Format::kAluReg:
      // movsx<from><to>: the only moves with two widths.
      if (row.operation == Operation::kMovsx64) return fmt::format("movsx{}64", row.bits);
      if (row.operation == Operation::kMovsx32) return fmt::format("movsx{}32", row.bits);
      return fmt::format("{}{}", word_of(row.operation), narrow);
    case Format::kAluUnary:
      if (row.operation == Operation::kNeg) return fmt::format("neg{}", narrow);
      return fmt::format("{}{}", word_of(row.operation), row.bits);
    case Format::kLoad:
      return fmt::format("ldx{}{}", row.operation == Operation::kLoadSign ? "s" : "",
                         size_letter(row.bits));
    case Format::kStoreImm: return fmt::format("st{}", size_letter(row.bits));
    case Format::kStoreReg: return fmt::format("stx{}", size_letter(row.bits));
    case Format::kAtomic: return fmt::format("lock {}{}", word_of(row.operation), narrow);
    case Format::kLoadAcquire: return fmt::format("ldxacq{}", size_letter(row.bits));
    case Format::kStoreRelease: return fmt::format("stxrel{}", size_letter(row.bits));
    case Format::kJump: return row.operation == Operation::kMayGoto ? "may_goto" : "ja";
    case Format::kJumpLong: return "ja32";
    case Format::kJumpImm:
    case Format::kJumpReg: return fmt::format("{}{}", word_of(row.operation), narrow);
    case Format::kCall:
    case Format::kCallTarget:
    case Format::kCallKfunc:
    case Format::kCallReg: return "call";
    case Format::kExit: return "exit";
    case Format::kLoadImm64: return "lddw";
    case Format::kPacketAbs: return fmt::format("ldabs{}", size_letter(row.bits));
    case Format::kPacketInd: return fmt::format("ldind{}", size_letter(row.bits));
  }
  return {};
}

std::span<const Op> find_mnemonic(std::string_view mnemonic) {
  const auto& rows = mnemonic_index().rows;
  const auto it = rows.find(mnemonic);
  if (it == rows.end()) return {};
  return it->second;
}

PseudoShape pseudo_shape(Operation operation) {
  switch (operation) {
    case Operation::kLoadMapValue:
    case Operation::kLoadMapIdxValue: return PseudoShape::kTwo;
    case Operation::kLoadVarAddr: return PseudoShape::kOneOrTwo;
    case Operation::kLoadFunc: return PseudoShape::kDistance;
    default: return PseudoShape::kOne;
  }
}

std::span<const std::string> all_mnemonics() {
  return mnemonic_index().names;
}

std::string_view nearest_word(std::string_view word, std::span<const std::string> candidates) {
  constexpr size_t kLongest = 32;       // longer names are not typing slips of ours
  constexpr size_t kCandidates = 2000;  // a wrong name in a huge file need not cost a second
  if (word.size() > kLongest || word.size() < 2) return {};
  size_t best = word.size() <= 3 ? 2 : 3;  // one edit allowed, two in longer words
  std::string_view found;
  for (const std::string& candidate : candidates.first(std::min(candidates.size(), kCandidates))) {
    if (candidate.size() > kLongest) continue;
    std::array<size_t, kLongest + 1> row;
    for (size_t j = 0; j <= word.size(); ++j) row[j] = j;
    for (size_t i = 1; i <= candidate.size(); ++i) {
      size_t diagonal = row[0];
      row[0] = i;
      for (size_t j = 1; j <= word.size(); ++j) {
        const size_t above = row[j];
        row[j] = std::min(
            {above + 1, row[j - 1] + 1, diagonal + (candidate[i - 1] == word[j - 1] ? 0 : 1)});
        diagonal = above;
      }
    }
    if (row[word.size()] < best) {
      best = row[word.size()];
      found = candidate;
    }
  }
  return found;
}

}  // namespace weir
