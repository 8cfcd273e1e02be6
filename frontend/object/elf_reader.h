// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include "frontend/object/object_file.h"
#include "frontend/support/bytes.h"

namespace weir {

// Reads an eBPF ELF file (ET_REL, EM_BPF, little-endian) as clang 14 to 19 and old LLVMs write it.
// `path` is used in messages only. The bytes are not kept. Bad line information or BTF that only
// serves messages is dropped, not refused; `warnings` (may be null) says so, a sentence each.
// A file without a program is read all the same: ObjectFile::find_program() tells.
Result<ObjectFile> read_elf(ByteSpan bytes, std::string path,
                            std::vector<std::string>* warnings = nullptr);

// The whole file, at most kMaxObjectBytes; regular files only.
Result<std::vector<uint8_t>> read_object_bytes(const std::string& path);

}  // namespace weir
