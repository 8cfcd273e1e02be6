// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The Internet checksum (RFC 1071) of all bytes: 16-bit words in the order they lie in memory.
#include "packet.h"

SEC("filter/frame")
u64 checksum(void* data, u64 len) {
  const u8* bytes = data;
  u64 sum = 0;
  u64 i = 0;
  for (; i + 1 < len; i += 2) sum += *(const u16*)(bytes + i);
  if (i < len) sum += bytes[i];
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  return ~sum & 0xffff;
}
