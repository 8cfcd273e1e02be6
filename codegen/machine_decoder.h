// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// LLVM's view of machine instructions: decoding, text, descriptions. Internal to codegen.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "frontend/support/bytes.h"
#include "frontend/support/result.h"
#include "runtime/abi/cpu.h"

namespace llvm {
class MCAsmInfo;
class MCContext;
class MCDisassembler;
class MCInst;
class MCInstPrinter;
class MCInstrAnalysis;
class MCInstrInfo;
class MCRegisterInfo;
class MCSubtargetInfo;
}  // namespace llvm

namespace weir {

class MachineDecoder {
 public:
  // `cpu` is LLVM's name of one; it decides on timing, and every instruction is decoded whatever it
  // is. Error: kCompilerTarget.
  static Result<std::unique_ptr<MachineDecoder>> make(Arch arch, const std::string& cpu);
  ~MachineDecoder();

  // The instruction at offset `at`, and its size; false, with the bytes to skip, if there is none.
  bool decode(ByteSpan code, uint64_t at, llvm::MCInst& inst, uint64_t& size) const;
  // Intel syntax on x86, without tabs.
  std::string text(const llvm::MCInst& inst, uint64_t at) const;

  const llvm::MCInstrInfo& instructions() const { return *instructions_; }
  const llvm::MCRegisterInfo& registers() const { return *registers_; }
  const llvm::MCSubtargetInfo& subtarget() const { return *subtarget_; }
  const llvm::MCInstrAnalysis& analysis() const { return *analysis_; }

 private:
  MachineDecoder();
  std::unique_ptr<const llvm::MCRegisterInfo> registers_;
  std::unique_ptr<const llvm::MCAsmInfo> assembly_;
  std::unique_ptr<const llvm::MCInstrInfo> instructions_;
  std::unique_ptr<const llvm::MCSubtargetInfo> subtarget_;
  std::unique_ptr<const llvm::MCInstrAnalysis> analysis_;
  std::unique_ptr<llvm::MCContext> context_;
  std::unique_ptr<llvm::MCDisassembler> decoder_;
  std::unique_ptr<llvm::MCInstPrinter> printer_;
};

}  // namespace weir
