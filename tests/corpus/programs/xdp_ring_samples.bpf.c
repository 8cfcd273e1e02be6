// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Samples of packets to a ring buffer that nobody reads: what finds no room any more is counted.
#include "net.h"

struct sample {
  __u32 length, kept;
  __u8 bytes[48];
};

struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 4096);
} samples SEC(".maps");
MAP(ARRAY, outcome, 4, __u32, __u64);

SEC("xdp")
int sample_to_ring(struct xdp_md* ctx) {
  struct cursor c = CURSOR(ctx);
  const __u32 length = c.end - c.at;
  __u8* bytes = take(&c, 48);
  if (!bytes) return XDP_PASS;
  struct sample* sample = bpf_ringbuf_reserve(&samples, sizeof(*sample), 0);
  if (!sample) {
    count(&outcome, 0);
    return XDP_PASS;
  }
  sample->length = length;
  sample->kept = 48;
  __builtin_memcpy(sample->bytes, bytes, 48);
  if (length & 1) {
    bpf_ringbuf_discard(sample, 0);
    count(&outcome, 1);
    return XDP_DROP;
  }
  bpf_ringbuf_submit(sample, BPF_RB_NO_WAKEUP);
  count(&outcome, 2);
  return bpf_ringbuf_query(&samples, BPF_RB_AVAIL_DATA) > 2048 ? XDP_TX : XDP_PASS;
}
