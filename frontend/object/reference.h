// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What an instruction of a BPF object refers to: a function, a map, something extern. Internal to
// frontend/object; the rules are in reference.cpp.
#pragma once

#include <map>
#include <string>

#include "frontend/isa/instruction.h"
#include "frontend/object/object_file.h"

namespace weir {

struct Reference {
  enum class Kind : uint8_t {
    kNone,      // nothing to resolve
    kFunction,  // index into ObjectFile::functions
    kMap,       // index into ObjectFile::maps
    kData,      // index into ObjectFile::sections, and the offset in it
    kKconfig,   // index into ObjectFile::externs, and an offset in that variable
    kNull,      // a weak symbol that nothing defines: its address is 0
    kKfunc,     // a function that no section defines, by name
    kPoison,    // a weak function that nothing defines: must not be reached; name says why
  };
  Kind kind = Kind::kNone;
  uint32_t index = 0;
  std::string name;
  uint32_t offset = 0;
};

class ReferenceResolver {
 public:
  // Keeps a reference to `object`.
  explicit ReferenceResolver(const ObjectFile& object);

  // What the instruction at byte `offset` of a program section refers to. `insn` is its first slot,
  // `high` the immediate of its second one, zero if it has none. Errors have no place but the
  // section.
  Result<Reference> resolve(uint32_t section, uint32_t offset, const RawInsn& insn,
                            int32_t high) const;

 private:
  Result<Reference> relocated(const Relocation& relocation, const RawInsn& insn,
                              int32_t high) const;
  Result<Reference> unrelocated(uint32_t section, uint32_t offset, const RawInsn& insn) const;
  // `verb` is "calls" or "takes the address of".
  Result<Reference> function(uint32_t section, int64_t offset, const char* verb) const;
  Result<Reference> map(uint32_t section, uint64_t offset, const Symbol& symbol) const;
  Result<Reference> data(uint32_t section, uint64_t offset, const Symbol& symbol) const;
  // A symbol that no section defines, called or its address taken.
  Result<Reference> undefined(uint32_t symbol, bool call, const RawInsn& insn,
                              uint64_t addend) const;

  const ObjectFile& object_;
  std::map<std::pair<uint32_t, uint64_t>, uint32_t> map_at_;  // by section and offset
};

}  // namespace weir
