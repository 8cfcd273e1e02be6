// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// DPDK's librte_bpf. It runs eBPF as it was at first: no jumps that compare 32 bits, no calls of
// helpers that it was not told of, no maps, no loops. So the program is respelled for it: r1 and r2
// come out of the one pointer that it hands over, and a jump of 32 bits becomes moves and a jump.
// A classic filter becomes what DPDK's own rte_bpf_convert() makes of one, a program of legacy
// packet loads from an mbuf; weir does that, because rte_bpf_convert() wants DPDK's own memory,
// which takes the whole process over.
#include <algorithm>

#include <fmt/format.h>

#include "frontend/isa/decode.h"
#include "measure/dpdk.h"
#include "tools/compare/classic_at_hook.h"

namespace weir::tool {

namespace {

Error not_for_dpdk(std::string why) {
  return Error(ErrorCode::kProgramUnsupported, "librte_bpf does not take it: " + std::move(why));
}

// What it does not know of, said before its validator only says no.
Status check_features(const Program& program, measure::DpdkArgument argument) {
  const bool mbuf = argument == measure::DpdkArgument::kMbuf;
  if (!program.maps.empty()) return not_for_dpdk("it has maps");
  for (uint32_t i = 0; i < program.insns.size(); ++i) {
    const Instruction& insn = program.insns[i];
    const OpInfo& op = insn.info();
    const auto at = [&](std::string_view what) {
      return not_for_dpdk(fmt::format("{} (instruction {})", what, insn.slot));
    };
    if (is_jump(insn) && insn.target <= i) return at("it has a loop");
    switch (op.operation) {
      case Operation::kCallHelper: return at("it calls a helper of the kernel");
      case Operation::kCallLocal: return at("it calls a function of its own");
      case Operation::kCallKfunc:
      case Operation::kCallReg: return at("it calls a function of the kernel");
      case Operation::kPacketLoad:
        if (!mbuf) return at("it has legacy packet loads where there is no packet of the kernel's");
        break;
      case Operation::kLoadZero:
        // Its own memory is fine; the context is another one there.
        if (mbuf && insn.src != kFrameReg) return at("it asks for more than the packet's bytes");
        break;
      case Operation::kLoadMap:
      case Operation::kLoadMapValue:
      case Operation::kLoadMapIdx:
      case Operation::kLoadMapIdxValue:
      case Operation::kLoadVarAddr:
      case Operation::kLoadFunc: return at("it loads an address");
      case Operation::kMovsx32:
      case Operation::kMovsx64:
      case Operation::kBswap:
      case Operation::kSdiv:
      case Operation::kSmod:
      case Operation::kLoadSign:
      case Operation::kMayGoto:
      case Operation::kLoadAcquire:
      case Operation::kStoreRelease:
        return at("it has instructions of a newer eBPF, as of clang -mcpu=v4");
      default: break;
    }
    if (op.format == Format::kJumpLong) return at("it has a jump of 32 bits' distance");
    if (op.format == Format::kAtomic && op.operation != Operation::kAtomicAdd)
      return at("it has an atomic operation other than addition");
  }
  return {};
}

bool names_src(Format format) {
  switch (format) {
    case Format::kAluReg:
    case Format::kLoad:
    case Format::kStoreReg:
    case Format::kAtomic:
    case Format::kJumpReg: return true;
    default: return false;
  }
}

bool is_signed(Operation operation) {
  return operation == Operation::kJsgt || operation == Operation::kJsge ||
         operation == Operation::kJslt || operation == Operation::kJsle;
}

class Respelling {
 public:
  explicit Respelling(const Program& program) : program_(program) {
    uint32_t used = 1 << 0 | 1 << 1 | 1 << 2 | 1 << kFrameReg;
    for (const Instruction& insn : program.insns) {
      used |= 1u << insn.dst;
      if (names_src(insn.info().format)) used |= 1u << insn.src;
    }
    for (uint8_t reg = 0; reg < kFrameReg; ++reg) {
      if ((used >> reg & 1) == 0) free_.push_back(reg);
    }
  }

  // Begins with what takes the one pointer apart, for packets of at most so many bytes.
  void put_bytes_entry(uint32_t most_bytes) {
    // A packet that is longer than any is refused, which also bounds r2 for the validator.
    put({.op = Op::kLdxdw, .dst = 2, .src = 1});
    put({.op = Op::kJle64Imm, .dst = 2, .offset = 2, .imm = most_bytes});
    put({.op = Op::kMov64Imm});
    put({.op = Op::kExit});
    put({.op = Op::kAdd64Imm, .dst = 1, .imm = static_cast<int64_t>(measure::kDpdkHeader)});
  }

  Result<std::vector<RawInsn>> respell() {
    for (const Instruction& insn : program_.insns) {
      starts_.push_back(out_.size());
      if (is_jump(insn)) {
        WEIR_CHECK(put_jump(insn));
      } else {
        put(insn);
      }
    }
    for (const auto& [at, target] : jumps_) {
      const size_t distance = starts_[target] - at - 1;
      if (distance > INT16_MAX) return not_for_dpdk("a jump gets too long");
      out_[at].offset = static_cast<int16_t>(distance);
    }
    return std::move(out_);
  }

 private:
  void put(const Instruction& insn) {
    RawInsn slots[2];
    const int count = encode_one(insn, slots);
    out_.insert(out_.end(), slots, slots + count);
  }

  // The lower half of a register in another one, as a number of 64 bits that compares likewise.
  void put_half(uint8_t to, uint8_t from, bool with_sign) {
    put({.op = Op::kMov32Reg, .dst = to, .src = from});
    if (!with_sign) return;
    put({.op = Op::kLsh64Imm, .dst = to, .imm = 32});
    put({.op = Op::kArsh64Imm, .dst = to, .imm = 32});
  }

  Status put_jump(const Instruction& jump) {
    const OpInfo& op = jump.info();
    Instruction wide = jump;
    if (op.bits == 32 && op.operation != Operation::kJa) {
      const bool with_sign = is_signed(op.operation);
      const bool imm = op.format == Format::kJumpImm;
      // The immediate of a jump of 64 bits is extended with its sign.
      const bool needs_second = !imm || (jump.imm < 0 && !with_sign);
      if (free_.size() < (needs_second ? 2u : 1u))
        return not_for_dpdk("it has jumps that compare 32 bits, and no register is left to widen");
      put_half(free_[0], jump.dst, with_sign);
      wide.dst = free_[0];
      if (needs_second) {
        if (imm) {
          put({.op = Op::kMov32Imm, .dst = free_[1], .imm = jump.imm});
        } else {
          put_half(free_[1], jump.src, with_sign);
        }
        wide.src = free_[1];
        wide.imm = 0;
      }
      wide.op = find_jump(op.operation, needs_second ? Format::kJumpReg : Format::kJumpImm);
    }
    jumps_.emplace_back(out_.size(), jump.target);
    put(wide);
    return {};
  }

  static Op find_jump(Operation operation, Format format) {
    for (const OpInfo& op : kOpTable) {
      if (op.operation == operation && op.format == format && op.bits == 64)
        return static_cast<Op>(&op - kOpTable);
    }
    return Op::kExit;
  }

  const Program& program_;
  std::vector<uint8_t> free_;
  std::vector<RawInsn> out_;
  std::vector<size_t> starts_;                      // in out_, of each instruction
  std::vector<std::pair<size_t, uint32_t>> jumps_;  // in out_, and where to
};

}  // namespace

Status build_dpdk(const Subject& subject, measure::Inputs& inputs, PluginCompiler& compiler,
                  Candidate& out) {
  using measure::DpdkArgument;
  WEIR_TRY(const std::string version, measure::dpdk_version());
  size_t most = 0, room = 0;
  for (size_t i = 0; i < inputs.count(); ++i) {
    most = std::max<size_t>(most, inputs.packet(i).size);
    room += inputs.packet(i).size + measure::kDpdkRoom;
  }
  const auto load = [](const Program& program, DpdkArgument argument,
                       size_t most_bytes) -> Result<measure::DpdkCode> {
    WEIR_CHECK(check_features(program, argument));
    Respelling respelling(program);
    if (argument == DpdkArgument::kBytes)
      respelling.put_bytes_entry(static_cast<uint32_t>(most_bytes));
    WEIR_TRY(const std::vector<RawInsn> insns, respelling.respell());
    return measure::DpdkCode::load(insns, argument);
  };
  const bool classic = subject.input->kind() == Input::Kind::kClassic;
  if (!classic && context_shape(subject.kind) != ContextShape::kRaw) {
    return Error(ErrorCode::kProgramUnsupported,
                 fmt::format("DPDK has no hook like {}", context_name(subject.kind)));
  }
  ByteSpan machine;
  if (classic) {
    WEIR_TRY(ClassicAtHook filter, ClassicAtHook::of(subject, "DPDK's librte_bpf"));
    const bool asks_length = std::ranges::any_of(filter.insns, [](const ClassicInsn& insn) {
      return cbpf::cls(insn.code) <= cbpf::kLdx && cbpf::mode(insn.code) == cbpf::kLen;
    });
    if (asks_length) return not_for_dpdk("it asks for the packet's length");
    WEIR_TRY(
        const Program program,
        convert_classic(filter.insns, {.packet = ClassicPacket::kLegacy}, subject.program.name));
    WEIR_TRY(measure::DpdkCode code, load(program, DpdkArgument::kMbuf, most));
    machine = code.machine_code();
    out.load_ns = code.load_ns();
    const size_t skipped = filter.skipped;
    out.runner = measure::run_dpdk_mbufs(
        std::move(code), skipped,
        [filter = std::move(filter)](uint32_t length) { return filter.verdict(length); });
  } else {
    WEIR_TRY(measure::DpdkCode code, load(subject.program, DpdkArgument::kBytes, most));
    machine = code.machine_code();
    out.load_ns = code.load_ns();
    out.runner = measure::run_dpdk_bytes(std::move(code), room, measure::kVerdict);
  }
  WEIR_TRY(const CompilerPlugin* plugin, compiler.plugin());
  out.code.assign(machine.begin(), machine.end());
  out.runs_at = machine.data();
  WEIR_TRY(out.machine, plugin->analyze_machine_code(out.code, ""));
  out.places.resize(out.machine->insns.size());
  return {};
}

}  // namespace weir::tool
