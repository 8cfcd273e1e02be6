// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// cpu: v3
//
// bpf_for_each_map_elem: a table of flows that is walked at each packet, to find the largest and to throw out the
// small ones when it has grown.
#include "net.h"

struct bpf_map;

MAP(HASH, flows, 64, struct flow, __u64);
MAP(ARRAY, rules, 8, __u32, __u32);
MAP(PERCPU_ARRAY, scratch, 4, __u32, __u64);

__u64 walks, removed, most;

struct walk {
  __u64 most, total;
  __u32 entries;
};

static long look(struct bpf_map* map, const void* key, void* value, void* context) {
  struct walk* walk = context;
  const __u64 bytes = *(__u64*)value;
  if (bytes > walk->most) walk->most = bytes;
  walk->total += bytes + ((const struct flow*)key)->protocol;
  walk->entries++;
  return 0;
}

static long drop_small(struct bpf_map* map, const void* key, void* value, void* context) {
  struct walk* walk = context;
  if (*(__u64*)value * 2 >= walk->most) return 0;
  struct flow flow = *(const struct flow*)key;
  if (bpf_map_delete_elem(map, &flow) == 0) removed++;
  return 0;
}

static long first_free(struct bpf_map* map, const void* key, void* value, void* context) {
  __u32* rule = value;
  if (*rule) return 0;
  *rule = *(const __u32*)key + 1;
  return 1;
}

static long add_key(struct bpf_map* map, const void* key, void* value, void* context) {
  *(__u64*)value += *(const __u32*)key;
  return 0;
}

SEC("xdp")
int map_walk(struct xdp_md* ctx) {
  struct cursor c = CURSOR(ctx);
  struct flow flow = {};
  if (!take_flow(&c, &flow)) return XDP_PASS;
  const __u64 length = ctx->data_end - ctx->data;
  __u64* bytes = bpf_map_lookup_elem(&flows, &flow);
  if (bytes)
    *bytes += length;
  else
    bpf_map_update_elem(&flows, &flow, &length, BPF_ANY);
  struct walk walk = {};
  const long seen = bpf_for_each_map_elem(&flows, look, &walk, 0);
  walks += seen + walk.total;
  most = walk.most;
  if (seen > 8) bpf_for_each_map_elem(&flows, drop_small, &walk, 0);
  if ((walk.total & 3) == 0) walks += bpf_for_each_map_elem(&rules, first_free, 0, 0);
  bpf_for_each_map_elem(&scratch, add_key, 0, 0);
  return bpf_for_each_map_elem(&rules, first_free, 0, 1) == -22 ? XDP_TX : XDP_DROP;
}
