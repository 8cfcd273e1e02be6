// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Maps that hold programs and maps from the start; build with -g.
#include "common.h"

struct inner {
  __uint(type, 2);  // BPF_MAP_TYPE_ARRAY
  __uint(max_entries, 16);
  __uint(map_flags, 0x1000);  // BPF_F_INNER_MAP
  __type(key, u32);
  __type(value, u32);
};

struct inner first SEC(".maps");
static struct inner second SEC(".maps");

struct {
  __uint(type, 13);  // BPF_MAP_TYPE_HASH_OF_MAPS
  __uint(max_entries, 8);
  __type(key, u32);
  __array(values, struct inner);
} outer SEC(".maps") = {
    .values = {[1] = (void *)&second, [4] = (void *)&first},
};

int first_step(void *ctx);
int last_step(void *ctx);

struct {
  __uint(type, 3);  // BPF_MAP_TYPE_PROG_ARRAY
  __uint(max_entries, 4);
  __uint(key_size, 4);
  __array(values, int(void *));
} steps SEC(".maps") = {
    .values = {[3] = (void *)&last_step, [0] = (void *)&first_step},
};

struct bpf_spin_lock {
  u32 val;
};
struct value {
  u64 count;
  struct bpf_spin_lock lock;
};

struct {
  __uint(type, 1);
  __uint(max_entries, 4);
  __uint(map_flags, 4);  // BPF_F_NUMA_NODE
  __uint(numa_node, 1);
  __type(key, u32);
  __type(value, struct value);
} locked SEC(".maps");

SEC("xdp")
int use_outer(void *ctx) {
  u32 key = 1;
  return bpf_map_lookup_elem(&outer, &key) != 0;
}

SEC("xdp")
int use_steps(void *ctx) {
  u32 key = 0;
  return bpf_map_lookup_elem(&steps, &key) != 0;
}

SEC("xdp")
int use_locked(void *ctx) {
  u32 key = 0;
  return bpf_map_lookup_elem(&locked, &key) != 0;
}

SEC("xdp")
int first_step(void *ctx) {
  return 1;
}

SEC("xdp")
int last_step(void *ctx) {
  return 2;
}
