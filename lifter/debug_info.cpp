// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lifter/debug_info.h"

#include "frontend/support/text.h"

namespace weir::lifter {

namespace {

// Names in the object come from an ELF file: only printable text goes into DWARF.
std::string safe(std::string_view text) {
  return printable(text, 4096);
}

}  // namespace

std::unique_ptr<DebugInfoWriter> DebugInfoWriter::make(llvm::Module& module,
                                                       const VerifiedProgram& verified) {
  const DebugInfo wanted = verified.options().debug_info;
  if (wanted == DebugInfo::kNone) return nullptr;
  if (wanted == DebugInfo::kSource && verified.program().lines.empty()) return nullptr;
  return std::unique_ptr<DebugInfoWriter>(new DebugInfoWriter(module, verified));
}

DebugInfoWriter::DebugInfoWriter(llvm::Module& module, const VerifiedProgram& verified)
    : verified_(verified), builder_(module) {
  const Program& program = verified.program();
  files_.resize(program.source_files.size());
  unit_file_ = program.source_files.empty()
                   ? builder_.createFile(safe(program.name) + ".s", ".")
                   : file(program.lines.empty() ? 0 : program.lines.front().file);
  builder_.createCompileUnit(llvm::dwarf::DW_LANG_C, unit_file_, "weir", true, "", 0, "",
                             llvm::DICompileUnit::DebugEmissionKind::LineTablesOnly);
  if (module.getModuleFlag("Dwarf Version") != nullptr) return;  // by another program of the module
  module.addModuleFlag(llvm::Module::Warning, "Debug Info Version", llvm::DEBUG_METADATA_VERSION);
  module.addModuleFlag(llvm::Module::Warning, "Dwarf Version", 4);
}

llvm::DIFile* DebugInfoWriter::file(uint32_t index) {
  llvm::DIFile*& entry = files_[index];
  if (!entry) {
    const std::string path = safe(verified_.program().source_files[index]);
    const size_t slash = path.rfind('/');
    entry =
        slash == std::string::npos
            ? builder_.createFile(path, ".")
            : builder_.createFile(path.substr(slash + 1), slash == 0 ? "/" : path.substr(0, slash));
  }
  return entry;
}

void DebugInfoWriter::begin_function(llvm::Function* function, uint32_t subprogram) {
  const Program& program = verified_.program();
  const Subprogram& sub = program.subprograms[subprogram];
  const LineInfo* line = program.line_of(sub.first);
  const unsigned number = verified_.options().debug_info == DebugInfo::kInstructions ? sub.first + 1
                          : line                                                     ? line->line
                                                                                     : 0;
  auto* type = builder_.createSubroutineType(builder_.getOrCreateTypeArray({}));
  llvm::DIFile* in = line ? file(line->file) : unit_file_;
  scope_ =
      builder_.createFunction(in, safe(sub.name), function->getName(), in, number, type, number,
                              llvm::DINode::FlagZero, llvm::DISubprogram::SPFlagDefinition);
  function->setSubprogram(scope_);
}

llvm::DebugLoc DebugInfoWriter::location(uint32_t insn) const {
  llvm::LLVMContext& context = scope_->getContext();
  if (verified_.options().debug_info == DebugInfo::kInstructions) {
    return llvm::DILocation::get(context, insn + 1, 0, scope_);
  }
  const LineInfo* line = verified_.program().line_of(insn);
  return line ? llvm::DILocation::get(context, line->line, line->column, scope_)
              : llvm::DILocation::get(context, 0, 0, scope_);
}

void DebugInfoWriter::finish() {
  builder_.finalize();
}

}  // namespace weir::lifter
