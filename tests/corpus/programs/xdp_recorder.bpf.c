// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A flight recorder: the first 32 bytes of the last 16 packets.
#include "net.h"

struct record {
  __u32 number, length;
  __u8 bytes[32];
};
MAP(ARRAY, records, 16, __u32, struct record);
__u32 number;

SEC("xdp")
int recorder(struct xdp_md* ctx) {
  struct cursor c = CURSOR(ctx);
  __u32 slot = number % 16;
  struct record* r = bpf_map_lookup_elem(&records, &slot);
  if (!r) return XDP_ABORTED;
  r->number = number++;
  r->length = c.end - c.at;
  __u8* bytes = take(&c, 32);
  if (bytes) __builtin_memcpy(r->bytes, bytes, 32);
  else __builtin_memset(r->bytes, 0xee, 32);
  return XDP_PASS;
}
