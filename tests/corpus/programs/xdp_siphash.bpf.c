// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// SipHash-1-3 of the addresses decides between two verdicts.
#include "net.h"

INLINE __u64 rotl(__u64 x, int by) {
  return x << by | x >> (64 - by);
}
struct sip {
  __u64 a, b, c, d;
};
NOINLINE int round_of(struct sip* s) {
  if (!s) return 0;
  s->a += s->b, s->b = rotl(s->b, 13) ^ s->a, s->a = rotl(s->a, 32);
  s->c += s->d, s->d = rotl(s->d, 16) ^ s->c;
  s->a += s->d, s->d = rotl(s->d, 21) ^ s->a;
  s->c += s->b, s->b = rotl(s->b, 17) ^ s->c, s->c = rotl(s->c, 32);
  return 0;
}
__u64 last;

SEC("xdp")
int siphash(struct xdp_md* ctx) {
  struct cursor c = CURSOR(ctx);
  if (ether_type(&c) != ETH_P_IP) return XDP_PASS;
  struct iphdr* ip = take_ipv4(&c);
  if (!ip) return XDP_PASS;
  const __u64 word = (__u64)ip->saddr << 32 | ip->daddr;
  struct sip s = {0x736f6d6570736575, 0x646f72616e646f6d, 0x6c7967656e657261, 0x7465646279746573};
  s.d ^= word;
  round_of(&s);
  s.a ^= word;
  s.c ^= 255;
  for (int i = 0; i < 3; i++) round_of(&s);
  last = s.a ^ s.b ^ s.c ^ s.d;
  return last & 1 ? XDP_PASS : XDP_TX;
}
