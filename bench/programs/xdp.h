// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the XDP programs include: for BPF the kernel's and libbpf's headers, for the host functions
// of the same names, so that clang compiles the same C for both. There the maps are weir's, and each
// access is a call.
//
// A program has a function `setup` beside its own, which fills the maps before the first packet, and
// ends with BENCH_XDP(function, &map, ...).
#ifndef WEIR_BENCH_XDP_H
#define WEIR_BENCH_XDP_H

#include "packet.h"
#undef SEC

#if defined(__bpf__) || defined(WEIR_NATIVE)  // weir compare has functions for the helpers

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

// At tc a context has the same two fields, and results are numbers as well.
#ifdef BENCH_AT_TC
#define xdp_md __sk_buff
#endif

#define BENCH_MAP(kind, name, key_type, value_type, entries, flags) \
  struct {                                                          \
    __uint(type, BPF_MAP_TYPE_##kind);                              \
    __uint(max_entries, entries);                                   \
    __uint(map_flags, flags);                                       \
    __type(key, key_type);                                          \
    __type(value, value_type);                                      \
  } name SEC(".maps")
#define BENCH_XDP(function, ...) char _license[] SEC("license") = "GPL"

#else

#include "native_xdp.h"

#define xdp_md bench_xdp_md
#define SEC(name) static __attribute__((used))
#define BENCH_MAP(kind, name, key_type, value_type, entries, flags) \
  static struct bench_map name = {#name, 0}
// BENCH_PROGRAM: the name that CMakeLists.txt gives to this compilation's.
#define BENCH_XDP(function, ...)                                \
  static struct bench_map* const bench_maps[] = {__VA_ARGS__};  \
  const struct bench_xdp BENCH_PROGRAM = {function, setup, bench_maps, \
                                          sizeof bench_maps / sizeof bench_maps[0]}

enum { BPF_ANY = 0, BPF_NOEXIST = 1 };
enum { XDP_ABORTED, XDP_DROP, XDP_PASS, XDP_TX, XDP_REDIRECT };

ALWAYS_INLINE void* bpf_map_lookup_elem(struct bench_map* map, const void* key) {
  return bench_map_lookup(map->map, key, 0);
}
ALWAYS_INLINE long bpf_map_update_elem(struct bench_map* map, const void* key, const void* value,
                                       u64 flags) {
  return bench_map_update(map->map, key, value, flags, 0);
}

#endif

// The IPv4 header of a frame without VLAN tags, with its options; null: there is none.
ALWAYS_INLINE struct ipv4_header* find_ipv4(u8* data, u8* end) {
  struct ethernet_header* ethernet = (struct ethernet_header*)data;
  struct ipv4_header* ip = (struct ipv4_header*)(ethernet + 1);
  if ((u8*)(ip + 1) > end || ethernet->ethertype != ntohs(ETHERTYPE_IPV4)) return 0;
  return (ip->version_and_length & 15) >= 5 ? ip : 0;
}

// What TCP and UDP headers begin with; null: the packet has none.
struct ports {
  u16 source, destination;
};
ALWAYS_INLINE struct ports* find_ports(struct ipv4_header* ip, u8* end) {
  if (ip->protocol != PROTOCOL_TCP && ip->protocol != PROTOCOL_UDP) return 0;
  if ((ip->fragment & ntohs(0x1fff)) != 0) return 0;
  u8* header = (u8*)ip + (ip->version_and_length & 15u) * 4;
  return header + 8 > end ? 0 : (struct ports*)header;
}

ALWAYS_INLINE u32 mix(u32 a, u32 b) {
  u64 h = (a ^ (u64)b << 32) * 0x9e3779b97f4a7c15ull;
  return (u32)(h ^ h >> 32);
}

#endif  // WEIR_BENCH_XDP_H
