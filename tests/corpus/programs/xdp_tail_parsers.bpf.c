// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// program: ethernet
//
// A parser in pieces: each header has a program, and each enters the one for what comes next. What they have to
// tell each other lies in a per-CPU entry; the VLAN program enters itself; a slot is left empty.
#include "net.h"

enum piece { VLAN, IPV4, IPV6, TRANSPORT, NOBODY, PIECES };

int ethernet(struct xdp_md* ctx);
int vlan(struct xdp_md* ctx);
int ipv4(struct xdp_md* ctx);
int ipv6(struct xdp_md* ctx);
int transport(struct xdp_md* ctx);

struct {
  __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
  __uint(max_entries, PIECES);
  __type(key, __u32);
  __array(values, int(void*));
} pieces SEC(".maps") = {
    .values =
        {
            [VLAN] = (void*)&vlan,
            [IPV4] = (void*)&ipv4,
            [IPV6] = (void*)&ipv6,
            [TRANSPORT] = (void*)&transport,
        },
};

struct state {
  __u32 offset, tags, protocol, source;
};
MAP(PERCPU_ARRAY, states, 1, __u32, struct state);
MAP(ARRAY, ends, 16, __u32, __u64);
MAP(HASH, talkers, 1024, __u32, __u64);

INLINE struct state* state_of(void) {
  __u32 zero = 0;
  return bpf_map_lookup_elem(&states, &zero);
}

// A header at the offset that the pieces before have come to.
INLINE void* header(struct xdp_md* ctx, struct state* state, __u32 size) {
  void *data = (void*)(long)ctx->data, *end = (void*)(long)ctx->data_end;
  __u32 offset = state->offset;
  if (offset > 256) return 0;
  void* at = data + offset;
  if (at + size > end) return 0;
  return at;
}

INLINE void enter(struct xdp_md* ctx, __u16 type) {
  switch (type) {
    case 0x8100:
    case 0x88a8: bpf_tail_call(ctx, &pieces, VLAN); break;
    case ETH_P_IP: bpf_tail_call(ctx, &pieces, IPV4); break;
    case ETH_P_IPV6: bpf_tail_call(ctx, &pieces, IPV6); break;
    default: bpf_tail_call(ctx, &pieces, NOBODY); break;
  }
}

SEC("xdp")
int ethernet(struct xdp_md* ctx) {
  struct state* state = state_of();
  if (!state) return XDP_ABORTED;
  *state = (struct state){};
  struct ethhdr* eth = header(ctx, state, sizeof(*eth));
  if (!eth) return XDP_DROP;
  state->offset = sizeof(*eth);
  enter(ctx, bpf_ntohs(eth->h_proto));
  count(&ends, 0);
  return XDP_PASS;
}

SEC("xdp")
int vlan(struct xdp_md* ctx) {
  struct state* state = state_of();
  if (!state) return XDP_ABORTED;
  struct vlan_tag* tag = header(ctx, state, sizeof(*tag));
  if (!tag) return XDP_DROP;
  state->offset += sizeof(*tag);
  state->tags++;
  enter(ctx, bpf_ntohs(tag->type));
  count(&ends, 1);
  return XDP_PASS;
}

SEC("xdp")
int ipv4(struct xdp_md* ctx) {
  struct state* state = state_of();
  if (!state) return XDP_ABORTED;
  struct iphdr* ip = header(ctx, state, sizeof(*ip));
  if (!ip || ip->ihl < 5) return XDP_DROP;
  state->offset += ip->ihl * 4;
  state->protocol = ip->protocol;
  state->source = ip->saddr;
  if (!(ip->frag_off & bpf_htons(0x1fff))) bpf_tail_call(ctx, &pieces, TRANSPORT);
  count(&ends, 2);
  return XDP_PASS;
}

SEC("xdp")
int ipv6(struct xdp_md* ctx) {
  struct state* state = state_of();
  if (!state) return XDP_ABORTED;
  struct ipv6hdr* ip = header(ctx, state, sizeof(*ip));
  if (!ip) return XDP_DROP;
  state->offset += sizeof(*ip);
  state->protocol = ip->nexthdr;
  state->source = ip->saddr.in6_u.u6_addr32[3];
  bpf_tail_call(ctx, &pieces, TRANSPORT);
  return XDP_ABORTED;
}

SEC("xdp")
int transport(struct xdp_md* ctx) {
  struct state* state = state_of();
  if (!state) return XDP_ABORTED;
  __u64 *n, one = 1;
  __u32 source = state->source;
  __be16* ports = header(ctx, state, 4);
  if (!ports) return XDP_DROP;
  if (state->protocol != IPPROTO_TCP && state->protocol != IPPROTO_UDP) {
    count(&ends, 3);
    return XDP_PASS;
  }
  n = bpf_map_lookup_elem(&talkers, &source);
  if (n)
    ++*n;
  else
    bpf_map_update_elem(&talkers, &source, &one, BPF_ANY);
  count(&ends, 4 + (state->tags & 3) + (bpf_ntohs(ports[1]) < 1024 ? 4 : 0));
  return ports[1] == bpf_htons(53) ? XDP_TX : XDP_PASS;
}
