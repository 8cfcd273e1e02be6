// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Answers ARP requests for one address.
#include "net.h"

struct arp {
  __be16 hardware, protocol;
  __u8 hardware_size, protocol_size;
  __be16 operation;
  __u8 sender[6], sender_ip[4], target[6], target_ip[4];
} __attribute__((packed));

SEC("xdp")
int arp_reply(struct xdp_md* ctx) {
  static const __u8 ours[6] = {2, 0, 0, 0, 0, 0x99};
  struct cursor c = CURSOR(ctx);
  struct ethhdr* eth = take(&c, sizeof(*eth));
  if (!eth || eth->h_proto != bpf_htons(ETH_P_ARP)) return XDP_PASS;
  struct arp* arp = take(&c, sizeof(*arp));
  if (!arp || arp->operation != bpf_htons(1)) return XDP_PASS;
  if (arp->target_ip[3] == 0) return XDP_DROP;
  arp->operation = bpf_htons(2);
  __u8 wanted[4];
  __builtin_memcpy(wanted, arp->target_ip, 4);
  __builtin_memcpy(arp->target, arp->sender, 6);
  __builtin_memcpy(arp->target_ip, arp->sender_ip, 4);
  __builtin_memcpy(arp->sender, ours, 6);
  __builtin_memcpy(arp->sender_ip, wanted, 4);
  __builtin_memcpy(eth->h_dest, arp->target, 6);
  __builtin_memcpy(eth->h_source, ours, 6);
  return XDP_TX;
}
