// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "bench/loaders/loader.h"

#include <ctime>

namespace weir::bench {

double now_ns() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_nsec);
}

uint64_t run_once(EntryFn entry, Packet packet) {
  ExecContext context;
  const uint64_t result = entry(&context, packet.data, packet.size);
  return context.trap_code == TrapCode::kNone ? result : ~uint64_t{0};
}

}  // namespace weir::bench
