// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Programs for the scenarios: one with a map of nearly each kind, global data, a subprogram, a loop
// and a tail call; one that traps; one that strict refuses; one that takes a while.
#include <linux/bpf.h>

#define SEC(name) __attribute__((section(name), used))
#define __uint(name, value) int(*name)[value]
#define __type(name, value) typeof(value)* name
#define __array(name, value) typeof(value)* name[]

static void* (*lookup)(void* map, const void* key) = (void*)BPF_FUNC_map_lookup_elem;
static long (*update)(void* map, const void* key, const void* value,
                      __u64 flags) = (void*)BPF_FUNC_map_update_elem;
static long (*delete)(void* map, const void* key) = (void*)BPF_FUNC_map_delete_elem;
static long (*push)(void* map, const void* value, __u64 flags) = (void*)BPF_FUNC_map_push_elem;
static long (*output)(void* ring, void* data, __u64 size, __u64 flags) = (void*)BPF_FUNC_ringbuf_output;
static long (*tail_call)(void* ctx, void* map, __u32 index) = (void*)BPF_FUNC_tail_call;

#define MAP(name, kind, key_type, value_type, count, map_flag) \
  struct {                                                     \
    __uint(type, kind);                                        \
    __uint(max_entries, count);                                \
    __type(key, key_type);                                     \
    __type(value, value_type);                                 \
    __uint(map_flags, map_flag);                               \
  } name SEC(".maps")
MAP(counts, BPF_MAP_TYPE_ARRAY, __u32, __u64, 4, 0);
MAP(per_cpu, BPF_MAP_TYPE_PERCPU_ARRAY, __u32, __u64, 4, 0);
MAP(flows, BPF_MAP_TYPE_HASH, __u32, __u64, 64, 0);
MAP(recent, BPF_MAP_TYPE_LRU_HASH, __u32, __u64, 16, 0);
struct prefix {
  __u32 bits;
  __u32 address;
};
MAP(routes, BPF_MAP_TYPE_LPM_TRIE, struct prefix, __u64, 16, BPF_F_NO_PREALLOC);
struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 4096);
} events SEC(".maps");
struct {
  __uint(type, BPF_MAP_TYPE_QUEUE);
  __uint(max_entries, 8);
  __type(value, __u64);
} queue SEC(".maps");
struct inner {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, __u64);
} inside SEC(".maps");
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
  __uint(max_entries, 2);
  __type(key, __u32);
  __array(values, struct inner);
} outer SEC(".maps") = {.values = {[1] = &inside}};

__u64 packets = 0;
const volatile __u32 limit = 3;

SEC("xdp")
int behind(struct xdp_md* ctx) {
  return XDP_TX;
}
struct {
  __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
  __uint(max_entries, 2);
  __uint(key_size, 4);
  __array(values, int(void*));
} next SEC(".maps") = {.values = {[1] = (void*)&behind}};

static __attribute__((noinline)) __u64 sum(const unsigned char* from, const unsigned char* end) {
  __u64 total = 0;
  for (int i = 0; i < 8; ++i) {
    if (from + i + 1 > end) break;
    total += from[i];
  }
  return total;
}

// XDP_TX, by the tail call.
SEC("xdp")
int everything(struct xdp_md* ctx) {
  unsigned char* data = (void*)(long)ctx->data;
  unsigned char* end = (void*)(long)ctx->data_end;
  if (data + 16 > end) return XDP_ABORTED;
  __u32 key = 1;
  __u64 value = sum(data, end);
  __u64* count = lookup(&counts, &key);
  if (count) __sync_fetch_and_add(count, 1);
  __u64* mine = lookup(&per_cpu, &key);
  if (mine) ++*mine;
  update(&flows, &key, &value, BPF_ANY);
  update(&recent, &key, &value, BPF_ANY);
  struct prefix prefix = {.bits = 24, .address = 0x0a000001};
  update(&routes, &prefix, &value, BPF_ANY);
  delete(&routes, &prefix);
  output(&events, &value, sizeof value, 0);
  push(&queue, &value, BPF_EXIST);
  void* found = lookup(&outer, &key);
  if (found) {
    __u32 zero = 0;
    __u64* in = lookup(found, &zero);
    if (in) *in = value;
  }
  ++packets;
  if (packets < limit) data[15] = 1;
  tail_call(ctx, &next, 1);
  return XDP_DROP;
}

// A guard refuses it at the first packet.
SEC("xdp")
int reaches_too_far(struct xdp_md* ctx) {
  unsigned char* data = (void*)(long)ctx->data;
  return data[100000];
}

// Counts to its end, some hundred thousand rounds.
SEC("xdp")
int takes_long(struct xdp_md* ctx) {
  __u32 key = 0;
  __u64* count = lookup(&counts, &key);
  if (!count) return XDP_ABORTED;
  for (volatile int i = 0; i < 200000; ++i) *count += 1;
  return XDP_PASS;
}

// Calls a helper of the host's own.
static __u64 (*touch)(void) = (void*)216;
SEC("custom_helper")
int touches(void* memory) {
  return touch();
}

char _license[] SEC("license") = "GPL";
