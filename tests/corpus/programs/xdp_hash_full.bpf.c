// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A hash with few entries that runs full, is emptied and filled again.
#include "net.h"

MAP(HASH, few, 8, __u32, __u32);
MAP(ARRAY, errors, 4, __u32, __u64);

SEC("xdp")
int hash_full(struct xdp_md* ctx) {
  struct cursor c = CURSOR(ctx);
  struct flow flow;
  if (!take_flow(&c, &flow)) return XDP_PASS;
  __u32 key = flow.sport ^ flow.source, value = ctx->data_end - ctx->data;
  if (flow.protocol == IPPROTO_UDP) {
    const long gone = bpf_map_delete_elem(&few, &key);
    count(&errors, gone ? 0 : 1);
    return gone ? XDP_DROP : XDP_PASS;
  }
  const long error = bpf_map_update_elem(&few, &key, &value, BPF_NOEXIST);
  if (error == -7) count(&errors, 2);  // E2BIG
  if (error == -17) count(&errors, 3); // EEXIST
  return error ? XDP_DROP : XDP_PASS;
}
