// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Checksums. Packets here are as in a test run of the kernel: no device has checked or will fill in
// a sum (CHECKSUM_NONE), so what a program computes is what the packet says.
//
// Kernel: net/core/filter.c, net/core/utils.c (inet_proto_csum_replace*).
#include <linux/bpf.h>

#include <cerrno>

#include "runtime/helpers/arguments.h"

namespace weir::helpers {

namespace {

constexpr uint64_t kFieldSize = BPF_F_HDR_FIELD_MASK;
constexpr uint64_t kIpv6 = 1u << 7;  // BPF_F_IPV6, since Linux 6.16
constexpr uint64_t kL4Flags =
    BPF_F_MARK_MANGLED_0 | BPF_F_MARK_ENFORCE | BPF_F_PSEUDO_HDR | kIpv6 | BPF_F_HDR_FIELD_MASK;
constexpr uint16_t kMangledZero = 0xffff;  // CSUM_MANGLED_0

uint16_t load16(const uint8_t* at) {
  uint16_t value;
  std::memcpy(&value, at, sizeof(value));
  return value;
}
void store16(uint8_t* at, uint16_t value) {
  std::memcpy(at, &value, sizeof(value));
}

// The sum after `from` was replaced by `to` in what it is over.
uint16_t replace(uint16_t sum, uint32_t from, uint32_t to) {
  const auto before = static_cast<uint32_t>(~uint32_t{sum});
  return static_cast<uint16_t>(~fold_sum(add_sums(add_sums(before, ~from), to)));
}
uint16_t replace_by_difference(uint16_t sum, uint32_t difference) {
  return static_cast<uint16_t>(~fold_sum(add_sums(difference, ~uint32_t{sum})));
}
// csum_replace2(): 16 bits wide all the way, which tells 0 from 0xffff as the kernel does.
uint16_t replace16(uint16_t sum, uint16_t from, uint16_t to) {
  auto add = [](uint16_t a, uint16_t b) {
    const auto both = static_cast<uint16_t>(a + b);
    return static_cast<uint16_t>(both + (both < b));
  };
  const uint16_t without = add(static_cast<uint16_t>(~sum), static_cast<uint16_t>(~from));
  return static_cast<uint16_t>(~add(without, to));
}

// The 16-bit sum in the packet that a call names; null if it cannot.
uint8_t* sum_at(PacketContext& p, uint64_t offset) {
  const auto at = static_cast<uint32_t>(offset);
  if (at > 0xffff || (at & 1) != 0 || !packet_has(p, at, 2)) return nullptr;
  return p.data + at;
}

// csum_partial(): the sum of all bytes, as a little-endian machine takes them, added to another.
uint32_t sum_of(const uint8_t* bytes, uint64_t size, uint32_t sum) {
  uint64_t total = sum;
  for (uint64_t i = 0; i < size; i += 8) {
    uint64_t word = 0;
    std::memcpy(&word, bytes + i, size - i < 8 ? size - i : 8);
    total += word;
    total += total < word;
  }
  return add_sums(static_cast<uint32_t>(total >> 32), static_cast<uint32_t>(total));
}

}  // namespace

uint64_t L3CsumReplace(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5,
                       ExecContext*) {
  if ((r5 & ~kFieldSize) != 0) return error(EINVAL);
  uint8_t* const at = sum_at(*packet(r1), r2);
  if (at == nullptr) return error(EFAULT);
  const auto from = static_cast<uint32_t>(r3), to = static_cast<uint32_t>(r4);
  switch (r5 & kFieldSize) {
    case 0:
      if (r3 != 0) return error(EINVAL);
      store16(at, replace_by_difference(load16(at), to));
      return 0;
    case 2:
      store16(at, replace16(load16(at), static_cast<uint16_t>(from), static_cast<uint16_t>(to)));
      return 0;
    case 4: store16(at, replace(load16(at), from, to)); return 0;
    default: return error(EINVAL);
  }
}

uint64_t L4CsumReplace(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5,
                       ExecContext*) {
  if ((r5 & ~kL4Flags) != 0) return error(EINVAL);
  uint8_t* const at = sum_at(*packet(r1), r2);
  if (at == nullptr) return error(EFAULT);
  const bool mangled_zero = (r5 & BPF_F_MARK_MANGLED_0) != 0;
  if (mangled_zero && (r5 & BPF_F_MARK_ENFORCE) == 0 && load16(at) == 0) return 0;
  switch (r5 & kFieldSize) {
    case 0:
      if (r3 != 0) return error(EINVAL);
      store16(at, replace_by_difference(load16(at), static_cast<uint32_t>(r4)));
      break;
    case 2:
      store16(at, replace(load16(at), static_cast<uint16_t>(r3), static_cast<uint16_t>(r4)));
      break;
    case 4:
      store16(at, replace(load16(at), static_cast<uint32_t>(r3), static_cast<uint32_t>(r4)));
      break;
    default: return error(EINVAL);
  }
  if (mangled_zero && load16(at) == 0) store16(at, kMangledZero);
  return 0;
}

// The kernel folds the result to 16 bits since 6.13 (csum_from32to16), and takes any sizes.
uint64_t CsumDiff(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5, ExecContext*) {
  const auto from_size = static_cast<uint32_t>(r2), to_size = static_cast<uint32_t>(r4);
  const auto seed = static_cast<uint32_t>(r5);
  if (from_size != 0 && to_size != 0) {
    return fold_sum(add_sums(sum_of(memory(r3), to_size, seed), ~sum_of(memory(r1), from_size, 0)));
  }
  if (to_size != 0) return fold_sum(sum_of(memory(r3), to_size, seed));
  if (from_size != 0) return fold_sum(~sum_of(memory(r1), from_size, ~seed));
  return seed;
}

// There is no sum of the whole packet to add to (CHECKSUM_COMPLETE).
uint64_t CsumUpdate(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, ExecContext*) {
  return error(kENotSupported);
}
uint64_t CsumLevel(uint64_t, uint64_t r2, uint64_t, uint64_t, uint64_t, ExecContext*) {
  switch (r2) {
    case BPF_CSUM_LEVEL_QUERY: return error(EACCES);
    case BPF_CSUM_LEVEL_INC:
    case BPF_CSUM_LEVEL_DEC:
    case BPF_CSUM_LEVEL_RESET: return 0;
    default: return error(EINVAL);
  }
}

}  // namespace weir::helpers
