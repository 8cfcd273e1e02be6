// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// .BTF.ext: which source line each instruction comes from, and which instructions depend on the
// layout of the target's types. Internal to frontend/object.
#pragma once

#include "frontend/object/btf.h"
#include "frontend/object/object_file.h"

namespace weir {

// Fills object.lines and object.source_files. Lines are for messages only: an error means that the
// section is damaged, and the object then has no lines at all; single records that make no sense,
// or are too many, are left out, and `left_out` says how many.
Status read_lines(ByteSpan btf_ext, const Btf& btf, ObjectFile& object, size_t& left_out);

// Whether there are CO-RE relocations, as far as a header that may be damaged says so.
bool has_core_relocations(ByteSpan btf_ext);

// Fills object.core_relocations. They are part of the program's meaning: what makes no sense is an
// error.
Status read_core_relocations(ByteSpan btf_ext, const Btf& btf, ObjectFile& object);

}  // namespace weir
