// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Hashes the name that a DNS query over IPv4 asks for, letters in lower case, and looks the hash up
// among a few. Returns 1 for a name that is listed, else a part of the hash, 0 if there is no name.
#include "packet.h"

enum { NAME_AT = 14 + 20 + 8 + 12 };

SEC("filter/frame")
u64 qname(void* data, u64 len) {
  const u8* bytes = data;
  if (len < NAME_AT + 1) return 0;
  if (*(const u16*)(bytes + 12) != ntohs(ETHERTYPE_IPV4)) return 0;
  if (bytes[14] != 0x45 || bytes[23] != PROTOCOL_UDP) return 0;
  if (*(const u16*)(bytes + 36) != ntohs(53)) return 0;

  u32 hash = 2166136261u;  // FNV-1a
  u32 label_left = 0;
  u64 at = NAME_AT;
#pragma clang loop unroll(disable)
  for (u32 i = 0; i < 255; i++, at++) {
    if (at >= len) return 0;
    u8 byte = bytes[at];
    if (label_left == 0) {
      if (byte == 0) break;
      if (byte > 63) return 0;
      label_left = byte;
    } else {
      label_left--;
      if (byte >= 'A' && byte <= 'Z') byte |= 0x20;
    }
    hash = (hash ^ byte) * 16777619u;
  }
  // ads.example, tracker.test, metrics.invalid, www.debian.org
  if (hash == 0x416c5245u || hash == 0x1117b2aeu || hash == 0x5fbfb4dfu || hash == 0x887e9b39u) return 1;
  return hash & 0xffff;
}
