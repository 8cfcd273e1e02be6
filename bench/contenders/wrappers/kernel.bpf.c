// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A program of programs.def that takes bytes, made one that the kernel runs: an XDP program that
// calls it for each packet of a list, so that one run of it is a whole batch. The source of the
// program is included as it is (BENCH_SOURCE), and BENCH_FUNCTION stays a function of its own, which
// the kernel's JIT compiles as one.
//
// With BENCH_LENGTH the length is that constant: for programs whose loops the kernel's verifier can
// follow only so. All packets must have it.
#include <linux/bpf.h>

#include "packet.h"
#undef SEC
#include <bpf/bpf_helpers.h>
#undef SEC
#define SEC(name) __attribute__((unused))
static __attribute__((noinline)) u64 BENCH_FUNCTION(void* data, u64 len);
#include BENCH_SOURCE
#undef SEC
#define SEC(name) __attribute__((section(name), used))

#include "kernel_run.h"

u8 packets[kKernelPacketBytes + kKernelSlack] SEC(".bss.packets");
struct kernel_runs runs SEC(".bss.runs");

static long run_one(u32 index, u64* sum) {
  if (index >= kKernelRuns) return 1;
  const u32 offset = runs.places[index].offset;
  u64 size = runs.places[index].size;
#ifdef BENCH_LENGTH
  if (size != BENCH_LENGTH) return 1;
  size = BENCH_LENGTH;
#endif
  if (offset > kKernelPacketBytes || size > kKernelPacketSize) return 1;
  *sum += BENCH_FUNCTION(packets + offset, size);
  return 0;
}

SEC("xdp")
int run_batch(struct xdp_md* ctx) {
  (void)ctx;
  u64 sum = 0;
  const long done = bpf_loop(runs.count, run_one, &sum, 0);
  runs.done = (u32)done;
  runs.sum = sum;
  return XDP_PASS;
}

char wrapper_license[] SEC("license") = "GPL";
