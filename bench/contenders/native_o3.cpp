// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The same C compiled for the host by clang -O3 -march=native: what the host can do at best.
#define WEIR_BENCH_NATIVE(name) native_o3_##name
#include "bench/contenders/native.h"

namespace weir::bench {

Contender native_o3() {
  return {"native-o3", "clang -O3\nnative", "clang " WEIR_BENCH_NATIVE_O3_FLAGS ", maps by calls",
          prepare};
}

}  // namespace weir::bench
