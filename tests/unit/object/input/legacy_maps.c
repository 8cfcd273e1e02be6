// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Legacy map definitions: the kernel samples' struct, and iproute2's.
#include "common.h"

struct bpf_map_def {
  u32 type, key_size, value_size, max_entries, map_flags;
};

struct bpf_elf_map {
  u32 type, size_key, size_value, max_elem, flags, id, pinning, inner_id, inner_idx;
};

struct bpf_map_def table SEC("maps") = {1, 4, 8, 100, 1};
struct bpf_elf_map pinned SEC("maps") = {2, 4, 16, 3, 0, 77, 2, 0, 0};
struct bpf_map_def last SEC("maps") = {6, 4, 8, 1, 0};

SEC("classifier")
int use(void *skb) {
  u32 key = 0;
  void *a = bpf_map_lookup_elem(&last, &key);
  void *b = bpf_map_lookup_elem(&pinned, &key);
  return a && b;
}
