// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Random classic filters, by seed.
#pragma once

#include <cstdint>
#include <vector>

#include "frontend/isa/cbpf.h"

namespace weir::test {

struct ClassicTraits {
  // Only what libpcap's interpreter does as the kernel does: libpcap gives 0 for a shift by 32 or
  // more, which the kernel masks, and knows no ancillary data.
  bool portable = true;
  // Something may be against the rules.
  bool nearly = false;
};
// What check_classic() takes, but for `nearly`. Packets of up to 64 bytes get far into it.
std::vector<ClassicInsn> generate_classic(uint64_t seed, const ClassicTraits& traits);

}  // namespace weir::test
