// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The same C compiled for the host by clang -O2: the reference of every ratio.
#define WEIR_BENCH_NATIVE(name) native_o2_##name
#include "bench/contenders/native.h"

namespace weir::bench {

Contender native_o2() {
  return {"native-o2", "clang\n-O2", "clang " WEIR_BENCH_NATIVE_O2_FLAGS ", maps by calls",
          prepare};
}

}  // namespace weir::bench
