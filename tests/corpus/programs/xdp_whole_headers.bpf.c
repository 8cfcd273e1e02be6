// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The headers of packets in records of a ring buffer that are only as long as they are: dynptrs.
// Their length is counted through a dynptr of a map's value, at a place that the packet chooses.
#include "net.h"

struct tally {
  __u32 words[16];
};

struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 8192);
} headers SEC(".maps");
MAP(ARRAY, tallies, 1, __u32, struct tally);
MAP(ARRAY, outcome, 4, __u32, __u64);

INLINE __u32 header_bytes(struct cursor* c) {
  __u16 type = ether_type(c);
  if (!type) return 0;
  struct iphdr* ip = type == ETH_P_IP ? take_ipv4(c) : 0;
  return ip ? 14 + ip->ihl * 4 : 14;
}

// The word that the length of the headers names is one more.
INLINE long note(__u32 bytes) {
  __u32 zero = 0, word = 0;
  struct tally* tally = bpf_map_lookup_elem(&tallies, &zero);
  if (!tally) return -1;
  struct bpf_dynptr all;
  bpf_dynptr_from_mem(tally, sizeof(*tally), 0, &all);
  long failed = bpf_dynptr_read(&word, sizeof(word), &all, bytes, 0);
  ++word;
  return failed ? failed : bpf_dynptr_write(&all, bytes, &word, sizeof(word), 0);
}

SEC("xdp")
int whole_headers(struct xdp_md* ctx) {
  struct cursor c = CURSOR(ctx);
  __u8* start = c.at;
  __u32 bytes = header_bytes(&c);
  struct bpf_dynptr record;
  if (bpf_ringbuf_reserve_dynptr(&headers, bytes, 0, &record)) {
    bpf_ringbuf_discard_dynptr(&record, 0);
    count(&outcome, 0);
    return XDP_PASS;
  }
  for (int i = 0; i < 60; i += 2) {
    if (start + i + 2 > (__u8*)c.end) break;
    __u8 two[2] = {start[i], start[i + 1]};
    if (bpf_dynptr_write(&record, i, two, 2, 0)) break;
  }
  __u16* type = bpf_dynptr_data(&record, 12, sizeof(*type));
  if (!type) {
    bpf_ringbuf_discard_dynptr(&record, BPF_RB_NO_WAKEUP);
    count(&outcome, 1);
    return XDP_DROP;
  }
  *type = bpf_ntohs(*type);
  int verdict = *type == ETH_P_IP ? XDP_TX : XDP_PASS;
  bpf_ringbuf_submit_dynptr(&record, BPF_RB_NO_WAKEUP);
  count(&outcome, note(bytes) ? 2 : 3);
  return bpf_ringbuf_query(&headers, BPF_RB_AVAIL_DATA) > 4096 ? XDP_ABORTED : verdict;
}
