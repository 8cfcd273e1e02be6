// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A classic program only jumps forwards and changes nothing outside itself, so two walks over it
// say all that is needed: one forwards, which instructions are reached and how much of the packet
// is known to be there; one backwards, which registers are read later, and how long a packet must
// be for anything but zero to come out.
//
// The last is what makes the code good. A load outside the packet ends a classic filter with 0. If
// every way on from here either gives 0 or reads up to byte 54, a packet shorter than 54 bytes
// gives 0, and that can be asked before the first of these loads: one comparison does for all of
// them.
//
//   A  r0       X  r7       M[i]  fp - 64 + 4 i
//   kBytes      r1 the packet, r2 its length; r9 its end, where an indirect load needs it
//   kPointers   r8 the packet, r9 its end, r6 the context
//   kLegacy     r6 the context
//   r3 and r4 hold nothing from one classic instruction to the next
#include "frontend/isa/cbpf_convert.h"

#include <algorithm>

#include <fmt/format.h>

#include "frontend/isa/decode.h"

namespace weir {

using namespace cbpf;

namespace {

constexpr uint8_t kAcc = 0, kIndex = 7, kContext = 6, kTemp = 3, kPlace = 4;
// The kernel's MAX_PACKET_OFF: comparisons prove nothing of what lies behind, so it is not there.
constexpr uint32_t kMostBytes = UINT16_MAX;
// SKF_LL_OFF and SKF_NET_OFF as k holds them.
constexpr uint32_t kSkfLlOff = 0xffe00000;
// A jump reaches 32767 slots; what one classic instruction becomes is far shorter than the rest.
constexpr size_t kIslandDistance = 32000;
// BPF_FUNC_* of <linux/bpf.h>.
constexpr int64_t kGetPrandomU32 = 7, kGetSmpProcessorId = 8;

// struct __sk_buff: where ancillary data come from.
struct SkbField {
  Ancillary what;
  int16_t offset;
  bool network_order = false;  // 16 bits as they are in the packet
};
constexpr SkbField kSkbFields[] = {
    {Ancillary::kProtocol, 16, true}, {Ancillary::kPktType, 4},
    {Ancillary::kIfindex, 40},        {Ancillary::kMark, 8},
    {Ancillary::kQueue, 12},          {Ancillary::kRxhash, 68},
    {Ancillary::kVlanTag, 24},        {Ancillary::kVlanTagPresent, 20},
    {Ancillary::kVlanTpid, 28, true},
};
constexpr int16_t kSkbLen = 0;

Ancillary ancillary_of(const ClassicInsn& insn) {
  return static_cast<Ancillary>(insn.k - kSkfAdOff);
}
const SkbField* skb_field(Ancillary what) {
  const auto* const found = std::ranges::find(kSkbFields, what, &SkbField::what);
  return found == std::end(kSkbFields) ? nullptr : found;
}

bool is_packet_load(const ClassicInsn& insn) {
  if (is_ancillary(insn)) return false;
  const uint16_t m = mode(insn.code);
  return (cls(insn.code) == kLd && (m == kAbs || m == kInd)) ||
         (cls(insn.code) == kLdx && m == kMsh);
}
bool is_return(const ClassicInsn& insn) {
  return cls(insn.code) == kRet;
}

// What is known of each instruction.
struct Known {
  bool reached = false;
  bool a_read_later = false, x_read_later = false;  // before they are written, after this one
  uint32_t there = UINT32_MAX;                      // bytes that every way here has asked for
  uint32_t needed = 0;  // with fewer bytes, nothing but 0 comes out from here on
};

class Converter {
 public:
  Converter(std::span<const ClassicInsn> insns, const ClassicTarget& target)
      : insns_(insns.begin(), insns.end()), target_(target) {}

  Result<Program> convert(const std::string& name) {
    for (size_t i = 0; i < insns_.size(); ++i) WEIR_CHECK(simplify(i));
    look_forwards();
    look_backwards();
    // What can only give 0 gives it at once.
    for (size_t i = 0; i < insns_.size(); ++i) {
      if (known_[i].needed == UINT32_MAX) insns_[i] = {kRet | kK, 0, 0, 0};
    }
    look_forwards();
    look_backwards();
    begin();
    for (size_t i = 0; i < insns_.size(); ++i) {
      if (!known_[i].reached) continue;
      if (!to_reject_.empty() && out_.size() - to_reject_.front() > kIslandDistance)
        place_rejection();
      starts_[i] = static_cast<uint32_t>(out_.size());
      // A jump to what comes next is nothing, and no line either.
      if (!lines_.empty() && lines_.back().insn == starts_[i]) lines_.pop_back();
      lines_.push_back({.insn = starts_[i],
                        .line = static_cast<uint32_t>(i + 1),
                        .column = 0,
                        .file = 0,
                        .text = classic_text(original_[i], i)});
      convert_one(i);
    }
    if (!to_reject_.empty()) place_rejection();
    return finish(name);
  }

 private:
  // --- What the packet holds ---

  bool asks_itself() const { return target_.packet != ClassicPacket::kLegacy; }

  // Refuses what the hook cannot give, and makes a return of a load that no packet is long enough
  // for.
  Status simplify(size_t i) {
    original_.push_back(insns_[i]);
    ClassicInsn& insn = insns_[i];
    if (is_ancillary(insn)) return check_ancillary(i);
    if (!is_packet_load(insn) || mode(insn.code) == kInd || !asks_itself()) return {};
    if (insn.k >= kSkfLlOff) {
      return unsupported(i, "it counts from the link or network header (SKF_LL_OFF, SKF_NET_OFF)");
    }
    if (insn.k > kMostBytes - bytes(insn.code)) insn = {kRet | kK, 0, 0, 0};
    return {};
  }

  Status check_ancillary(size_t i) const {
    const Ancillary what = ancillary_of(insns_[i]);
    if (what == Ancillary::kAluXorX) return {};
    const bool anywhere = what == Ancillary::kCpu || what == Ancillary::kRandom;
    if (target_.skb && (anywhere || skb_field(what) != nullptr)) return {};
    if (target_.skb) {
      return Error(ErrorCode::kProgramUnsupported,
                   fmt::format("{}: no hook of weir has it", text(i)))
          .at_instruction(static_cast<uint32_t>(i));
    }
    return unsupported(i, "it is what the kernel knows of a packet");
  }

  Error unsupported(size_t i, std::string_view why) const {
    return Error(ErrorCode::kProgramUnsupported,
                 fmt::format("{}: {}, which this hook does not have", text(i), why))
        .with_hint("a socket filter has it (--at socket_filter)")
        .at_instruction(static_cast<uint32_t>(i));
  }
  std::string text(size_t i) const { return classic_text(insns_[i], i); }

  // --- The two walks ---

  // What comes after an instruction, itself apart.
  template <class Visit>
  void successors(size_t i, Visit visit) const {
    const ClassicInsn& insn = insns_[i];
    if (is_return(insn)) return;
    if (cls(insn.code) != kJmp) return visit(i + 1);
    if (op(insn.code) == kJa) return visit(i + 1 + insn.k);
    visit(i + 1 + insn.jt);
    if (insn.jf != insn.jt) visit(i + 1 + insn.jf);
  }

  // Bytes that a load with a constant offset needs; else 0.
  uint32_t needs(const ClassicInsn& insn) const {
    if (!asks_itself() || !is_packet_load(insn) || mode(insn.code) == kInd) return 0;
    return insn.k + bytes(insn.code);
  }

  // How long packets are known to be depends on what is asked, which the walk backwards says: it is
  // carried along by convert_one().
  void look_forwards() {
    known_.assign(insns_.size(), {});
    known_[0] = {.reached = true, .there = 0};
    for (size_t i = 0; i < insns_.size(); ++i) {
      if (!known_[i].reached) continue;
      successors(i, [&](size_t next) { known_[next].reached = true; });
    }
  }

  struct Reads {
    bool a = false, x = false;
  };
  static Reads reads(const ClassicInsn& insn) {
    const bool from_x = source(insn.code) == kX;
    switch (cls(insn.code)) {
      case kLd:
        if (is_ancillary(insn)) {
          const Ancillary what = ancillary_of(insn);
          // Without a device, A is what the filter gives.
          return {.a = what == Ancillary::kAluXorX || what == Ancillary::kIfindex,
                  .x = what == Ancillary::kAluXorX};
        }
        return {.x = mode(insn.code) == kInd};
      case kSt: return {.a = true};
      case kStx: return {.x = true};
      case kAlu: return {.a = true, .x = from_x && op(insn.code) != kNeg};
      case kJmp: return {.a = op(insn.code) != kJa, .x = from_x && op(insn.code) != kJa};
      case kRet: return {.a = insn.code == (kRet | kA)};
      case kMisc: return {.a = insn.code == (kMisc | kTax), .x = insn.code == (kMisc | kTxa)};
      default: return {};
    }
  }
  static Reads writes(const ClassicInsn& insn) {
    switch (cls(insn.code)) {
      case kLd:
      case kAlu: return {.a = true};
      case kLdx: return {.x = true};
      case kMisc: return {.a = insn.code == (kMisc | kTxa), .x = insn.code == (kMisc | kTax)};
      default: return {};
    }
  }

  void look_backwards() {
    for (size_t i = insns_.size(); i-- > 0;) {
      if (!known_[i].reached) continue;
      const ClassicInsn& insn = insns_[i];
      Known& here = known_[i];
      if (is_return(insn)) {
        // Zero comes out however long the packet is.
        here.needed = insn.code == (kRet | kK) && insn.k == 0 ? UINT32_MAX : 0;
        continue;
      }
      uint32_t later = UINT32_MAX;
      successors(i, [&](size_t next) {
        later = std::min(later, known_[next].needed);
        const Reads read = reads(insns_[next]), write = writes(insns_[next]);
        here.a_read_later |= read.a || (!write.a && known_[next].a_read_later);
        here.x_read_later |= read.x || (!write.x && known_[next].x_read_later);
      });
      // What ends the filter with another result than 0 asks for nothing.
      const bool may_end = is_ancillary(insn) && ancillary_of(insn) == Ancillary::kIfindex;
      here.needed = may_end ? 0 : std::max(later, needs(insn));
    }
  }

  // --- Writing ---

  uint32_t emit(Op op, uint8_t dst = 0, uint8_t src = 0, int16_t offset = 0, int64_t imm = 0) {
    out_.push_back({.op = op, .dst = dst, .src = src, .offset = offset, .imm = imm});
    return static_cast<uint32_t>(out_.size() - 1);
  }
  static int64_t imm_of(uint32_t k) { return static_cast<int32_t>(k); }

  void jump_to(Op op, uint8_t dst, uint8_t src, int64_t imm, size_t classic) {
    jumps_.emplace_back(emit(op, dst, src, 0, imm), classic);
  }
  // To where the result is 0.
  void reject_if(Op op, uint8_t dst, uint8_t src, int64_t imm) {
    to_reject_.push_back(emit(op, dst, src, 0, imm));
  }

  // All rejecting jumps since the last one lead here; what would fall into it goes round it.
  void place_rejection() {
    if (!ends_block(out_.back())) emit(Op::kJa, 0, 0, 2);
    const auto here = static_cast<uint32_t>(out_.size());
    for (const uint32_t from : to_reject_)
      out_[from].offset = static_cast<int16_t>(here - from - 1);
    to_reject_.clear();
    give(target_.verdicts ? target_.verdicts->rejected : 0);
  }
  void give(int64_t result) {
    emit(Op::kMov32Imm, kAcc, 0, 0, result);
    emit(Op::kExit);
  }

  // Ends the filter with A.
  void give_acc() {
    if (!target_.verdicts) {
      emit(Op::kExit);
      return;
    }
    reject_if(Op::kJeq32Imm, kAcc, 0, 0);
    give(target_.verdicts->accepted);
  }

  void begin() {
    if (target_.packet == ClassicPacket::kPointers) {
      emit(Op::kLdxw, 8, 1, target_.data);
      emit(Op::kLdxw, 9, 1, target_.data_end);
    }
    if (target_.packet == ClassicPacket::kBytes && has_indirect_load()) {
      emit(Op::kMov64Reg, 9, 1);
      emit(Op::kAdd64Reg, 9, 2);
    }
    if (target_.packet == ClassicPacket::kLegacy || target_.skb) emit(Op::kMov64Reg, kContext, 1);
    const Reads read = reads(insns_[0]), write = writes(insns_[0]);
    if (read.a || (!write.a && known_[0].a_read_later)) emit(Op::kMov32Imm, kAcc);
    if (read.x || (!write.x && known_[0].x_read_later)) emit(Op::kMov32Imm, kIndex);
  }

  bool has_indirect_load() const {
    for (size_t i = 0; i < insns_.size(); ++i) {
      if (known_[i].reached && cls(insns_[i].code) == kLd && mode(insns_[i].code) == kInd)
        return true;
    }
    return false;
  }

  static int16_t word(uint32_t k) {
    return static_cast<int16_t>(4 * k) - static_cast<int16_t>(4 * kClassicMemWords);
  }

  uint8_t packet_register() const { return target_.packet == ClassicPacket::kBytes ? 1 : 8; }

  // That the packet has `count` bytes, if that is not known.
  void ask_for(size_t i, uint32_t count) {
    Known& here = known_[i];
    if (here.there >= count) return;
    const uint32_t asked = std::max(count, here.needed);  // as many as every way on needs
    if (target_.packet == ClassicPacket::kBytes) {
      reject_if(Op::kJlt64Imm, 2, 0, asked);
    } else {
      emit(Op::kMov64Reg, kTemp, 8);
      emit(Op::kAdd64Imm, kTemp, 0, 0, asked);
      reject_if(Op::kJgt64Reg, kTemp, 9, 0);
    }
    here.there = asked;
  }

  static void pick(uint16_t code, Op b, Op h, Op w, Op& out) {
    out = size(code) == kW ? w : size(code) == kH ? h : b;
  }

  // dst = the bytes at [base + offset], in network order.
  void load(uint16_t code, uint8_t dst, uint8_t base, int16_t offset) {
    Op op;
    pick(code, Op::kLdxb, Op::kLdxh, Op::kLdxw, op);
    emit(op, dst, base, offset);
    if (size(code) == kH) emit(Op::kBe16, dst, 0, 0, 16);
    if (size(code) == kW) emit(Op::kBe32, dst, 0, 0, 32);
  }

  void load_absolute(size_t i, uint8_t dst) {
    const ClassicInsn& insn = insns_[i];
    ask_for(i, insn.k + bytes(insn.code));
    if (insn.k <= INT16_MAX)
      return load(insn.code, dst, packet_register(), static_cast<int16_t>(insn.k));
    emit(Op::kMov64Reg, kPlace, packet_register());
    emit(Op::kAdd64Imm, kPlace, 0, 0, insn.k);
    load(insn.code, dst, kPlace, 0);
  }

  // X + k has 32 bits. As a number without sign it is behind every packet where it is negative.
  void load_indirect(size_t i) {
    const ClassicInsn& insn = insns_[i];
    const auto count = static_cast<int64_t>(bytes(insn.code));
    emit(Op::kMov32Reg, kTemp, kIndex);
    if (insn.k != 0) emit(Op::kAdd32Imm, kTemp, 0, 0, imm_of(insn.k));
    reject_if(Op::kJgt64Imm, kTemp, 0, kMostBytes - count);
    emit(Op::kMov64Reg, kPlace, packet_register());
    emit(Op::kAdd64Imm, kPlace, 0, 0, count);
    emit(Op::kAdd64Reg, kPlace, kTemp);
    reject_if(Op::kJgt64Reg, kPlace, 9, 0);
    load(insn.code, kAcc, kPlace, static_cast<int16_t>(-count));
  }

  void load_header_length(size_t i) {
    const ClassicInsn& insn = insns_[i];
    if (asks_itself()) {
      load_absolute(i, kIndex);
    } else {
      // The load takes r0, where A is.
      const bool keep = known_[i].a_read_later;
      if (keep) emit(Op::kMov64Reg, 8, kAcc);
      emit(Op::kLdAbsB, 0, 0, 0, imm_of(insn.k));
      emit(Op::kMov64Reg, kIndex, kAcc);
      if (keep) emit(Op::kMov64Reg, kAcc, 8);
    }
    emit(Op::kAnd32Imm, kIndex, 0, 0, 15);
    emit(Op::kLsh32Imm, kIndex, 0, 0, 2);
  }

  void load_length(uint8_t dst) {
    if (target_.packet == ClassicPacket::kBytes) {
      // All its bits: without it the analysis knows data + X as the end of the data, where no load
      // is.
      emit(Op::kMov32Reg, dst, 2);
      emit(Op::kAnd32Imm, dst, 0, 0, INT32_MAX);
    } else if (target_.skb) {
      emit(Op::kLdxw, dst, kContext, kSkbLen);
    } else {
      emit(Op::kMov64Reg, dst, 9);
      emit(Op::kSub64Reg, dst, 8);
      emit(Op::kMov32Reg, dst, dst);
    }
  }

  void load_ancillary(Ancillary what) {
    if (what == Ancillary::kAluXorX) {
      emit(Op::kXor32Reg, kAcc, kIndex);
    } else if (what == Ancillary::kCpu || what == Ancillary::kRandom) {
      emit(Op::kCallHelper, 0, 0, 0, what == Ancillary::kCpu ? kGetSmpProcessorId : kGetPrandomU32);
      emit(Op::kMov32Reg, kAcc, kAcc);
    } else if (what == Ancillary::kIfindex) {
      // As the kernel does where there is no device: the filter ends, with the A of before.
      emit(Op::kLdxw, kTemp, kContext, skb_field(what)->offset);
      const uint32_t there = emit(Op::kJne64Imm, kTemp);
      give_acc();
      out_[there].offset = static_cast<int16_t>(out_.size() - there - 1);
      emit(Op::kMov64Reg, kAcc, kTemp);
    } else {
      const SkbField& field = *skb_field(what);
      emit(Op::kLdxw, kAcc, kContext, field.offset);
      if (field.network_order) emit(Op::kBe16, kAcc, 0, 0, 16);
    }
  }

  void convert_load(size_t i) {
    const ClassicInsn& insn = insns_[i];
    const uint8_t dst = cls(insn.code) == kLd ? kAcc : kIndex;
    switch (mode(insn.code)) {
      case kImm: emit(Op::kMov32Imm, dst, 0, 0, imm_of(insn.k)); return;
      case kMem: emit(Op::kLdxw, dst, kFrameReg, word(insn.k)); return;
      case kLen: return load_length(dst);
      case kMsh: return load_header_length(i);
      case kAbs:
        if (is_ancillary(insn)) return load_ancillary(ancillary_of(insn));
        if (asks_itself()) return load_absolute(i, dst);
        break;
      default:
        if (asks_itself()) return load_indirect(i);
        break;
    }
    Op op;
    if (mode(insn.code) == kAbs) {
      pick(insn.code, Op::kLdAbsB, Op::kLdAbsH, Op::kLdAbsW, op);
      emit(op, 0, 0, 0, imm_of(insn.k));
    } else {
      pick(insn.code, Op::kLdIndB, Op::kLdIndH, Op::kLdIndW, op);
      emit(op, 0, kIndex, 0, imm_of(insn.k));
    }
  }

  void convert_alu(const ClassicInsn& insn) {
    static constexpr struct {
      uint16_t operation;
      Op imm, reg;
    } kRows[] = {
        {kAdd, Op::kAdd32Imm, Op::kAdd32Reg}, {kSub, Op::kSub32Imm, Op::kSub32Reg},
        {kMul, Op::kMul32Imm, Op::kMul32Reg}, {kDiv, Op::kDiv32Imm, Op::kDiv32Reg},
        {kOr, Op::kOr32Imm, Op::kOr32Reg},    {kAnd, Op::kAnd32Imm, Op::kAnd32Reg},
        {kLsh, Op::kLsh32Imm, Op::kLsh32Reg}, {kRsh, Op::kRsh32Imm, Op::kRsh32Reg},
        {kMod, Op::kMod32Imm, Op::kMod32Reg}, {kXor, Op::kXor32Imm, Op::kXor32Reg},
    };
    const uint16_t operation = op(insn.code);
    if (operation == kNeg) {
      emit(Op::kNeg32, kAcc);
      return;
    }
    const bool by_x = source(insn.code) == kX;
    if (by_x && (operation == kDiv || operation == kMod)) reject_if(Op::kJeq32Imm, kIndex, 0, 0);
    const auto* const row =
        std::ranges::find_if(kRows, [&](const auto& one) { return one.operation == operation; });
    if (by_x) {
      emit(row->reg, kAcc, kIndex);
    } else {
      emit(row->imm, kAcc, 0, 0, imm_of(insn.k));
    }
  }

  // The next instruction that is written.
  size_t next_reached(size_t i) const {
    do ++i;
    while (i < known_.size() && !known_[i].reached);
    return i;
  }

  void convert_jump(size_t i) {
    static constexpr struct {
      uint16_t operation;
      Op imm, reg, not_imm, not_reg;
    } kRows[] = {
        {kJeq, Op::kJeq32Imm, Op::kJeq32Reg, Op::kJne32Imm, Op::kJne32Reg},
        {kJgt, Op::kJgt32Imm, Op::kJgt32Reg, Op::kJle32Imm, Op::kJle32Reg},
        {kJge, Op::kJge32Imm, Op::kJge32Reg, Op::kJlt32Imm, Op::kJlt32Reg},
        // Nothing jumps where no bit is set.
        {kJset, Op::kJset32Imm, Op::kJset32Reg, Op::kJa, Op::kJa},
    };
    const ClassicInsn& insn = insns_[i];
    const size_t next = next_reached(i);
    if (op(insn.code) == kJa || insn.jt == insn.jf) {
      const size_t to = i + 1 + (op(insn.code) == kJa ? insn.k : insn.jt);
      if (to != next) jump_to(Op::kJa, 0, 0, 0, to);
      return;
    }
    const auto* const row = std::ranges::find_if(
        kRows, [&](const auto& one) { return one.operation == op(insn.code); });
    const bool by_x = source(insn.code) == kX;
    const auto jump = [&](Op of_reg, Op of_imm, size_t to) {
      jump_to(by_x ? of_reg : of_imm, kAcc, by_x ? kIndex : 0, by_x ? 0 : imm_of(insn.k), to);
    };
    const size_t yes = i + 1 + insn.jt, no = i + 1 + insn.jf;
    if (yes == next && row->not_imm != Op::kJa) return jump(row->not_reg, row->not_imm, no);
    jump(row->reg, row->imm, yes);
    if (no != next) jump_to(Op::kJa, 0, 0, 0, no);
  }

  void convert_one(size_t i) {
    const ClassicInsn& insn = insns_[i];
    switch (cls(insn.code)) {
      case kLd:
      case kLdx: convert_load(i); break;
      case kSt: emit(Op::kStxw, kFrameReg, kAcc, word(insn.k)); break;
      case kStx: emit(Op::kStxw, kFrameReg, kIndex, word(insn.k)); break;
      case kAlu: convert_alu(insn); break;
      case kJmp: convert_jump(i); break;
      case kRet:
        if (insn.code == (kRet | kA)) {
          give_acc();
        } else if (target_.verdicts) {
          give(insn.k != 0 ? target_.verdicts->accepted : target_.verdicts->rejected);
        } else {
          give(imm_of(insn.k));
        }
        break;
      default:
        if (insn.code == (kMisc | kTax)) {
          emit(Op::kMov64Reg, kIndex, kAcc);
        } else {
          emit(Op::kMov64Reg, kAcc, kIndex);
        }
        break;
    }
    successors(i, [&](size_t next) {
      known_[next].there = std::min(known_[next].there, known_[i].there);
    });
  }

  Result<Program> finish(const std::string& name) {
    for (const auto& [from, classic] : jumps_) {
      const int64_t distance = int64_t{starts_[classic]} - from - 1;
      Instruction& insn = out_[from];
      if (distance <= INT16_MAX) {
        insn.offset = static_cast<int16_t>(distance);
      } else {  // conditional ones skip at most 255 classic instructions
        insn.op = Op::kGotol;
        insn.imm = distance;
      }
    }
    WEIR_TRY(std::vector<Instruction> insns, decode(encode(out_)));
    WEIR_TRY(Program program, make_program(std::move(insns), name));
    program.source_files.push_back(name + ".cbpf");
    program.lines = std::move(lines_);
    // What stands before the first classic instruction is its.
    program.lines.front().insn = 0;
    WEIR_CHECK(check_structure(program));
    return program;
  }

  std::vector<ClassicInsn> insns_;
  std::vector<ClassicInsn> original_;  // as given
  const ClassicTarget target_;
  std::vector<Known> known_;
  std::vector<Instruction> out_;
  std::vector<uint32_t> starts_ = std::vector<uint32_t>(insns_.size());  // where each is in out_
  std::vector<std::pair<uint32_t, size_t>> jumps_;  // from out_ to a classic instruction
  std::vector<uint32_t> to_reject_;                 // jumps to the next rejection
  std::vector<LineInfo> lines_;
};

}  // namespace

Result<Program> convert_classic(std::span<const ClassicInsn> insns, const ClassicTarget& target,
                                const std::string& name) {
  WEIR_CHECK(check_classic(insns));
  return Converter(insns, target).convert(name);
}

}  // namespace weir
