// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/code_report.h"

#include <algorithm>

#include <llvm/DebugInfo/DWARF/DWARFContext.h>
#include <llvm/IR/CFG.h>
#include <llvm/IR/DebugInfoMetadata.h>
#include <llvm/IR/DiagnosticHandler.h>
#include <llvm/IR/DiagnosticInfo.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Module.h>
#include <llvm/Object/ELFObjectFile.h>
#include <llvm/Transforms/Utils/Cloning.h>

#include "codegen/emit_object.h"
#include "codegen/listing.h"
#include "codegen/llvm_error.h"
#include "codegen/native_parts.h"
#include "frontend/support/text.h"
#include "frontend/verifier/verifier.h"

namespace weir {

namespace {

// Passes whose remarks say why code is as it is. The others speak of what nobody can change (frame
// layout, prologues) or of every instruction (asm-printer).
constexpr llvm::StringLiteral kTellingPasses[] = {
    "inline",         "licm",           "gvn",           "loop-vectorize",
    "slp-vectorizer", "loop-unroll",    "loop-idiom",    "dse",
    "loop-delete",    "tailcallelim",   "loop-unswitch", "loop-distribute",
    "memcpyopt",      "regalloc",       "early-cse",     "sroa",
    "simplifycfg",    "jump-threading", "loop-rotate",   "transform-warning"};

class RemarkCollector final : public llvm::DiagnosticHandler {
 public:
  explicit RemarkCollector(CodeReport& report) : report_(report) {}

  bool isAnalysisRemarkEnabled(llvm::StringRef pass) const override { return tells(pass); }
  bool isMissedOptRemarkEnabled(llvm::StringRef pass) const override { return tells(pass); }
  bool isPassedOptRemarkEnabled(llvm::StringRef pass) const override { return tells(pass); }
  bool isAnyRemarkEnabled() const override { return true; }

  bool handleDiagnostics(const llvm::DiagnosticInfo& info) override {
    if (!llvm::isa<llvm::DiagnosticInfoOptimizationBase>(info)) return true;
    const auto& remark = llvm::cast<llvm::DiagnosticInfoOptimizationBase>(info);
    if (!tells(remark.getPassName())) return true;
    // Of the allocator's only what costs memory accesses.
    if (remark.getPassName() == "regalloc" && remark.getMsg().find("spill") == std::string::npos &&
        remark.getMsg().find("reload") == std::string::npos) {
      return true;
    }
    const bool of_function = remark.getRemarkName() == "SpillReloadCopies";
    if (of_function) {
      for (const auto& argument : remark.getArgs()) {
        uint32_t number = 0;
        if (llvm::StringRef(argument.Val).getAsInteger(10, number)) continue;
        if (argument.Key == "NumSpills" || argument.Key == "NumFoldedSpills")
          report_.spills += number;
        if (argument.Key == "NumReloads" || argument.Key == "NumFoldedReloads")
          report_.reloads += number;
      }
    }
    Remark out;
    out.kind = remark.isPassed()   ? Remark::Kind::kPassed
               : remark.isMissed() ? Remark::Kind::kMissed
                                   : Remark::Kind::kAnalysis;
    out.pass = remark.getPassName().str();
    out.name = remark.getRemarkName().str();
    out.text = remark.getMsg();
    if (const auto place = remark.getLocation(); place.isValid()) {
      out.insn = insn_of_line(place.getLine());
    }
    const bool again = std::ranges::any_of(report_.remarks, [&](const Remark& other) {
      return other.pass == out.pass && other.text == out.text && other.insn == out.insn;
    });
    if (!again) report_.remarks.push_back(std::move(out));
    return true;
  }

 private:
  static bool tells(llvm::StringRef pass) { return llvm::is_contained(kTellingPasses, pass); }
  CodeReport& report_;
};

// Jumps to where a run ends because an access is not allowed, each with its instruction.
void find_guards(const llvm::Module& module, CodeReport& report) {
  for (const llvm::Function& function : module) {
    for (const llvm::BasicBlock& block : function) {
      if (!block.getName().starts_with("trap.access")) continue;
      for (const llvm::BasicBlock* from : llvm::predecessors(&block)) {
        if (from->getName().starts_with("trap.")) continue;
        const llvm::DebugLoc& place = from->getTerminator()->getDebugLoc();
        if (const auto insn = place ? insn_of_line(place.getLine()) : std::nullopt) {
          report.guards_left.push_back(*insn);
        }
      }
    }
  }
  std::ranges::sort(report.guards_left);
}

class Reporter final : public EmitObserver {
 public:
  explicit Reporter(CodeReport& report) : report_(report) {}
  void begins(llvm::LLVMContext& context) override {
    context.setDiagnosticHandler(std::make_unique<RemarkCollector>(report_));
  }
  void optimized(const llvm::Module& module) override {
    find_guards(module, report_);
    const std::unique_ptr<llvm::Module> copy = llvm::CloneModule(module);
    report_.ir = list_module(*copy);
  }

 private:
  CodeReport& report_;
};

}  // namespace

Result<CodeReport> report_code(const VerifiedProgram& program) {
  CompileOptions options = program.options();
  options.debug_info = DebugInfo::kInstructions;
  WEIR_TRY(const VerifiedProgram marked, verify(program.source(), options));
  CodeReport out;
  Reporter reporter(out);
  WEIR_TRY(const NativeParts parts, native_parts(std::span(&marked, 1), &reporter));
  out.code.assign(parts.text.begin(), parts.text.begin() + parts.manifest.code_size);
  WEIR_TRY(out.machine, list_machine_code(parts, options.cpu.arch));
  WEIR_TRY(out.object, write_native_object(parts));
  return out;
}

Result<ElfFunction> read_elf_function(ByteSpan elf, const std::string& symbol) {
  const llvm::MemoryBufferRef buffer(
      llvm::StringRef(reinterpret_cast<const char*>(elf.data()), elf.size()), "native code");
  auto file = llvm::object::ObjectFile::createELFObjectFile(buffer);
  if (!file) return from_llvm(file.takeError(), "reading an ELF file");
  const auto& object = llvm::cast<llvm::object::ELFObjectFileBase>(**file);
  for (const llvm::object::ELFSymbolRef& found : object.symbols()) {
    auto name = found.getName();
    if (!name) {
      llvm::consumeError(name.takeError());
      continue;
    }
    if (*name != symbol || found.getSize() == 0) continue;
    auto address = found.getAddress();
    auto section = found.getSection();
    if (!address || !section || *section == object.section_end()) {
      if (!address) llvm::consumeError(address.takeError());
      if (!section) llvm::consumeError(section.takeError());
      continue;
    }
    auto contents = (*section)->getContents();
    if (!contents) return from_llvm(contents.takeError(), "reading an ELF section");
    const uint64_t offset = *address - (*section)->getAddress();
    if (offset > contents->size() || found.getSize() > contents->size() - offset) break;
    ElfFunction out;
    const llvm::StringRef code = contents->substr(offset, found.getSize());
    out.code.assign(code.bytes_begin(), code.bytes_end());
    const auto dwarf = llvm::DWARFContext::create(object);
    for (const auto& [at, info] : dwarf->getLineInfoForAddressRange(
             {*address, (*section)->getIndex()}, found.getSize(),
             {llvm::DILineInfoSpecifier::FileLineInfoKind::AbsoluteFilePath})) {
      const auto from = static_cast<uint32_t>(at - *address);
      if (!out.lines.empty() && out.lines.back().at == from) out.lines.pop_back();
      out.lines.push_back({from, info.FileName, info.Line});
    }
    return out;
  }
  return Error(ErrorCode::kNotFound,
               "there is no function '" + printable(symbol) + "' in the native code");
}

}  // namespace weir
