// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The native object: an ELF64 relocatable file (ET_REL) of the target in which nothing is left to
// resolve. codegen writes it, runtime/native reads it, tools like objdump, gdb and ld understand
// it.
//
//   .text            code of all programs, then the constants it reads (reached relative to the
//                    instruction pointer); no relocations
//   .weir.manifest   the Manifest below, in the encoding of artifact.cpp
//   .weir.program.N  program N as program_to_bytes() gives it: for the interpreter and for messages
//   .debug_*         optional DWARF; offsets are relative to the start of .text
//   .symtab          one global function symbol for each entry point, in the order of the manifest
//
// Reading is strict: a file that is not laid out exactly as the writer does it is refused.
// artifact_writer.h writes the file, object_layout.h says how each section looks, and
// runtime/native reads it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "frontend/isa/program.h"
#include "frontend/support/bytes.h"
#include "frontend/support/result.h"
#include "runtime/abi/compile_options.h"

namespace weir {

inline constexpr std::string_view kTextSection = ".text";
inline constexpr std::string_view kManifestSection = ".weir.manifest";
inline constexpr std::string_view kProgramSectionPrefix = ".weir.program.";
inline constexpr uint32_t kManifestMagic = 0x72696577;  // "weir"
inline constexpr uint32_t kTextAlignment = 64;
inline constexpr uint32_t kEntryAlignment = 16;

// Of the analysis (frontend/verifier): counts up when it accepts what it rejected before, or proves
// what it did not. A host can insist on a version (cache/host_policy.h).
inline constexpr uint32_t kAnalysisVersion = 1;

// Limits; each is tested at the limit and one past it.
inline constexpr size_t kMaxNativeBytes = 256u << 20;
inline constexpr size_t kMaxNativePrograms = 4096;
inline constexpr size_t kMaxManifestBytes = 4u << 20;
inline constexpr size_t kMaxNativeSections = 16'384;
inline constexpr size_t kMaxManifestName = 4096;  // of a program and of its section
inline constexpr size_t kMaxCompilerName = 256;

struct ManifestProgram {
  std::string name;     // as in the source object; raw bytes
  std::string section;  // likewise
  std::string symbol;   // of the entry point in .symtab; a C identifier
  ContextKind context = ContextKind::kMemory;
  HelperSet helpers = HelperSet::kNone;
  uint32_t entry = 0;     // offset of the entry point in .text; a multiple of 16, inside the code
  uint32_t accesses = 0;  // loads and stores, and how many of them are proven
  uint32_t proven = 0;
  std::optional<RunConfig> run_config;
  friend bool operator==(const ManifestProgram&, const ManifestProgram&) = default;
};

struct Manifest {
  uint32_t abi = 0;  // kAbiVersion of the writer
  CpuSpec cpu;       // what the code needs
  Policy policy = Policy::kGuard;
  uint8_t opt_level = 0;
  uint32_t analysis = kAnalysisVersion;   // that accepted the programs under `policy`
  std::string compiler;                   // "weir 0.1.0, LLVM 19.1.7"; printable ASCII
  uint32_t code_size = 0;                 // bytes of .text that are code; the rest is constants
  std::vector<ManifestProgram> programs;  // at least one; no two with the same symbol
  friend bool operator==(const Manifest&, const Manifest&) = default;
};

std::vector<uint8_t> manifest_to_bytes(const Manifest& manifest);
// Takes bytes that nobody has checked. Another ABI than kAbiVersion is refused at once
// (kObjectAbi), because nothing is known of what follows it. Every accepted byte string is what
// manifest_to_bytes() gives for the result.
Result<Manifest> manifest_from_bytes(ByteSpan bytes);

}  // namespace weir
