// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Helpers about the packet. The context is never null, and what head, tail and the pointers between
// them promise (packet_context.h) holds before and after.
#include <cerrno>
#include <cstring>

#include "runtime/abi/packet_context.h"
#include "runtime/helpers/helpers.h"

namespace weir::helpers {

namespace {

constexpr int64_t kEthernetHeader = 14;  // ETH_HLEN: the least that is left of an XDP frame
constexpr int64_t kMaxMeta = 252;        // XDP meta data: at most, in steps of 4

PacketContext* packet(uint64_t r) {
  return reinterpret_cast<PacketContext*>(r);
}
uint64_t error(int number) {
  return static_cast<uint64_t>(-int64_t{number});
}
int64_t delta(uint64_t r) {
  return static_cast<int32_t>(r);
}

uint32_t add_words(const uint8_t* bytes, uint64_t size, uint64_t sum, bool negate) {
  for (uint64_t i = 0; i + 4 <= size; i += 4) {
    uint32_t word;
    std::memcpy(&word, bytes + i, 4);
    sum += negate ? ~word : word;
  }
  while (sum >> 32 != 0) sum = (sum & 0xffff'ffff) + (sum >> 32);
  return static_cast<uint32_t>(sum);
}

}  // namespace

// The bytes are copied, or all zeroed and -EFAULT.
uint64_t SkbLoadBytes(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t, ExecContext*) {
  const PacketContext* const p = packet(r1);
  const auto offset = static_cast<uint32_t>(r2), size = static_cast<uint32_t>(r4);
  auto* const to = reinterpret_cast<uint8_t*>(r3);
  const auto length = static_cast<uint64_t>(p->data_end - p->data);
  if (offset > INT32_MAX || uint64_t{offset} + size > length) {
    std::memset(to, 0, size);
    return error(EFAULT);
  }
  std::memcpy(to, p->data + offset, size);
  return 0;
}

// Sizes are multiples of 4, and 512 bytes at most as in the kernel (its scratch buffer).
uint64_t CsumDiff(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5, ExecContext*) {
  const auto from_size = static_cast<uint32_t>(r2), to_size = static_cast<uint32_t>(r4);
  if (((from_size | to_size) & 3) != 0) return error(EINVAL);
  uint32_t sum = static_cast<uint32_t>(r5);
  sum = add_words(reinterpret_cast<const uint8_t*>(r1), from_size, sum, true);
  sum = add_words(reinterpret_cast<const uint8_t*>(r3), to_size, sum, false);
  // The kernel folds the result to 16 bits since 6.13 (csum_from32to16).
  uint32_t folded = (sum & 0xffff) + (sum >> 16);
  folded = (folded & 0xffff) + (folded >> 16);
  return folded;
}

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

}  // namespace weir::helpers
