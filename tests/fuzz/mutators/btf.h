// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Mutations of BTF and .BTF.ext that know their records: kinds, type ids, sizes, name offsets and
// the lengths of the header change, one at a time, so that the rest still parses.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tests/fuzz/mutators/random.h"

namespace weir::fuzz {

// In place, the size stays.
void mutate_btf(uint8_t* btf, size_t size, Random& random);
void mutate_btf_ext(uint8_t* ext, size_t size, Random& random);

}  // namespace weir::fuzz
