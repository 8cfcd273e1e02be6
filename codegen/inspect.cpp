// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Listings: what a program looks like between bytecode and bytes. The link back to the instruction
// comes from a line table in which line N+1 stands for instruction N (DebugInfo::kInstructions).
#include <llvm/DebugInfo/DWARF/DWARFContext.h>
#include <llvm/IR/DebugInfoMetadata.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Module.h>
#include <llvm/MC/MCInst.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/Target/TargetMachine.h>

#include <fmt/format.h>

#include "codegen/compiler.h"
#include "codegen/emit_object.h"
#include "codegen/link_object.h"
#include "codegen/listing.h"
#include "codegen/llvm_error.h"
#include "codegen/machine_decoder.h"
#include "codegen/target.h"
#include "frontend/verifier/verifier.h"

namespace weir {

std::optional<uint32_t> insn_of_line(unsigned line) {
  return line == 0 ? std::nullopt : std::optional<uint32_t>(line - 1);
}

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

Result<std::vector<ListingLine>> list_machine_code(const NativeParts& parts, Arch arch) {
  WEIR_TRY(const auto decoder, MachineDecoder::make(arch, ""));
  llvm::StringMap<std::unique_ptr<llvm::MemoryBuffer>> debug;
  for (const auto& section : parts.debug_sections) {
    debug[llvm::StringRef(section.name).drop_front(1)] = llvm::MemoryBuffer::getMemBufferCopy(
        llvm::StringRef(reinterpret_cast<const char*>(section.bytes.data()), section.bytes.size()));
  }
  auto dwarf = llvm::DWARFContext::create(debug, 8);

  std::vector<ListingLine> lines;
  const ByteSpan text = ByteSpan(parts.text).first(parts.manifest.code_size);
  for (uint64_t at = 0; at < text.size();) {
    for (const auto& symbol : parts.symbols) {
      if (symbol.offset == at) lines.push_back({.text = symbol.name + ":", .address = at});
    }
    llvm::MCInst inst;
    uint64_t size = 0;
    const std::string asm_text = decoder->decode(text, at, inst, size)
                                     ? decoder->text(inst, at)
                                     : fmt::format("(byte {:#04x})", text[at]);
    // Only lines of the program's own table; section index is unknown in a linked image.
    const llvm::DILineInfo info = dwarf->getLineInfoForAddress(
        {at, llvm::object::SectionedAddress::UndefSection}, llvm::DILineInfoSpecifier());
    lines.push_back({.text = asm_text,
                     .insn = insn_of_line(info.Line),
                     .address = at,
                     .size = static_cast<uint8_t>(size)});
    at += size;
  }
  return lines;
}

Result<std::vector<ListingLine>> list_code(const VerifiedProgram& program, Listing what) {
  CompileOptions options = program.options();
  options.debug_info = DebugInfo::kInstructions;
  WEIR_TRY(const VerifiedProgram marked, verify(program.source(), options));
  WEIR_TRY(auto machine, make_target_machine(options.cpu, options.opt_level));
  if (what == Listing::kMachineCode) {
    WEIR_TRY(EmittedObject emitted, emit_object(std::span(&marked, 1)));
    const auto* bytes = reinterpret_cast<const uint8_t*>(emitted.elf.data());
    WEIR_TRY(NativeParts parts, link_object(ByteSpan(bytes, emitted.elf.size()), emitted.symbols));
    return list_machine_code(parts, options.cpu.arch);
  }
  llvm::LLVMContext context;
  std::vector<std::string> symbols;
  WEIR_TRY(auto module, lift_and_optimize(context, std::span(&marked, 1), *machine,
                                          what == Listing::kOptimizedIr, &symbols));
  return list_module(*module);
}

}  // namespace weir
