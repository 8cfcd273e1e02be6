// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// iproute2's map definitions: numbers tie inner maps to outer ones and programs to a program array.
#include "common.h"

struct bpf_elf_map {
  u32 type, size_key, size_value, max_elem, flags, id, pinning, inner_id, inner_idx;
};

struct bpf_elf_map jumps SEC("maps") = {3, 4, 4, 8, 0, .id = 7, .pinning = 1};
struct bpf_elf_map outer SEC("maps") = {12, 4, 4, 4, 0, .id = 1, .inner_id = 2};
struct bpf_elf_map inner SEC("maps") = {2, 4, 16, 3, 0, .id = 2, .inner_idx = 3};
struct bpf_elf_map spare SEC("maps") = {2, 4, 16, 3, 0, .id = 2, .inner_idx = -1};

SEC("classifier")
int start(void *skb) {
  u32 key = 0;
  return bpf_map_lookup_elem(&jumps, &key) && bpf_map_lookup_elem(&outer, &key);
}

SEC("7/0")
int at_zero(void *skb) {
  return 0;
}

SEC("7/0x5")
int at_five(void *skb) {
  return 5;
}

SEC("8/1")
int of_no_map(void *skb) {
  return 1;
}
