// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every atomic operation on a shared word, with what it gives back.
// cpu: v3
#include "net.h"

struct words {
  __u64 sum, bits, mask, toggled, last, swapped;
  __u32 small, fetched;
};
MAP(ARRAY, state, 1, __u32, struct words);

SEC("xdp")
int atomics(struct xdp_md* ctx) {
  __u32 zero = 0;
  struct words* w = bpf_map_lookup_elem(&state, &zero);
  if (!w) return XDP_ABORTED;
  const __u64 length = ctx->data_end - ctx->data;
  const __u64 before = __sync_fetch_and_add(&w->sum, length);
  __sync_fetch_and_or(&w->bits, 1ull << (length & 63));
  __sync_fetch_and_and(&w->mask, ~length);
  __sync_fetch_and_xor(&w->toggled, before);
  const __u64 old = __sync_lock_test_and_set(&w->last, length);
  __sync_val_compare_and_swap(&w->swapped, before & 1, old);
  w->fetched += __sync_fetch_and_add(&w->small, (__u32)length) & 0xff;
  return (old ^ before) & 1 ? XDP_PASS : XDP_DROP;
}
