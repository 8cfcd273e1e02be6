// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "bench/maps/lookup.h"

struct {
  __uint(type, MAP_TYPE);
  __uint(max_entries, kEntries);
  __uint(map_flags, MAP_FLAGS);
  __type(key, struct key);
  __type(value, __u64);
} table SEC(".maps");

#define MAP_LOOKUP(key) bpf_map_lookup_elem(&table, key)

SEC("xdp")
int lookup(struct xdp_md* ctx) {
  (void)ctx;
  __u64 sum = 0;
  RUN_LOOKUPS(sum);
  return (int)(sum & 0x7fffffff);
}

char _license[] SEC("license") = "GPL";
