// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From instructions and facts to steps. Everything that does not depend on the run is settled here:
// the check of each access, the direction of each jump, whether a helper is offered, what a wide
// immediate is. An instruction that the analysis found no way to, and one that no hook kind has,
// becomes a trap.
#include "runtime/interp/predecode.h"

#include <limits>

#include <fmt/format.h>

namespace weir::interp {

namespace {

Check check_of(const AccessFact& access, bool more_than_data, Policy policy) {
  if (access.proven || policy == Policy::kTrusted) return Check::kNone;
  switch (access.region) {
    case Region::kData: return Check::kData;
    case Region::kStack: return Check::kStack;
    // While no frame escapes, the data is the only place left; but for the meta data before a
    // packet, and maps.
    case Region::kNone:
    case Region::kFrames: return more_than_data ? Check::kAny : Check::kData;
    case Region::kMeta:
    case Region::kMap:
    case Region::kMapValue:
    case Region::kSocket: return Check::kAny;
    case Region::kContext: break;  // settled in step_of()
  }
  return Check::kData;
}

class Predecoder {
 public:
  Predecoder(const VerifiedProgram& verified, bool counted)
      : program_(verified.program()),
        facts_(verified.facts()),
        options_(verified.options()),
        handlers_(counted ? handlers_counted() : handlers()),
        counted_(counted) {}

  Result<Code> run() {
    code_.has_maps = !program_.maps.empty();
    code_.has_packet = context_shape(options_.context) == ContextShape::kPacket;
    if (facts_.stack_escapes) code_.open_frame_bytes = facts_.max_frames * kFrameBytes;
    for (size_t i = 0; i < program_.subprograms.size(); ++i) {
      code_.functions.push_back({.first = program_.subprograms[i].first,
                                 .frame_bytes = facts_.frames[i].bytes,
                                 .counts = !facts_.frames[i].made});
    }
    for (uint32_t number = 0; number < kHelperSlots; ++number) {
      const HelperInfo* helper = find_helper(options_.helpers, number);
      // Kernel helpers take more than numbers: never by callx.
      if (!helper || options_.helpers != HelperSet::kConformance) continue;
      code_.helpers[number] =
          helper->effect == HelperEffect::kUnwinds ? HelperUse::kUnwinds : HelperUse::kReturns;
    }
    code_.steps.reserve(program_.insns.size());
    for (uint32_t i = 0; i < program_.insns.size(); ++i) {
      const Instruction& insn = program_.insns[i];
      // Whether the instruction is reached or not: callx looks at the whole program.
      if (insn.op == Op::kLddwFunc) code_.functions[insn.target].address_taken = true;
      WEIR_TRY(Step step, facts_.insns[i].reached ? step_of(i) : trap(TrapCode::kUnsupported));
      code_.steps.push_back(step);
    }
    for (uint32_t i = 0; !counted_ && i + 1 < program_.insns.size(); ++i) fuse(i);
    return std::move(code_);
  }

 private:
  Step make(unsigned handler, const Instruction& insn, int32_t imm) const {
    return {.handler = handlers_[handler],
            .dst = insn.dst,
            .src = insn.src,
            .offset = insn.offset,
            .imm = imm};
  }
  Result<Step> trap(TrapCode code) const {
    return Step{.handler = handlers_[kTrapHandler], .imm = static_cast<int32_t>(code)};
  }

  Result<Step> step_of(uint32_t index) {
    const Instruction& insn = program_.insns[index];
    const auto imm = static_cast<int32_t>(insn.imm);
    if (is_access(insn) && facts_.insns[index].access.region == Region::kContext)
      return field_access(index);
    switch (insn.info().format) {
      case Format::kAluImm:
      case Format::kAluReg:
      case Format::kAluUnary:
      case Format::kCallReg:
      case Format::kExit: return make(handler_of(insn.op), insn, imm);
      case Format::kLoad:
      case Format::kStoreImm:
      case Format::kStoreReg: return make(handler_of(insn.op, check(index)), insn, imm);
      case Format::kAtomic:
      case Format::kLoadAcquire:
      case Format::kStoreRelease:
        return make(handler_of(insn.op), insn, static_cast<int32_t>(check(index)));
      case Format::kJump:
      case Format::kJumpLong:
      case Format::kJumpImm:
      case Format::kJumpReg: return jump(index, imm);
      case Format::kCall:
        if (!find_helper(options_.helpers, static_cast<uint64_t>(insn.imm)) ||
            static_cast<uint64_t>(insn.imm) >= kHelperSlots) {
          return trap(TrapCode::kUnknownHelper);
        }
        return call(index, imm);
      case Format::kCallTarget:
        return make(
            handler_of(insn.op, facts_.insns[index].no_budget ? Payment::kFree : Payment::kBudget),
            insn, static_cast<int32_t>(insn.target));
      case Format::kLoadImm64:
        if (insn.op == Op::kLddw) return wide(insn, static_cast<uint64_t>(insn.imm));
        if (insn.op == Op::kLddwFunc) return wide(insn, kFunctionToken | insn.target);
        if (insn.info().operation == Operation::kLoadMap)
          return make(handler_of(insn.op), insn, static_cast<int32_t>(insn.target));
        if (insn.info().operation == Operation::kLoadMapValue) {
          code_.constants.push_back(kGlobalDataOffset + static_cast<uint64_t>(insn.imm));
          Step step = make(handler_of(insn.op), insn, static_cast<int32_t>(insn.target));
          step.offset = 0;
          step.src = 0;
          code_.constants.push_back(insn.target);
          step.imm = static_cast<int32_t>(code_.constants.size() - 2);
          return step;
        }
        return trap(TrapCode::kUnsupported);
      case Format::kPacketAbs:
      case Format::kPacketInd:
        if (!code_.has_packet) return trap(TrapCode::kUnsupported);
        return make(handler_of(insn.op), insn, imm);
      case Format::kCallKfunc: return trap(TrapCode::kUnsupported);
    }
    return trap(TrapCode::kUnsupported);
  }

  Result<Step> call(uint32_t index, int32_t number) {
    const Instruction& insn = program_.insns[index];
    const HelperInfo* helper = find_helper(options_.helpers, static_cast<uint64_t>(insn.imm));
    code_.packet_moves |= helper->moves_packet();
    code_.follows_text |= follows_text(*helper);
    code_.takes_things |= takes_things(*helper);
    const CallFact* fact = facts_.call_at(index);
    bool proven = true;
    if (fact && options_.policy != Policy::kTrusted) {
      for (const CallFact::Argument& argument : fact->arguments)
        proven &= !argument.memory || (argument.proven && argument.size_proven);
    }
    if (proven) return make(handler_of(insn.op, Arguments::kProven), insn, number);
    code_.checked_calls.push_back({static_cast<uint32_t>(number), *fact});
    return make(handler_of(insn.op, Arguments::kChecked), insn,
                static_cast<int32_t>(code_.checked_calls.size() - 1));
  }

  // An access to a field of the context is one to where the field lives natively; the base register
  // holds the PacketContext's address, unmoved.
  Result<Step> field_access(uint32_t index) {
    const Instruction& insn = program_.insns[index];
    const AccessFact& access = facts_.insns[index].access;
    const bool write = insn.info().operation == Operation::kStore;
    const auto field =
        access.proven ? find_field(options_.context, access.offset, insn.info().bits / 8, write)
                      : std::nullopt;
    if (!field) return trap(TrapCode::kAccess);
    const Op op = field->kind == FieldKind::kNumber ? insn.op : Op::kLdxdw;
    Step step = make(handler_of(op, Check::kNone), insn, static_cast<int32_t>(insn.imm));
    step.offset = static_cast<int16_t>(field->native_offset);
    return step;
  }

  // Neither half can trap or jump, so nobody can tell a pair from its parts. The operand must not
  // be the copy itself, which the handler does not put into a register.
  void fuse(uint32_t index) {
    const Instruction& copy = program_.insns[index];
    const Instruction& next = program_.insns[index + 1];
    if (!facts_.insns[index].reached || !facts_.insns[index + 1].reached) return;
    if (copy.op != Op::kMov64Reg && copy.op != Op::kMov32Reg) return;
    if (next.dst != copy.dst) return;
    switch (next.info().format) {
      case Format::kAluImm:
      case Format::kAluUnary: break;
      case Format::kAluReg:
        if (next.src == copy.dst) return;
        break;
      default: return;
    }
    const Fused fused = copy.op == Op::kMov64Reg ? Fused::kCopy64 : Fused::kCopy32;
    code_.steps[index].handler = handlers_[handler_of(next.op, fused)];
  }

  Check check(uint32_t index) const {
    return check_of(facts_.insns[index].access,
                    facts_.stack_escapes || code_.has_packet || code_.has_maps, options_.policy);
  }

  Result<Step> jump(uint32_t index, int32_t imm) const {
    const Instruction& insn = program_.insns[index];
    // One that need not be paid for is like a forward one.
    const bool pays = insn.target <= index && !facts_.insns[index].no_budget;
    const Direction direction = pays ? Direction::kBackward : Direction::kForward;
    const auto distance = static_cast<int32_t>(int64_t{insn.target} - int64_t{index} - 1);
    const unsigned handler = handler_of(insn.op, direction);
    const Format format = insn.info().format;
    if (format == Format::kJump || format == Format::kJumpLong) {
      return make(handler, insn, distance);
    }
    // A slot holds 16 bits, and no instruction is shorter than a slot: only a Program that never
    // was bytes, or a forged one, gets here with more.
    if (distance < std::numeric_limits<int16_t>::min() ||
        distance > std::numeric_limits<int16_t>::max()) {
      return Error(ErrorCode::kProgramMalformed,
                   fmt::format("{} jumps over {} instructions, farther than its offset can say",
                               insn.info().name, distance))
          .at(program_.locate(index));
    }
    Step step = make(handler, insn, imm);
    step.offset = static_cast<int16_t>(distance);
    return step;
  }

  Step wide(const Instruction& insn, uint64_t value) {
    const auto narrow = static_cast<int32_t>(value);
    if (static_cast<uint64_t>(int64_t{narrow}) == value) {
      return make(handler_of(Op::kMov64Imm), insn, narrow);
    }
    code_.constants.push_back(value);
    return make(handler_of(Op::kLddw), insn, static_cast<int32_t>(code_.constants.size() - 1));
  }

  const Program& program_;
  const Facts& facts_;
  const CompileOptions& options_;
  const void* const* const handlers_;
  const bool counted_;
  Code code_;
};

}  // namespace

Result<Code> predecode(const VerifiedProgram& verified, bool counted) {
  return Predecoder(verified, counted).run();
}

}  // namespace weir::interp
