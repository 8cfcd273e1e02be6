// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The same C compiled for the host by clang -O2 once more: a copy of the reference at another
// place in memory. How far it is from 1.00 is how far chance and this harness reach.
#define WEIR_BENCH_NATIVE(name) native_again_##name
#include "bench/contenders/native.h"

namespace weir::bench {

Contender native_again() {
  return {"native-again", "clang -O2\nagain", "a second copy of the reference", prepare};
}

}  // namespace weir::bench
