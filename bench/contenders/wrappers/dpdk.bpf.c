// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A program of programs.def that takes bytes, made one for librte_bpf, which hands over one pointer:
// here to the packet's length and bytes. The source of the program is included as it is
// (BENCH_SOURCE). With BENCH_LENGTH the length is that constant, so that clang can unroll the loops:
// librte_bpf takes none.
#include "packet.h"
#undef SEC
#define SEC(name) __attribute__((unused))
static __attribute__((always_inline)) u64 BENCH_FUNCTION(void* data, u64 len);
#include BENCH_SOURCE

#include "dpdk_input.h"

__attribute__((section("dpdk"), used)) u64 run_one(struct dpdk_input* input) {
#ifdef BENCH_LENGTH
  return BENCH_FUNCTION(input->bytes, BENCH_LENGTH);
#else
  const u64 size = input->size;
  if (size > kDpdkPacketSize) return 0;
  return BENCH_FUNCTION(input->bytes, size);
#endif
}
