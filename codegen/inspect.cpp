// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Listings: what a program looks like between bytecode and bytes. The link back to the instruction
// comes from a line table in which line N+1 stands for instruction N (DebugInfo::kInstructions).
#include <llvm/DebugInfo/DWARF/DWARFContext.h>
#include <llvm/IR/DebugInfoMetadata.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Module.h>
#include <llvm/MC/MCAsmInfo.h>
#include <llvm/MC/MCContext.h>
#include <llvm/MC/MCDisassembler/MCDisassembler.h>
#include <llvm/MC/MCInst.h>
#include <llvm/MC/MCInstPrinter.h>
#include <llvm/MC/MCInstrInfo.h>
#include <llvm/MC/MCRegisterInfo.h>
#include <llvm/MC/MCSubtargetInfo.h>
#include <llvm/MC/TargetRegistry.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/Target/TargetMachine.h>

#include <fmt/format.h>

#include "codegen/compiler.h"
#include "codegen/emit_object.h"
#include "codegen/link_object.h"
#include "codegen/llvm_error.h"
#include "codegen/target.h"
#include "frontend/verifier/verifier.h"

namespace weir {

namespace {

std::optional<uint32_t> insn_of_line(unsigned line) {
  return line == 0 ? std::nullopt : std::optional<uint32_t>(line - 1);
}

// The text of a module, each instruction with the place it came from; debug metadata itself left
// out.
std::vector<ListingLine> list_module(llvm::Module& module) {
  std::vector<ListingLine> lines;
  for (llvm::Function& function : module) {
    if (function.isDeclaration()) continue;
    std::string head;
    llvm::raw_string_ostream(head)
        << "define " << *function.getReturnType() << " @" << function.getName();
    lines.push_back({.text = head});
    for (llvm::BasicBlock& block : function) {
      std::string label;
      llvm::raw_string_ostream stream(label);
      block.printAsOperand(stream, false);
      lines.push_back({.text = label + ":"});
      for (llvm::Instruction& instruction : block) {
        std::optional<uint32_t> insn;
        if (const llvm::DebugLoc& location = instruction.getDebugLoc()) {
          // Code inlined from a subprogram keeps its own line: indexes are of the whole program.
          insn = insn_of_line(location.getLine());
        }
        instruction.setDebugLoc(llvm::DebugLoc());
        std::string text;
        llvm::raw_string_ostream(text) << instruction;
        lines.push_back({.text = text, .insn = insn});
      }
    }
  }
  return lines;
}

struct Disassembler {
  std::unique_ptr<llvm::MCContext> context;
  std::unique_ptr<llvm::MCDisassembler> decode;
  std::unique_ptr<llvm::MCInstPrinter> print;
};

Result<std::vector<ListingLine>> disassemble_text(const NativeParts& parts,
                                                  llvm::TargetMachine& machine) {
  const llvm::Target& target = machine.getTarget();
  const llvm::MCSubtargetInfo& subtarget = *machine.getMCSubtargetInfo();
  Disassembler d;
  d.context = std::make_unique<llvm::MCContext>(machine.getTargetTriple(), machine.getMCAsmInfo(),
                                                machine.getMCRegisterInfo(), &subtarget);
  d.decode.reset(target.createMCDisassembler(subtarget, *d.context));
  // 1 = Intel syntax on x86; targets with one syntax call it 0.
  d.print.reset(target.createMCInstPrinter(
      machine.getTargetTriple(), machine.getTargetTriple().isX86() ? 1 : 0, *machine.getMCAsmInfo(),
      *machine.getMCInstrInfo(), *machine.getMCRegisterInfo()));
  if (!d.decode || !d.print) {
    return Error(ErrorCode::kCompilerTarget, "this build has no disassembler for the target");
  }
  d.print->setPrintBranchImmAsAddress(true);
  d.print->setPrintImmHex(true);

  llvm::StringMap<std::unique_ptr<llvm::MemoryBuffer>> debug;
  for (const auto& section : parts.debug_sections) {
    debug[llvm::StringRef(section.name).drop_front(1)] = llvm::MemoryBuffer::getMemBufferCopy(
        llvm::StringRef(reinterpret_cast<const char*>(section.bytes.data()), section.bytes.size()));
  }
  auto dwarf = llvm::DWARFContext::create(debug, 8);

  std::vector<ListingLine> lines;
  const llvm::ArrayRef<uint8_t> text(parts.text.data(), parts.manifest.code_size);
  for (uint64_t at = 0; at < text.size();) {
    for (const auto& symbol : parts.symbols) {
      if (symbol.offset == at) lines.push_back({.text = symbol.name + ":", .address = at});
    }
    llvm::MCInst inst;
    uint64_t size = 0;
    std::string asm_text;
    if (d.decode->getInstruction(inst, size, text.slice(at), at, llvm::nulls()) ==
        llvm::MCDisassembler::Success) {
      llvm::raw_string_ostream stream(asm_text);
      d.print->printInst(&inst, at, "", subtarget, stream);
    } else {
      size = std::max<uint64_t>(1, size);
      asm_text = fmt::format("(byte {:#04x})", text[at]);
    }
    // Only lines of the program's own table; section index is unknown in a linked image.
    const llvm::DILineInfo info = dwarf->getLineInfoForAddress(
        {at, llvm::object::SectionedAddress::UndefSection}, llvm::DILineInfoSpecifier());
    const size_t tab = asm_text.find_first_not_of('\t');
    lines.push_back({.text = asm_text.substr(tab == std::string::npos ? 0 : tab),
                     .insn = insn_of_line(info.Line),
                     .address = at,
                     .size = static_cast<uint8_t>(size)});
    at += size;
  }
  return lines;
}

}  // namespace

Result<std::vector<ListingLine>> list_code(const VerifiedProgram& program, Listing what) {
  CompileOptions options = program.options();
  options.debug_info = DebugInfo::kInstructions;
  WEIR_TRY(const VerifiedProgram marked, verify(program.source(), options));
  WEIR_TRY(auto machine, make_target_machine(options.cpu, options.opt_level));
  if (what == Listing::kMachineCode) {
    WEIR_TRY(EmittedObject emitted, emit_object(std::span(&marked, 1)));
    const auto* bytes = reinterpret_cast<const uint8_t*>(emitted.elf.data());
    WEIR_TRY(NativeParts parts, link_object(ByteSpan(bytes, emitted.elf.size()), emitted.symbols));
    return disassemble_text(parts, *machine);
  }
  llvm::LLVMContext context;
  std::vector<std::string> symbols;
  WEIR_TRY(auto module, lift_and_optimize(context, std::span(&marked, 1), *machine,
                                          what == Listing::kOptimizedIr, &symbols));
  return list_module(*module);
}

}  // namespace weir
