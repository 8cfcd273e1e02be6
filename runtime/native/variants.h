// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Several native objects of the same programs in one file, for several CPUs. The file is an archive
// as ar writes it, so that `ar t`, `ar x` and llvm-objdump understand it:
//
//     !<arch>\n
//     60 bytes: name[16] time[12] owner[6] group[6] mode[8] size[10] '`' '\n'     for each object
//     the object, and a '\n' if its size is odd
//
// Written with times and owners of 0, so that the same objects give the same bytes. Read strictly,
// like the objects themselves: the file may come from anywhere.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "frontend/support/bytes.h"
#include "frontend/support/result.h"
#include "runtime/abi/cpu.h"

namespace weir {

inline constexpr size_t kMaxVariants = 16;

bool is_variant_file(ByteSpan bytes);

struct Variant {
  CpuSpec cpu;
  ByteSpan object;  // in the file
};
// What is in a file, in its order. Errors: ObjectMalformed, ObjectTruncated, Limit, and those of
// NativeObject::parse. Two objects for one CPU, or objects of different programs, are no variants.
Result<std::vector<Variant>> read_variants(ByteSpan file);

// At least one object, each for another CPU. Errors: those of read_variants().
Result<std::vector<uint8_t>> write_variants(std::span<const std::vector<uint8_t>> objects);

// The object that suits a machine best: of those that it can run, the one that uses most of it. If
// it can run none, the one that asks for least: its bytecode can still be interpreted, and the
// loader says what is missing. A file that is no archive is its own only variant.
Result<std::vector<uint8_t>> choose_variant(std::vector<uint8_t> file, const CpuSpec& have);

}  // namespace weir
