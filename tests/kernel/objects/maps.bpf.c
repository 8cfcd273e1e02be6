/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Values of maps, the stack, the packet, and what goes from one to the other. */
#include "common.h"

struct flow {
  __u32 from, to;
  __u16 ports[2];
  __u32 protocol;
};
struct record {
  __u64 packets, bytes;
  __u8 head[32];
  __u32 sizes[16];
};

struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, 1024);
  __type(key, struct flow);
  __type(value, struct record);
} flows SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct record);
} scratch SEC(".maps");

struct prefix {
  __u32 bits;
  __u32 address;
};
struct {
  __uint(type, BPF_MAP_TYPE_LPM_TRIE);
  __uint(max_entries, 64);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, struct prefix);
  __type(value, __u32);
} routes SEC(".maps");

const volatile __u32 rounds = 8;
const volatile __u8 allowed[16] = {1, 2, 3};
__u64 total;
__u32 table[64];

SEC("xdp") int flow_table(struct xdp_md *xdp) {
  PACKET(xdp);
  if (data + 38 > end) return XDP_PASS;
  struct iphdr *ip = (void *)data + 14;
  struct flow flow = {ip->saddr, ip->daddr, {0, 0}, ip->protocol};
  struct record *record = bpf_map_lookup_elem(&flows, &flow);
  if (record) {
    __sync_fetch_and_add(&record->packets, 1);
    record->sizes[(end - data) & 15] += 1;
    __builtin_memcpy(record->head, data, 32);
    return XDP_PASS;
  }
  struct record fresh = {.packets = 1, .bytes = end - data};
  bpf_map_update_elem(&flows, &flow, &fresh, BPF_ANY);
  return XDP_PASS;
}

SEC("xdp") int through_scratch(struct xdp_md *xdp) {
  PACKET(xdp);
  __u32 zero = 0;
  struct record *record = bpf_map_lookup_elem(&scratch, &zero);
  if (!record) return XDP_ABORTED;
  for (int i = 0; i < 32; ++i) {
    if (data + i + 1 > end) break;
    record->head[i] = data[i];
  }
  record->packets++;
  return XDP_PASS;
}

SEC("xdp") int route(struct xdp_md *xdp) {
  PACKET(xdp);
  if (data + 34 > end) return XDP_PASS;
  struct iphdr *ip = (void *)data + 14;
  struct prefix prefix = {32, ip->daddr};
  __u32 *verdict = bpf_map_lookup_elem(&routes, &prefix);
  return verdict ? *verdict : XDP_PASS;
}

SEC("xdp") int globals(struct xdp_md *xdp) {
  PACKET(xdp);
  if (data + 15 > end) return XDP_PASS;
  total += end - data;
  table[data[14] & 63] += allowed[data[14] & 15];
  return XDP_PASS;
}

/* The bound is a constant that only the loader knows. */
SEC("xdp") int rounds_by_configuration(struct xdp_md *xdp) {
  __u32 sum = 0;
  for (__u32 i = 0; i < rounds; ++i) {
    if (i < 64) sum += table[i];
  }
  return sum & 1;
}

SEC("xdp") int stack_buffer(struct xdp_md *xdp) {
  PACKET(xdp);
  __u8 buffer[64] = {};
  for (int i = 0; i < 64; ++i) {
    if (data + i + 1 > end) break;
    buffer[i] = data[i];
  }
  if (data + 1 > end) return XDP_PASS;
  return buffer[data[0] & 63] & 1;
}

SEC("xdp") int write_back(struct xdp_md *xdp) {
  PACKET(xdp);
  if (data + 14 > end) return XDP_PASS;
  __u8 mac[6];
  __builtin_memcpy(mac, data, 6);
  __builtin_memcpy(data, data + 6, 6);
  __builtin_memcpy(data + 6, mac, 6);
  return XDP_TX;
}

SEC("tc") int load_bytes(struct __sk_buff *skb) {
  __u8 buffer[40] = {};
  __u32 length = skb->len;
  if (length > sizeof(buffer)) length = sizeof(buffer);
  if (length == 0) return 0;
  if (bpf_skb_load_bytes(skb, 0, buffer, length) < 0) return 0;
  total += buffer[0];
  return 0;
}

SEC("xdp") int two_lookups(struct xdp_md *xdp) {
  struct flow flow = {};
  struct record *first = bpf_map_lookup_elem(&flows, &flow);
  flow.from = 1;
  struct record *second = bpf_map_lookup_elem(&flows, &flow);
  if (!first || !second) return XDP_PASS;
  first->bytes += second->bytes;
  bpf_map_delete_elem(&flows, &flow);
  return XDP_PASS;
}
