// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Counts per CPU, without atomics.
#include "net.h"

MAP(PERCPU_ARRAY, seen, 4, __u32, __u64);

SEC("xdp")
int percpu_count(struct xdp_md* ctx) {
  struct cursor c = CURSOR(ctx);
  const __u16 type = ether_type(&c);
  __u32 slot = type == 0 ? 0 : type == ETH_P_IP ? 1 : type == ETH_P_IPV6 ? 2 : 3;
  __u64* n = bpf_map_lookup_elem(&seen, &slot);
  if (n) *n += 1;
  return XDP_PASS;
}
