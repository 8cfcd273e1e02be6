// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "bench/contenders/contender.h"

namespace weir::bench {

std::vector<Contender> all_contenders() {
  std::vector<Contender> all = {native_again(), native_o3()};
  for (Contender& contender : weir_aot()) all.push_back(std::move(contender));
  all.push_back(weir_jit());
  all.push_back(weir_interpreter());
  all.push_back(kernel_jit());
  all.push_back(dpdk());
  return all;
}

}  // namespace weir::bench
