// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What helpers do with their arguments and results all the time. Internal to runtime/helpers.
#pragma once

#include <cstdint>
#include <cstring>

#include "runtime/abi/packet_context.h"
#include "runtime/helpers/helpers.h"

namespace weir::helpers {

inline PacketContext* packet(uint64_t r) {
  return reinterpret_cast<PacketContext*>(r);
}
inline Map* map(uint64_t r) {
  return reinterpret_cast<Map*>(r);
}
inline uint8_t* memory(uint64_t r) {
  return reinterpret_cast<uint8_t*>(r);
}
// A negative errno as r0.
inline uint64_t error(int number) {
  return static_cast<uint64_t>(-int64_t{number});
}
inline uint64_t result(int64_t value) {
  return static_cast<uint64_t>(value);
}

// The kernel's own ENOTSUPP, which leaks out of helpers.
inline constexpr int kENotSupported = 524;

// Fields of __sk_buff, by their offsets in it.
enum SkbField : uint32_t {
  kSkbLen = 0,
  kSkbPktType = 4,
  kSkbProtocol = 16,
  kSkbVlanPresent = 20,
  kSkbVlanTci = 24,
  kSkbVlanProto = 28,
  kSkbHash = 68,
};
inline uint32_t skb_field(const PacketContext& p, SkbField field) {
  uint32_t value;
  std::memcpy(&value, p.skb + field, sizeof(value));
  return value;
}
inline void set_skb_field(PacketContext& p, SkbField field, uint32_t value) {
  std::memcpy(p.skb + field, &value, sizeof(value));
}

inline uint64_t packet_length(const PacketContext& p) {
  return static_cast<uint64_t>(p.data_end - p.data);
}
// Whether `size` bytes at `offset` are all in the packet.
inline bool packet_has(const PacketContext& p, uint64_t offset, uint64_t size) {
  const uint64_t length = packet_length(p);
  return offset <= length && size <= length - offset;
}

// 16-bit one's complement sums, as they lie in the packet (RFC 1071).
inline uint16_t fold_sum(uint32_t sum) {
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(sum);
}
inline uint32_t add_sums(uint32_t a, uint32_t b) {
  const uint32_t sum = a + b;
  return sum + (sum < b);
}

}  // namespace weir::helpers
