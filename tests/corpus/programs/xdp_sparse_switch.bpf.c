// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A switch over EtherTypes, ports and protocols: where the compiler makes tables and trees.
#include "net.h"

MAP(ARRAY, classes, 16, __u32, __u64);

SEC("xdp")
int sparse_switch(struct xdp_md* ctx) {
  struct cursor c = CURSOR(ctx);
  struct flow flow = {};
  __u32 class;
  if (take_flow(&c, &flow)) {
    switch (bpf_ntohs(flow.dport)) {
      case 22: class = 1; break;
      case 25: case 465: case 587: class = 2; break;
      case 53: case 853: class = 3; break;
      case 80: case 8080: case 8000: class = 4; break;
      case 443: case 8443: class = 5; break;
      case 123: class = 6; break;
      case 1024 ... 4095: class = 7; break;
      case 20000: class = 8; break;
      default: class = 9;
    }
  } else {
    c = (struct cursor)CURSOR(ctx);
    switch (ether_type(&c)) {
      case 0: class = 10; break;
      case ETH_P_IP: class = 11; break;
      case ETH_P_IPV6: class = 12; break;
      case ETH_P_ARP: class = 13; break;
      default: class = 14;
    }
  }
  count(&classes, class);
  return class < 10 ? XDP_PASS : class == 10 ? XDP_DROP : XDP_TX;
}
