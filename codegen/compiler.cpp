// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The compiler as one page: verified programs become LLVM IR, the IR is optimised for the target,
// LLVM writes an ELF file, and that is linked to a native object.
#include "codegen/compiler.h"

#include <algorithm>

#include "codegen/emit_object.h"
#include "codegen/link_object.h"
#include "codegen/native_parts.h"
#include "frontend/isa/program_bytes.h"
#include "runtime/abi/artifact_writer.h"
#include "runtime/abi/compile_key.h"

namespace weir {

namespace {

// What travels beside the code: who made it, for what, and the bytecode for the interpreter.
Status describe(std::span<const VerifiedProgram> programs, std::span<const std::string> symbols,
                NativeParts& parts) {
  const CompileOptions& options = programs.front().options();
  Manifest& manifest = parts.manifest;
  manifest.abi = kAbiVersion;
  manifest.cpu = options.cpu;
  manifest.policy = options.policy;
  manifest.opt_level = options.opt_level;
  manifest.compiler = compiler_identity();
  for (size_t i = 0; i < programs.size(); ++i) {
    const VerifiedProgram& verified = programs[i];
    auto symbol = std::find_if(parts.symbols.begin(), parts.symbols.end(),
                               [&](const auto& s) { return s.name == symbols[i]; });
    if (symbol == parts.symbols.end())
      return Error(ErrorCode::kInternal, "entry point was not emitted");
    manifest.programs.push_back({.name = verified.program().name,
                                 .section = verified.program().section,
                                 .symbol = symbols[i],
                                 .context = verified.options().context,
                                 .helpers = verified.options().helpers,
                                 .entry = symbol->offset,
                                 .accesses = verified.facts().accesses,
                                 .proven = verified.facts().proven,
                                 .run_config = verified.source().run_config});
    parts.programs.push_back(program_to_bytes(verified.source()));
  }
  return {};
}

}  // namespace

Result<NativeParts> native_parts(std::span<const VerifiedProgram> programs,
                                 EmitObserver* observer) {
  WEIR_TRY(EmittedObject emitted, emit_object(programs, observer));
  // From here the code is frozen; what follows moves and describes it.
  const auto* bytes = reinterpret_cast<const uint8_t*>(emitted.elf.data());
  WEIR_TRY(NativeParts parts, link_object(ByteSpan(bytes, emitted.elf.size()), emitted.symbols));
  WEIR_CHECK(describe(programs, emitted.symbols, parts));
  return parts;
}

Result<std::vector<uint8_t>> compile_object(std::span<const VerifiedProgram> programs) {
  WEIR_TRY(const NativeParts parts, native_parts(programs, nullptr));
  return write_native_object(parts);
}

}  // namespace weir
