// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// cpu: v3
//
// bpf_loop: the sum of the packet's bytes, read a byte at a time through xdp_load_bytes, until a zero; and a
// loop in a loop that counts.
#include "net.h"

MAP(ARRAY, results, 4, __u32, __u64);

struct sum {
  struct xdp_md* xdp;
  __u32 from;
  __u64 sum;
};

static long add_byte(__u64 index, void* context) {
  struct sum* sum = context;
  __u8 byte = 0;
  if (bpf_xdp_load_bytes(sum->xdp, sum->from + (__u32)index, &byte, 1)) return 1;
  sum->sum = sum->sum * 31 + byte;
  return byte == 0;
}

struct counts {
  __u32 rows, cells;
};
static long cell(__u64 index, void* context) {
  struct counts* counts = context;
  counts->cells += 1 + (index & 1);
  return index >= 6;
}
static long row(__u64 index, void* context) {
  struct counts* counts = context;
  counts->rows++;
  bpf_loop(index + 3, cell, counts, 0);
  return 0;
}

static void put(__u32 key, __u64 value) {
  bpf_map_update_elem(&results, &key, &value, BPF_ANY);
}

SEC("xdp")
int loop_checksum(struct xdp_md* ctx) {
  struct sum sum = {.xdp = ctx, .from = 12};
  const long rounds = bpf_loop(64, add_byte, &sum, 0);
  put(0, sum.sum);
  put(1, rounds);
  struct counts counts = {};
  const __u32 length = ctx->data_end - ctx->data;
  bpf_loop(length & 15, row, &counts, 0);
  put(2, ((__u64)counts.rows << 32) | counts.cells);
  // Where the kernel inlines bpf_loop, its -E2BIG has 32 bits.
  put(3, (int)bpf_loop((1 << 23) + 1, cell, &counts, 0) + bpf_loop(5, cell, &counts, 1));
  return rounds & 1 ? XDP_PASS : XDP_DROP;
}
