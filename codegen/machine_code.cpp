// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Counts come from LLVM's descriptions of instructions, timing from LLVM-MCA: it simulates
// dispatch, ports and retirement with the tables that the compiler itself schedules by.
#include "codegen/machine_code.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>
#include <llvm/MC/MCInst.h>
#include <llvm/MC/MCInstrAnalysis.h>
#include <llvm/MC/MCInstrInfo.h>
#include <llvm/MC/MCRegisterInfo.h>
#include <llvm/MC/MCSubtargetInfo.h>
#include <llvm/MCA/Context.h>
#include <llvm/MCA/CustomBehaviour.h>
#include <llvm/MCA/InstrBuilder.h>
#include <llvm/MCA/Pipeline.h>
#include <llvm/TargetParser/Host.h>

#include "codegen/llvm_error.h"
#include "codegen/machine_decoder.h"

namespace weir {

namespace {

namespace mca = llvm::mca;
using UniqueInst = std::unique_ptr<mca::Instruction>;

// llvm-mca's own default: enough for a loop's steady state.
constexpr unsigned kRounds = 100;
// Cycles that MCA takes for a call; what the callee does is not in the trace.
constexpr unsigned kCallLatency = 100;

Result<std::unique_ptr<MachineDecoder>> decoder_for(std::string_view model) {
  const std::string cpu = model.empty() ? llvm::sys::getHostCPUName().str() : std::string(model);
  WEIR_TRY(auto decoder, MachineDecoder::make(host_arch(), cpu));
  if (!decoder->subtarget().getSchedModel().hasInstrSchedModel()) {
    return Error(ErrorCode::kCompilerTarget,
                 fmt::format("LLVM knows no timing of the CPU '{}'", cpu));
  }
  return decoder;
}

// A trace as MCA takes it: one description an instruction, used as often as it ran.
class TraceSource final : public mca::SourceMgr {
 public:
  TraceSource(llvm::ArrayRef<UniqueInst> insns, std::vector<uint32_t> trace)
      : insns_(insns), trace_(std::move(trace)) {}
  llvm::ArrayRef<UniqueInst> getInstructions() const override { return insns_; }
  bool hasNext() const override { return next_ < trace_.size(); }
  bool isEnd() const override { return !hasNext(); }
  mca::SourceRef peekNext() const override { return {next_, *insns_[trace_[next_]]}; }
  void updateNext() override { ++next_; }

 private:
  llvm::ArrayRef<UniqueInst> insns_;
  std::vector<uint32_t> trace_;
  unsigned next_ = 0;
};

// What each unit of each resource is busy with.
class Pressure final : public mca::HWEventListener {
 public:
  void onEvent(const mca::HWInstructionEvent& event) override {
    if (event.Type == mca::HWInstructionEvent::Retired) {
      uops += event.IR.getInstruction()->getNumMicroOps();
    }
    if (event.Type != mca::HWInstructionEvent::Issued) return;
    const auto& issued = static_cast<const mca::HWInstructionIssuedEvent&>(event);
    for (const mca::ResourceUse& use : issued.UsedResources) {
      busy[use.first] += double(use.second.getNumerator()) / double(use.second.getDenominator());
    }
  }
  std::map<mca::ResourceRef, double> busy;
  double uops = 0;
};

// One simulation; MCA keeps state in most of its parts, so each has new ones.
class Simulator {
 public:
  explicit Simulator(const MachineDecoder& decoder)
      : decoder_(decoder),
        instruments_(decoder.subtarget(), decoder.instructions()),
        builder_(decoder.subtarget(), decoder.instructions(), decoder.registers(),
                 &decoder.analysis(), instruments_, kCallLatency) {}

  // MCA does not know every instruction; those that it does not count as nothing. Nor do calls and
  // returns, of which it would print a warning: a model of ports cannot follow them.
  void add(const llvm::MCInst& inst) {
    const llvm::MCInstrDesc& what = decoder_.instructions().get(inst.getOpcode());
    if (what.isCall() || what.isReturn()) return add_unknown();
    auto made = builder_.createInstruction(inst, {});
    if (!made) {
      llvm::consumeError(made.takeError());
      insns_.push_back(nullptr);
    } else {
      insns_.push_back(std::move(*made));
    }
  }
  void add_unknown() { insns_.push_back(nullptr); }

  Result<double> cycles(std::span<const uint32_t> trace, Pressure* pressure) {
    std::vector<uint32_t> known;
    known.reserve(trace.size());
    for (const uint32_t insn : trace) {
      if (insn < insns_.size() && insns_[insn]) known.push_back(insn);
    }
    if (known.empty()) return 0.0;
    mca::PipelineOptions options(0, 0, 0, 0, 0, 0, /*NoAlias=*/true);
    mca::Context context(decoder_.registers(), decoder_.subtarget());
    TraceSource source(insns_, std::move(known));
    mca::CustomBehaviour behaviour(decoder_.subtarget(), source, decoder_.instructions());
    auto pipeline = context.createDefaultPipeline(options, source, behaviour);
    if (pressure != nullptr) pipeline->addEventListener(pressure);
    auto cycles = pipeline->run();
    if (!cycles) return from_llvm(cycles.takeError(), "estimating cycles");
    return double(*cycles);
  }

 private:
  const MachineDecoder& decoder_;
  mca::InstrumentManager instruments_;
  mca::InstrBuilder builder_;
  std::vector<UniqueInst> insns_;
};

struct Decoded {
  std::vector<llvm::MCInst> insts;  // parallel to insns
  std::vector<MachineInsn> insns;
};

bool touches_stack_pointer_only(const llvm::MCInstrInfo& info, const llvm::MCInst& inst) {
  const llvm::StringRef name = info.getName(inst.getOpcode());
  return name.starts_with("PUSH") || name.starts_with("POP") || name.starts_with("LEAVE");
}

Decoded decode_all(const MachineDecoder& decoder, ByteSpan code) {
  Decoded out;
  for (uint64_t at = 0; at < code.size();) {
    llvm::MCInst inst;
    uint64_t size = 0;
    MachineInsn insn;
    insn.at = static_cast<uint32_t>(at);
    if (decoder.decode(code, at, inst, size)) {
      const llvm::MCInstrDesc& what = decoder.instructions().get(inst.getOpcode());
      insn.text = decoder.text(inst, at);
      insn.call = what.isCall();
      insn.branch = what.isBranch();
      if (!what.isCall() && !what.isReturn() &&
          !touches_stack_pointer_only(decoder.instructions(), inst)) {
        insn.load = what.mayLoad();
        insn.store = what.mayStore();
      }
    } else {
      insn.unknown = true;
      insn.text = fmt::format("(byte {:#04x})", code[at]);
    }
    insn.size = static_cast<uint8_t>(size);
    out.insts.push_back(inst);
    out.insns.push_back(std::move(insn));
    at += size;
  }
  return out;
}

// A block begins where a jump goes to, and behind what jumps or returns.
std::vector<MachineBlock> find_blocks(const MachineDecoder& decoder, Decoded& code) {
  std::set<uint64_t> starts;
  for (size_t i = 0; i < code.insns.size(); ++i) {
    const MachineInsn& insn = code.insns[i];
    if (insn.unknown) continue;
    const llvm::MCInstrDesc& what = decoder.instructions().get(code.insts[i].getOpcode());
    uint64_t target = 0;
    if (what.isBranch() &&
        decoder.analysis().evaluateBranch(code.insts[i], insn.at, insn.size, target)) {
      starts.insert(target);
    }
    if (what.isBranch() || what.isReturn() || what.isTerminator())
      starts.insert(insn.at + insn.size);
  }
  std::vector<MachineBlock> blocks;
  for (uint32_t i = 0; i < code.insns.size(); ++i) {
    if (i == 0 || starts.contains(code.insns[i].at)) blocks.push_back({.first = i});
    ++blocks.back().count;
    code.insns[i].block = static_cast<uint32_t>(blocks.size() - 1);
  }
  return blocks;
}

// Pushes and the subtraction that follow one another where a function begins.
uint32_t largest_frame(const MachineDecoder& decoder, const Decoded& code) {
  uint32_t largest = 0, frame = 0;
  bool in_prologue = true;
  for (size_t i = 0; i < code.insns.size(); ++i) {
    if (code.insns[i].unknown) continue;
    const llvm::StringRef name = decoder.instructions().getName(code.insts[i].getOpcode());
    if (name.starts_with("PUSH64")) {
      frame = in_prologue ? frame + 8 : 8;
      in_prologue = true;
    } else if (name.starts_with("SUB64ri") && code.insns[i].text.starts_with("sub rsp,")) {
      const llvm::MCInst& inst = code.insts[i];
      const llvm::MCOperand& amount = inst.getOperand(inst.getNumOperands() - 1);
      const auto bytes = amount.isImm() ? static_cast<uint32_t>(amount.getImm()) : 0;
      frame = in_prologue ? frame + bytes : bytes;
      in_prologue = false;
    } else if (!name.starts_with("MOV") && !name.starts_with("NOOP") &&
               !name.starts_with("ENDBR")) {
      in_prologue = false;
    }
    largest = std::max(largest, frame);
  }
  return largest;
}

}  // namespace

Result<MachineCode> analyze_machine_code(ByteSpan code, std::string_view model) {
  WEIR_TRY(const auto decoder, decoder_for(model));
  MachineCode out;
  out.model = decoder->subtarget().getCPU().str();
  Decoded decoded = decode_all(*decoder, code);
  out.blocks = find_blocks(*decoder, decoded);
  out.stack = largest_frame(*decoder, decoded);

  const llvm::MCSchedModel& timing = decoder->subtarget().getSchedModel();
  for (MachineBlock& block : out.blocks) {
    Simulator simulator(*decoder);
    std::vector<uint32_t> trace;
    std::vector<double> weights;
    double whole = 0;
    for (uint32_t i = 0; i < block.count; ++i) {
      const llvm::MCInst& inst = decoded.insts[block.first + i];
      if (decoded.insns[block.first + i].unknown) {
        weights.push_back(0);
        simulator.add_unknown();
        continue;
      }
      simulator.add(inst);
      trace.push_back(i);
      weights.push_back(
          timing.getReciprocalThroughput(decoder->subtarget(), decoder->instructions(), inst));
      whole += weights.back();
    }
    std::vector<uint32_t> rounds;
    for (unsigned n = 0; n < kRounds; ++n) rounds.insert(rounds.end(), trace.begin(), trace.end());
    WEIR_TRY(const double cycles, simulator.cycles(rounds, nullptr));
    block.cycles = cycles / kRounds;
    for (uint32_t i = 0; i < block.count && whole > 0; ++i) {
      decoded.insns[block.first + i].cycles = block.cycles * weights[i] / whole;
    }
  }
  out.insns = std::move(decoded.insns);
  return out;
}

Result<Estimate> estimate_cycles(ByteSpan code, const MachineCode& analyzed,
                                 std::span<const uint32_t> trace) {
  WEIR_TRY(const auto decoder, decoder_for(analyzed.model));
  const Decoded decoded = decode_all(*decoder, code);
  Simulator simulator(*decoder);
  for (size_t i = 0; i < decoded.insts.size(); ++i) {
    if (decoded.insns[i].unknown) {
      simulator.add_unknown();
    } else {
      simulator.add(decoded.insts[i]);
    }
  }
  Pressure pressure;
  Estimate out;
  out.model = analyzed.model;
  WEIR_TRY(out.cycles, simulator.cycles(trace, &pressure));
  out.uops = pressure.uops;
  const llvm::MCSchedModel& timing = decoder->subtarget().getSchedModel();
  for (const auto& [resource, cycles] : pressure.busy) {
    const llvm::MCProcResourceDesc& unit = *timing.getProcResource(resource.first);
    std::string name = unit.Name;
    if (unit.NumUnits > 1) name += fmt::format(".{}", llvm::Log2_64(resource.second));
    out.ports.emplace_back(std::move(name), cycles);
  }
  return out;
}

}  // namespace weir
