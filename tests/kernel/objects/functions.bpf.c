/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Functions, loops, and helpers that move the packet. */
#include "common.h"

static __noinline __u32 mix(__u32 a, __u32 b) {
  return (a ^ b) * 0x9e3779b1u;
}

static __noinline int port_of(unsigned char *at, unsigned char *end) {
  if (at + 4 > end) return -1;
  return at[2] << 8 | at[3];
}

__noinline int global_mix(__u32 a, __u32 b) {
  return (a * 31 + b) & 0xffff;
}

static __noinline void fill(__u8 *buffer, __u8 value) {
  for (int i = 0; i < 16; ++i) buffer[i] = value;
}

SEC("xdp") int static_functions(struct xdp_md *xdp) {
  PACKET(xdp);
  int port = port_of(data, end);
  return mix(port, xdp->ingress_ifindex) & 1 ? XDP_PASS : XDP_DROP;
}

SEC("xdp") int global_function(struct xdp_md *xdp) {
  return global_mix(xdp->ingress_ifindex, xdp->rx_queue_index) & 1 ? XDP_PASS : XDP_DROP;
}

SEC("xdp") int callers_buffer(struct xdp_md *xdp) {
  __u8 buffer[16];
  fill(buffer, xdp->rx_queue_index);
  return buffer[xdp->ingress_ifindex & 15] & 1;
}

SEC("xdp") int nested(struct xdp_md *xdp) {
  __u32 sum = xdp->ingress_ifindex;
  for (int i = 0; i < 10; ++i) {
    for (int j = 0; j < 10; ++j) sum = sum * 31 + (i ^ j);
  }
  return sum & 1;
}

SEC("xdp") int checksum(struct xdp_md *xdp) {
  PACKET(xdp);
  if (data + 34 > end) return XDP_PASS;
  __u16 *words = (void *)data + 14;
  __u32 sum = 0;
  for (int i = 0; i < 10; ++i) sum += words[i];
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  return sum == 0xffff ? XDP_PASS : XDP_DROP;
}

/* The loop is not unrolled: the counter and the pointer go on together. */
SEC("xdp") int walk(struct xdp_md *xdp) {
  PACKET(xdp);
  __u32 hash = 0;
#pragma clang loop unroll(disable)
  for (int i = 0; i < 100; ++i) {
    unsigned char *at = data + i;
    if (at + 1 > end) break;
    hash = hash * 33 + *at;
  }
  return hash & 1;
}

SEC("xdp") int dns_name(struct xdp_md *xdp) {
  PACKET(xdp);
  unsigned char *at = data + 54;
  __u32 labels = 0;
#pragma clang loop unroll(disable)
  for (int i = 0; i < 32; ++i) {
    if (at + 1 > end) return XDP_DROP;
    __u8 length = *at;
    if (length == 0) break;
    if (length > 63) return XDP_DROP;
    at += length + 1;
    ++labels;
  }
  return labels > 4 ? XDP_DROP : XDP_PASS;
}

SEC("xdp") int encapsulate(struct xdp_md *xdp) {
  if (bpf_xdp_adjust_head(xdp, -(int)sizeof(struct iphdr))) return XDP_ABORTED;
  PACKET(xdp);
  if (data + 54 > end) return XDP_ABORTED;
  struct iphdr *ip = (void *)data + 14;
  __builtin_memset(ip, 0, sizeof(*ip));
  ip->version = 4;
  ip->ihl = 5;
  ip->ttl = 64;
  return XDP_TX;
}

SEC("xdp") int trim(struct xdp_md *xdp) {
  PACKET(xdp);
  int length = end - data;
  if (length > 100) bpf_xdp_adjust_tail(xdp, 100 - length);
  data = (void *)(long)xdp->data;
  end = (void *)(long)xdp->data_end;
  if (data + 14 > end) return XDP_DROP;
  data[0] |= 2;
  return XDP_TX;
}

SEC("xdp") int metadata(struct xdp_md *xdp) {
  if (bpf_xdp_adjust_meta(xdp, -8)) return XDP_PASS;
  __u32 *meta = (void *)(long)xdp->data_meta;
  void *data = (void *)(long)xdp->data;
  if ((void *)(meta + 2) > data) return XDP_PASS;
  meta[0] = 1;
  meta[1] = 2;
  return XDP_PASS;
}

SEC("xdp") int switches(struct xdp_md *xdp) {
  PACKET(xdp);
  if (data + 24 > end) return XDP_PASS;
  switch (data[23]) {
    case 1: return XDP_DROP;
    case 6: return data + 54 > end ? XDP_PASS : data[47] & 2;
    case 17: return data + 42 > end ? XDP_PASS : data[36] == 53;
    default: return XDP_PASS;
  }
}

SEC("xdp") int masked_offset(struct xdp_md *xdp) {
  PACKET(xdp);
  if (data + 2 > end) return XDP_PASS;
  __u32 offset = data[0] << 8 | data[1];
  offset &= 0x3ff;
  unsigned char *at = data + offset;
  if (at + 8 > end) return XDP_PASS;
  return *(__u64 *)at & 1;
}

SEC("xdp") int random(struct xdp_md *xdp) {
  PACKET(xdp);
  __u64 offset = bpf_get_prandom_u32() & 15;
  data += offset;
  if (data + 1 > end) return XDP_PASS;
  return data[0] & 1;
}
