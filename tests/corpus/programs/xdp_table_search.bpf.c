// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A sorted table of port ranges in read-only data, searched by halving.
#include "net.h"

struct range {
  __u16 first, last;
  __u32 verdict;
};
static const struct range table[16] = {
    {0, 19, XDP_DROP},        {20, 21, XDP_TX},         {22, 22, XDP_PASS},
    {53, 53, XDP_PASS},       {67, 68, XDP_DROP},       {80, 80, XDP_PASS},
    {123, 123, XDP_DROP},     {161, 162, XDP_DROP},     {443, 443, XDP_PASS},
    {514, 514, XDP_DROP},     {1900, 1900, XDP_DROP},   {5000, 5999, XDP_TX},
    {8000, 8099, XDP_PASS},   {9999, 9999, XDP_TX},     {20000, 20000, XDP_TX},
    {49152, 65535, XDP_PASS},
};

SEC("xdp")
int table_search(struct xdp_md* ctx) {
  struct cursor c = CURSOR(ctx);
  struct flow flow;
  if (!take_flow(&c, &flow)) return XDP_PASS;
  const __u16 port = bpf_ntohs(flow.dport);
  __u32 low = 0, high = 16;
  for (int i = 0; i < 5; i++) {
    if (low >= high) break;
    const __u32 middle = ((low + high) / 2) & 15;
    if (port < table[middle].first) high = middle;
    else if (port > table[middle].last) low = middle + 1;
    else return table[middle].verdict;
  }
  return XDP_DROP;
}
