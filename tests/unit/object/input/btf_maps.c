// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// BTF-defined maps of several kinds; build with -g.
#include "common.h"

struct key {
  u32 address;
  u16 port;
};

struct {
  __uint(type, 1);  // BPF_MAP_TYPE_HASH
  __uint(max_entries, 1024);
  __type(key, struct key);
  __type(value, u64);
  __uint(map_flags, 1);
  __uint(pinning, 1);
} flows SEC(".maps");

// Static: clang reaches it through the section's symbol and an offset.
static struct {
  __uint(type, 2);  // BPF_MAP_TYPE_ARRAY
  __uint(max_entries, 4);
  __uint(key_size, 4);
  __uint(value_size, 8);
} counts SEC(".maps");

struct inner {
  __uint(type, 2);
  __uint(max_entries, 16);
  __type(key, u32);
  __type(value, u32);
};

struct inner first_inner SEC(".maps");

struct {
  __uint(type, 12);  // BPF_MAP_TYPE_ARRAY_OF_MAPS
  __uint(max_entries, 2);
  __type(key, u32);
  __array(values, struct inner);
} outer SEC(".maps") = {
    .values = {(void *)&first_inner},
};

struct {
  __uint(type, 30);  // BPF_MAP_TYPE_BLOOM_FILTER
  __uint(max_entries, 100);
  __type(value, u32);
  __uint(map_extra, 3);
} seen SEC(".maps");

struct {
  __uint(type, 27);  // BPF_MAP_TYPE_RINGBUF
  __uint(max_entries, 4096);
} events SEC(".maps");

SEC("xdp")
int use(void *ctx) {
  u32 index = 1;
  struct key key = {1, 2};
  u64 *count = bpf_map_lookup_elem(&counts, &index);
  u64 *flow = bpf_map_lookup_elem(&flows, &key);
  u64 *again = bpf_map_lookup_elem(&counts, &index);
  return (count && flow) + (again != 0);
}

SEC("xdp")
int unrelated(void *ctx) {
  return 2;
}
