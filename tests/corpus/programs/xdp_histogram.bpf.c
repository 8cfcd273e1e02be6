// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A histogram of lengths by powers of two, and sum, minimum and maximum in global data.
#include "net.h"

MAP(PERCPU_ARRAY, buckets, 16, __u32, __u32);
__u64 total;
__u32 smallest = ~0u, largest;

NOINLINE __u32 log2_of(__u32 n) {
  __u32 result = 0;
  if (n >> 8) n >>= 8, result += 8;
  if (n >> 4) n >>= 4, result += 4;
  if (n >> 2) n >>= 2, result += 2;
  return result + (n >> 1);
}

SEC("xdp")
int histogram(struct xdp_md* ctx) {
  const __u32 length = ctx->data_end - ctx->data;
  __u32 slot = log2_of(length) & 15;
  __u32* n = bpf_map_lookup_elem(&buckets, &slot);
  if (n) ++*n;
  total += length;
  if (length < smallest) smallest = length;
  if (length > largest) largest = length;
  return XDP_PASS;
}
