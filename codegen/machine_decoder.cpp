// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/machine_decoder.h"

#include <algorithm>

#include <fmt/format.h>
#include <llvm/MC/MCAsmInfo.h>
#include <llvm/MC/MCContext.h>
#include <llvm/MC/MCDisassembler/MCDisassembler.h>
#include <llvm/MC/MCInst.h>
#include <llvm/MC/MCInstPrinter.h>
#include <llvm/MC/MCInstrAnalysis.h>
#include <llvm/MC/MCInstrInfo.h>
#include <llvm/MC/MCRegisterInfo.h>
#include <llvm/MC/MCSubtargetInfo.h>
#include <llvm/MC/MCTargetOptions.h>
#include <llvm/MC/TargetRegistry.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/TargetParser/Triple.h>

#include "codegen/target.h"

namespace weir {

MachineDecoder::MachineDecoder() = default;
MachineDecoder::~MachineDecoder() = default;

Result<std::unique_ptr<MachineDecoder>> MachineDecoder::make(Arch arch, const std::string& cpu) {
  const std::string name = target_triple(arch);
  std::string message;
  const llvm::Target* target = llvm::TargetRegistry::lookupTarget(name, message);
  if (target == nullptr) {
    return Error(ErrorCode::kCompilerTarget,
                 fmt::format("this build cannot read machine code of {}", arch_name(arch)));
  }
  const llvm::Triple triple(name);
  std::unique_ptr<MachineDecoder> d(new MachineDecoder());
  d->registers_.reset(target->createMCRegInfo(name));
  d->assembly_.reset(target->createMCAsmInfo(*d->registers_, name, llvm::MCTargetOptions()));
  d->instructions_.reset(target->createMCInstrInfo());
  d->subtarget_.reset(target->createMCSubtargetInfo(name, cpu, ""));
  d->analysis_.reset(target->createMCInstrAnalysis(d->instructions_.get()));
  d->context_ = std::make_unique<llvm::MCContext>(triple, d->assembly_.get(), d->registers_.get(),
                                                  d->subtarget_.get());
  d->decoder_.reset(target->createMCDisassembler(*d->subtarget_, *d->context_));
  // 1 = Intel syntax on x86; targets with one syntax call it 0.
  d->printer_.reset(target->createMCInstPrinter(triple, triple.isX86() ? 1 : 0, *d->assembly_,
                                                *d->instructions_, *d->registers_));
  if (!d->decoder_ || !d->printer_ || !d->analysis_) {
    return Error(ErrorCode::kCompilerTarget,
                 fmt::format("this build has no disassembler for {}", arch_name(arch)));
  }
  d->printer_->setPrintBranchImmAsAddress(true);
  d->printer_->setPrintImmHex(true);
  return d;
}

bool MachineDecoder::decode(ByteSpan code, uint64_t at, llvm::MCInst& inst, uint64_t& size) const {
  const llvm::ArrayRef<uint8_t> bytes(code.data() + at, code.size() - at);
  const bool good = decoder_->getInstruction(inst, size, bytes, at, llvm::nulls()) ==
                    llvm::MCDisassembler::Success;
  if (!good) size = std::clamp<uint64_t>(size, 1, bytes.size());
  return good;
}

std::string MachineDecoder::text(const llvm::MCInst& inst, uint64_t at) const {
  std::string out;
  llvm::raw_string_ostream stream(out);
  printer_->printInst(&inst, at, "", *subtarget_, stream);
  std::ranges::replace(out, '\t', ' ');
  return out.substr(std::min(out.size(), out.find_first_not_of(' ')));
}

}  // namespace weir
