/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Functions that bpf_loop and bpf_for_each_map_elem call back, and what they may do to their caller. */
#include "common.h"

struct bpf_map;

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 64);
  __type(key, __u64);
  __type(value, __u64);
} table SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 16);
  __type(key, __u32);
  __type(value, __u64);
} slots SEC(".maps");

__u64 total;

struct state {
  __u64 sum;
  __u32 limit, seen;
};

static long add(__u64 index, void *context) {
  struct state *state = context;
  state->sum += index;
  return ++state->seen >= state->limit;
}

static long count(__u64 index, void *context) {
  total += index;
  return 0;
}

static long entry(struct bpf_map *map, const void *key, void *value, void *context) {
  struct state *state = context;
  state->sum += *(const __u64 *)key + *(__u64 *)value;
  *(__u64 *)value = 0;
  return 0;
}

static long slot(struct bpf_map *map, const void *key, void *value, void *context) {
  const __u32 index = *(const __u32 *)key;
  if (index >= 12) return 1;
  *(__u64 *)value = index;
  return 0;
}

static long inner(__u64 index, void *context) {
  struct state *state = context;
  state->seen++;
  return 0;
}
static long outer(__u64 index, void *context) {
  bpf_loop(8, inner, context, 0);
  return 0;
}

static long table_byte(__u64 index, void *context) {
  __u8 *bytes = context;
  bytes[index & 15] = 1;
  return 0;
}

SEC("xdp") int loop_with_state(struct xdp_md *xdp) {
  struct state state = {.limit = xdp->data_end - xdp->data};
  const long rounds = bpf_loop(1000, add, &state, 0);
  return (rounds + state.sum) & 1 ? XDP_PASS : XDP_DROP;
}

SEC("tc") int loop_of_any_length(struct __sk_buff *skb) {
  bpf_loop(skb->len, count, (void *)0, 0);
  return 0;
}

SEC("tc") int loop_in_a_loop(struct __sk_buff *skb) {
  struct state state = {};
  bpf_loop(100, outer, &state, 0);
  return state.seen & 1;
}

SEC("xdp") int each_of_a_hash(struct xdp_md *xdp) {
  struct state state = {};
  bpf_for_each_map_elem(&table, entry, &state, 0);
  return state.sum & 1 ? XDP_PASS : XDP_DROP;
}

SEC("xdp") int each_of_an_array(struct xdp_md *xdp) {
  return bpf_for_each_map_elem(&slots, slot, (void *)0, 0) == 13 ? XDP_PASS : XDP_DROP;
}

SEC("xdp") int bounded_index(struct xdp_md *xdp) {
  __u8 bytes[16] = {};
  bpf_loop(16, table_byte, bytes, 0);
  return bytes[3] ? XDP_PASS : XDP_DROP;
}

SEC("xdp") int packet_before_and_after(struct xdp_md *xdp) {
  PACKET(xdp);
  if (data + 14 > end) return XDP_PASS;
  struct state state = {.limit = 4};
  bpf_loop(data[0], add, &state, 0);
  return data[13] + state.seen > 7 ? XDP_PASS : XDP_DROP;
}
