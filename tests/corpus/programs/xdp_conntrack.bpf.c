// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A table of TCP connections, found from both ends, with a small state machine.
#include "net.h"

enum state { kNew = 1, kAnswered, kOpen, kClosing };
struct connection {
  __u32 state, packets;
  __u64 bytes;
};
MAP(HASH, connections, 256, struct flow, struct connection);
MAP(ARRAY, dropped, 1, __u32, __u64);

SEC("xdp")
int conntrack(struct xdp_md* ctx) {
  struct cursor c = CURSOR(ctx);
  struct flow flow = {};
  if (!take_flow(&c, &flow) || flow.protocol != IPPROTO_TCP) return XDP_PASS;
  struct tcphdr* tcp = c.at - 4;
  if ((void*)(tcp + 1) > c.end) return XDP_DROP;
  // The smaller address first, so that both directions find the entry.
  const int reply = flow.source > flow.destination;
  if (reply) {
    flow = (struct flow){flow.destination, flow.source, flow.dport, flow.sport, flow.protocol};
  }
  struct connection* known = bpf_map_lookup_elem(&connections, &flow);
  if (!known) {
    if (!tcp->syn || tcp->ack) {
      count(&dropped, 0);
      return XDP_DROP;
    }
    struct connection fresh = {kNew, 1, ctx->data_end - ctx->data};
    bpf_map_update_elem(&connections, &flow, &fresh, BPF_NOEXIST);
    return XDP_PASS;
  }
  known->packets++;
  known->bytes += ctx->data_end - ctx->data;
  if (tcp->rst) {
    bpf_map_delete_elem(&connections, &flow);
    return XDP_PASS;
  }
  if (tcp->syn && tcp->ack) known->state = kAnswered;
  else if (tcp->fin) known->state = kClosing;
  else if (tcp->ack && known->state == kAnswered) known->state = kOpen;
  return XDP_PASS;
}
