// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Helpers about the packet at XDP. The context is never null, and what head, tail and the pointers
// between them promise (packet_context.h) holds before and after.
#include <cerrno>
#include <cstring>

#include "runtime/helpers/arguments.h"

namespace weir::helpers {

namespace {

constexpr int64_t kEthernetHeader = 14;  // ETH_HLEN: the least that is left of an XDP frame
constexpr int64_t kMaxMeta = 252;        // XDP meta data: at most, in steps of 4

int64_t delta(uint64_t r) {
  return static_cast<int32_t>(r);
}

}  // namespace

uint64_t XdpAdjustHead(uint64_t r1, uint64_t r2, uint64_t, uint64_t, uint64_t, ExecContext*) {
  PacketContext* const p = packet(r1);
  const int64_t by = delta(r2), meta = p->data - p->data_meta;
  if (p->data + by < p->head + meta || p->data + by > p->data_end - kEthernetHeader)
    return error(EINVAL);
  // The meta data stays in front of the packet.
  if (meta != 0) std::memmove(p->data_meta + by, p->data_meta, static_cast<size_t>(meta));
  p->data_meta += by;
  p->data += by;
  return 0;
}

uint64_t XdpAdjustMeta(uint64_t r1, uint64_t r2, uint64_t, uint64_t, uint64_t, ExecContext*) {
  PacketContext* const p = packet(r1);
  uint8_t* const meta = p->data_meta + delta(r2);
  if (meta < p->head || meta > p->data) return error(EINVAL);
  const int64_t size = p->data - meta;
  if ((size & 3) != 0 || size > kMaxMeta) return error(EACCES);
  p->data_meta = meta;
  return 0;
}

// What is added at the end is zeroed.
uint64_t XdpAdjustTail(uint64_t r1, uint64_t r2, uint64_t, uint64_t, uint64_t, ExecContext*) {
  PacketContext* const p = packet(r1);
  uint8_t* const end = p->data_end + delta(r2);
  if (end > p->tail || end < p->data + kEthernetHeader) return error(EINVAL);
  if (end > p->data_end) std::memset(p->data_end, 0, static_cast<size_t>(end - p->data_end));
  p->data_end = end;
  return 0;
}

// The kernel says -EINVAL for bytes that are not all in the packet, and -EFAULT beyond any packet.
namespace {
constexpr uint32_t kMaxXdpOffset = 0xffff;
int64_t find_bytes(const PacketContext& p, uint64_t offset, uint64_t size, uint8_t** at) {
  const auto from = static_cast<uint32_t>(offset), bytes = static_cast<uint32_t>(size);
  if (from > kMaxXdpOffset || bytes > kMaxXdpOffset) return -EFAULT;
  if (!packet_has(p, from, bytes)) return -EINVAL;
  *at = p.data + from;
  return 0;
}
}  // namespace

uint64_t XdpLoadBytes(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t, ExecContext*) {
  uint8_t* at = nullptr;
  if (const int64_t failed = find_bytes(*packet(r1), r2, r4, &at)) return result(failed);
  std::memmove(memory(r3), at, static_cast<uint32_t>(r4));
  return 0;
}
uint64_t XdpStoreBytes(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t, ExecContext*) {
  uint8_t* at = nullptr;
  if (const int64_t failed = find_bytes(*packet(r1), r2, r4, &at)) return result(failed);
  std::memmove(at, memory(r3), static_cast<uint32_t>(r4));
  return 0;
}
uint64_t XdpGetBuffLen(uint64_t r1, uint64_t, uint64_t, uint64_t, uint64_t, ExecContext*) {
  return packet_length(*packet(r1));
}

}  // namespace weir::helpers
