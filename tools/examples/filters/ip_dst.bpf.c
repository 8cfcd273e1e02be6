// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Drops IPv4 packets to 1.1.1.1: the filter that the eBPF filter series for QEMU of 2022 used as
// its example. The packet starts at the IP header.
#include "packet.h"

#define BLOCKED htonl(0x01010101)

SEC("filter/ip")
u64 ip_dst(void* data, u64 len) {
  const struct ipv4_header* ip = data;
  const u8* end = (const u8*)data + len;

  if ((const u8*)(ip + 1) > end) return PASS;
  if (ip->version_and_length >> 4 != 4) return PASS;
  return ip->destination == BLOCKED ? DROP : PASS;
}

static char _license[] SEC("license") = "Dual BSD/GPL";
