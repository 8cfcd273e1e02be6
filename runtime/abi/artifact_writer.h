// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Writes native objects: the other half of what runtime/native reads. Used by codegen.
#pragma once

#include <string>
#include <vector>

#include "frontend/support/result.h"
#include "runtime/abi/artifact.h"

namespace weir {

struct NativeParts {
  // .text: manifest.code_size bytes of code, then constants.
  std::vector<uint8_t> text;
  // Says architecture, code size and entry points.
  Manifest manifest;
  // program_to_bytes() of manifest.programs[i].
  std::vector<std::vector<uint8_t>> programs;

  // DWARF without relocations; names start with ".debug_".
  struct DebugSection {
    std::string name;
    std::vector<uint8_t> bytes;
  };
  std::vector<DebugSection> debug_sections;

  // Functions in .text. The global ones are the entry points, one for each program of the manifest
  // in any order: its symbol, at its entry. Subprograms are local.
  struct FunctionSymbol {
    std::string name;     // no zero bytes
    uint32_t offset = 0;  // in .text
    uint32_t size = 0;    // in bytes; the function ends inside the code
    bool global = false;
  };
  std::vector<FunctionSymbol> symbols;
};

// An ET_REL file as artifact.h describes it. The same parts give the same bytes.
// NativeObject::parse accepts whatever this returns: parts that contradict each other or go beyond
// a limit are an error (kInternal, kLimit), and never an object that cannot be loaded.
Result<std::vector<uint8_t>> write_native_object(const NativeParts& parts);

}  // namespace weir
