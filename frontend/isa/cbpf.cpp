// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/isa/cbpf.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "frontend/support/text.h"

namespace weir {

using namespace cbpf;

namespace {

Error at_insn(size_t index, ErrorCode code, std::string what) {
  return Error(code, std::move(what)).at_instruction(static_cast<uint32_t>(index));
}

// Numbers and the marks between them.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  // Blanks, commas, line ends and the braces of tcpdump -dd part numbers.
  void skip(std::string_view gaps) {
    while (at_ < text_.size() && gaps.find(text_[at_]) != std::string_view::npos) ++at_;
  }
  bool done() const { return at_ == text_.size(); }
  bool at_any(std::string_view of) const {
    return !done() && of.find(text_[at_]) != std::string_view::npos;
  }

  // Decimal, or hexadecimal behind 0x; at most `most`.
  std::optional<uint32_t> number(uint64_t most) {
    const bool hex = text_.substr(at_).starts_with("0x") || text_.substr(at_).starts_with("0X");
    const char* const first = text_.data() + at_ + (hex ? 2 : 0);
    const char* const last = text_.data() + text_.size();
    uint64_t value = 0;
    const auto [end, problem] = std::from_chars(first, last, value, hex ? 16 : 10);
    if (problem != std::errc() || value > most) return std::nullopt;
    at_ = static_cast<size_t>(end - text_.data());
    return static_cast<uint32_t>(value);
  }
  // What stands here, for a message.
  std::string here() const {
    const std::string_view rest = text_.substr(at_);
    return rest.empty() ? "the end" : "'" + printable(rest.substr(0, rest.find('\n')), 20) + "'";
  }

 private:
  std::string_view text_;
  size_t at_ = 0;
};

constexpr std::string_view kBlanks = " \t\r";
constexpr std::string_view kGaps = " \t\r\n,";
constexpr std::string_view kBraced = " \t\r\n,{};";

Result<ClassicInsn> read_insn(Scanner& in, size_t index, std::string_view between) {
  static constexpr struct {
    const char* name;
    uint64_t most;
  } kFields[] = {{"code", UINT16_MAX}, {"jt", UINT8_MAX}, {"jf", UINT8_MAX}, {"k", UINT32_MAX}};
  uint32_t fields[4];
  for (size_t i = 0; i < 4; ++i) {
    if (i != 0) in.skip(between);
    const auto number = in.number(kFields[i].most);
    if (!number) {
      return at_insn(index, ErrorCode::kAsmSyntax,
                     fmt::format("{} is a number up to {}, but here is {}", kFields[i].name,
                                 kFields[i].most, in.here()))
          .with_hint("an instruction is 'code jt jf k', as tcpdump -ddd writes it");
    }
    fields[i] = *number;
  }
  return ClassicInsn{static_cast<uint16_t>(fields[0]), static_cast<uint8_t>(fields[1]),
                     static_cast<uint8_t>(fields[2]), fields[3]};
}

Error too_many() {
  return Error(ErrorCode::kLimit,
               fmt::format("a classic filter has at most {} instructions", kMaxClassicInsns));
}

// { 0x28, 0, 0, 0x0000000c },
Result<std::vector<ClassicInsn>> read_braced(Scanner in) {
  std::vector<ClassicInsn> insns;
  for (in.skip(kBraced); !in.done(); in.skip(kBraced)) {
    if (insns.size() == kMaxClassicInsns) return too_many();
    WEIR_TRY(const ClassicInsn insn, read_insn(in, insns.size(), kGaps));
    insns.push_back(insn);
  }
  return insns;
}

}  // namespace

Result<std::vector<ClassicInsn>> read_classic_text(std::string_view text) {
  Scanner in(text);
  in.skip(kGaps);
  if (in.at_any("{")) return read_braced(in);
  const auto count = in.number(UINT32_MAX);
  if (!count) {
    return Error(ErrorCode::kAsmSyntax,
                 fmt::format("a classic filter begins with the number of its instructions, but "
                             "here is {}",
                             in.here()))
        .with_hint("tcpdump -ddd and nfbpf_compile write it so");
  }
  if (*count > kMaxClassicInsns) return too_many();
  std::vector<ClassicInsn> insns;
  for (size_t i = 0; i < *count; ++i) {
    in.skip(kBlanks);
    if (!in.done() && !in.at_any("\n,")) {
      return at_insn(
          i, ErrorCode::kAsmSyntax,
          fmt::format("a comma or a new line comes before it, but here is {}", in.here()));
    }
    in.skip(kGaps);
    WEIR_TRY(const ClassicInsn insn, read_insn(in, i, kBlanks));
    insns.push_back(insn);
  }
  in.skip(kGaps);
  if (!in.done()) {
    return Error(ErrorCode::kAsmSyntax,
                 fmt::format("behind its {} instructions the filter goes on with {}", *count,
                             in.here()))
        .with_hint("the first number says how many instructions there are");
  }
  return insns;
}

bool looks_like_classic(std::string_view text) {
  const auto insns = read_classic_text(text);
  return insns && !insns->empty();
}

Result<std::vector<ClassicInsn>> read_classic_bytes(ByteSpan bytes) {
  if (bytes.size() % sizeof(ClassicInsn) != 0) {
    return Error(
        ErrorCode::kInsnTruncated,
        fmt::format("{} bytes are not a whole number of classic instructions of 8", bytes.size()));
  }
  if (bytes.size() / sizeof(ClassicInsn) > kMaxClassicInsns) return too_many();
  std::vector<ClassicInsn> insns(bytes.size() / sizeof(ClassicInsn));
  if (!insns.empty()) std::memcpy(insns.data(), bytes.data(), bytes.size());
  return insns;
}

std::string write_classic_text(std::span<const ClassicInsn> insns) {
  std::string out = fmt::format("{}", insns.size());
  for (const ClassicInsn& i : insns) out += fmt::format(",{} {} {} {}", i.code, i.jt, i.jf, i.k);
  return out;
}

bool is_ancillary(const ClassicInsn& insn) {
  return cls(insn.code) == kLd && mode(insn.code) == kAbs && insn.k >= kSkfAdOff;
}

std::string_view ancillary_name(Ancillary what) {
  switch (what) {
    case Ancillary::kProtocol: return "SKF_AD_PROTOCOL";
    case Ancillary::kPktType: return "SKF_AD_PKTTYPE";
    case Ancillary::kIfindex: return "SKF_AD_IFINDEX";
    case Ancillary::kNlattr: return "SKF_AD_NLATTR";
    case Ancillary::kNlattrNest: return "SKF_AD_NLATTR_NEST";
    case Ancillary::kMark: return "SKF_AD_MARK";
    case Ancillary::kQueue: return "SKF_AD_QUEUE";
    case Ancillary::kHatype: return "SKF_AD_HATYPE";
    case Ancillary::kRxhash: return "SKF_AD_RXHASH";
    case Ancillary::kCpu: return "SKF_AD_CPU";
    case Ancillary::kAluXorX: return "SKF_AD_ALU_XOR_X";
    case Ancillary::kVlanTag: return "SKF_AD_VLAN_TAG";
    case Ancillary::kVlanTagPresent: return "SKF_AD_VLAN_TAG_PRESENT";
    case Ancillary::kPayOffset: return "SKF_AD_PAY_OFFSET";
    case Ancillary::kRandom: return "SKF_AD_RANDOM";
    case Ancillary::kVlanTpid: return "SKF_AD_VLAN_TPID";
  }
  return {};
}

namespace {

const char* alu_name(uint16_t operation) {
  switch (operation) {
    case kAdd: return "add";
    case kSub: return "sub";
    case kMul: return "mul";
    case kDiv: return "div";
    case kOr: return "or";
    case kAnd: return "and";
    case kLsh: return "lsh";
    case kRsh: return "rsh";
    case kMod: return "mod";
    case kXor: return "xor";
    default: return nullptr;
  }
}

const char* jump_name(uint16_t operation) {
  switch (operation) {
    case kJeq: return "jeq";
    case kJgt: return "jgt";
    case kJge: return "jge";
    case kJset: return "jset";
    default: return nullptr;
  }
}

// The kernel's list, chk_code_allowed().
bool is_known(uint16_t code) {
  const uint16_t source_bit = source(code);
  switch (cls(code)) {
    case kLd:
      if (mode(code) == kAbs || mode(code) == kInd) return size(code) != 0x18 && code < 0x100;
      return code == (kLd | kW | kLen) || code == (kLd | kImm) || code == (kLd | kMem);
    case kLdx:
      return code == (kLdx | kW | kLen) || code == (kLdx | kB | kMsh) || code == (kLdx | kImm) ||
             code == (kLdx | kMem);
    case kSt: return code == kSt;
    case kStx: return code == kStx;
    case kAlu:
      if (code == (kAlu | kNeg)) return true;
      return code < 0x100 && alu_name(op(code)) != nullptr;
    case kJmp:
      if (code == (kJmp | kJa)) return true;
      return code < 0x100 && jump_name(op(code)) != nullptr;
    case kRet: return code == (kRet | kK) || code == (kRet | kA);
    default: return (code == (kMisc | kTax) || code == (kMisc | kTxa)) && source_bit == 0;
  }
}

bool is_known_ancillary(uint32_t k) {
  const uint32_t offset = k - kSkfAdOff;
  return offset % 4 == 0 && offset <= static_cast<uint32_t>(Ancillary::kVlanTpid);
}

}  // namespace

std::string classic_text(const ClassicInsn& insn, size_t at) {
  if (!is_known(insn.code)) return fmt::format("unknown code {:#x}", insn.code);
  static constexpr const char* kSizes[] = {"", "h", "b"};
  const char* const suffix = kSizes[(size(insn.code) >> 3) % 3];
  switch (cls(insn.code)) {
    case kLd:
    case kLdx: {
      const char* const name = cls(insn.code) == kLd ? "ld" : "ldx";
      if (is_ancillary(insn) && is_known_ancillary(insn.k)) {
        return fmt::format("ld{} {}", suffix,
                           ancillary_name(static_cast<Ancillary>(insn.k - kSkfAdOff)));
      }
      switch (mode(insn.code)) {
        case kAbs: return fmt::format("ld{} [{}]", suffix, insn.k);
        case kInd: return fmt::format("ld{} [x + {}]", suffix, insn.k);
        case kMem: return fmt::format("{} M[{}]", name, insn.k);
        case kLen: return fmt::format("{} #pktlen", name);
        case kMsh: return fmt::format("ldxb 4*([{}]&0xf)", insn.k);
        default: return fmt::format("{} #{:#x}", name, insn.k);
      }
    }
    case kSt: return fmt::format("st M[{}]", insn.k);
    case kStx: return fmt::format("stx M[{}]", insn.k);
    case kAlu:
      if (op(insn.code) == kNeg) return "neg";
      return source(insn.code) == kX ? fmt::format("{} x", alu_name(op(insn.code)))
                                     : fmt::format("{} #{:#x}", alu_name(op(insn.code)), insn.k);
    case kJmp: {
      if (op(insn.code) == kJa) return fmt::format("ja {}", at + 1 + insn.k);
      const std::string with = source(insn.code) == kX ? "x" : fmt::format("#{:#x}", insn.k);
      return fmt::format("{} {} jt {} jf {}", jump_name(op(insn.code)), with, at + 1 + insn.jt,
                         at + 1 + insn.jf);
    }
    case kRet: return insn.code == (kRet | kA) ? "ret a" : fmt::format("ret #{}", insn.k);
    default: return insn.code == (kMisc | kTax) ? "tax" : "txa";
  }
}

namespace {

// What an instruction may not be, whatever stands around it.
Status check_insn(std::span<const ClassicInsn> insns, size_t at) {
  const ClassicInsn& insn = insns[at];
  const size_t left = insns.size() - at - 1;  // instructions behind it
  const auto bad = [&](ErrorCode code, std::string what) {
    return at_insn(at, code, fmt::format("{}: {}", classic_text(insn, at), what));
  };
  if (!is_known(insn.code)) {
    return at_insn(at, ErrorCode::kInsnUnknownOpcode,
                   fmt::format("classic BPF has no code {:#x}", insn.code));
  }
  switch (cls(insn.code)) {
    case kAlu:
      if (source(insn.code) == kX || op(insn.code) == kNeg) return {};
      if ((op(insn.code) == kDiv || op(insn.code) == kMod) && insn.k == 0)
        return bad(ErrorCode::kProgramRejected, "a division by zero");
      if ((op(insn.code) == kLsh || op(insn.code) == kRsh) && insn.k >= 32)
        return bad(ErrorCode::kProgramRejected, "a shift by 32 bits or more");
      return {};
    case kLd:
    case kLdx:
    case kSt:
    case kStx: {
      const bool memory =
          cls(insn.code) == kSt || cls(insn.code) == kStx || mode(insn.code) == kMem;
      if (memory && insn.k >= kClassicMemWords) {
        return bad(ErrorCode::kProgramRejected, fmt::format("M[] has {} words", kClassicMemWords));
      }
      if (is_ancillary(insn) && !is_known_ancillary(insn.k)) {
        return bad(
            ErrorCode::kProgramRejected,
            fmt::format("there is no ancillary data at SKF_AD_OFF + {}", insn.k - kSkfAdOff));
      }
      return {};
    }
    case kJmp: {
      const uint32_t farthest =
          op(insn.code) == kJa ? insn.k : std::max<uint32_t>(insn.jt, insn.jf);
      if (farthest >= left) {
        return bad(
            ErrorCode::kInsnBadTarget,
            fmt::format("it jumps out of the program, which has {} instructions", insns.size()));
      }
      return {};
    }
    default: return {};
  }
}

// M[] is read only where it is written: a bit a word, of those that every way here has written.
Status check_memory(std::span<const ClassicInsn> insns) {
  std::vector<uint16_t> written(insns.size(), UINT16_MAX);
  uint16_t here = 0;
  for (size_t i = 0; i < insns.size(); ++i) {
    const ClassicInsn& insn = insns[i];
    here &= written[i];
    switch (cls(insn.code)) {
      case kSt:
      case kStx: here |= static_cast<uint16_t>(1u << insn.k); break;
      case kLd:
      case kLdx:
        if (mode(insn.code) == kMem && (here >> insn.k & 1) == 0) {
          return at_insn(
              i, ErrorCode::kProgramRejected,
              fmt::format("{}: not every way here has written it", classic_text(insn, i)));
        }
        break;
      case kJmp: {
        const bool always = op(insn.code) == kJa;
        written[i + 1 + (always ? insn.k : insn.jt)] &= here;
        if (!always) written[i + 1 + insn.jf] &= here;
        here = UINT16_MAX;
        break;
      }
      default: break;
    }
  }
  return {};
}

}  // namespace

Status check_classic(std::span<const ClassicInsn> insns) {
  if (insns.empty()) return Error(ErrorCode::kProgramMalformed, "the filter has no instructions");
  if (insns.size() > kMaxClassicInsns) return too_many();
  for (size_t i = 0; i < insns.size(); ++i) WEIR_CHECK(check_insn(insns, i));
  if (cls(insns.back().code) != kRet) {
    return at_insn(insns.size() - 1, ErrorCode::kProgramRejected,
                   fmt::format("{}: the last instruction returns",
                               classic_text(insns.back(), insns.size() - 1)));
  }
  return check_memory(insns);
}

}  // namespace weir
