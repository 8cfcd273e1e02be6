// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The hash function of the hash maps: multiply 64 by 64 bits, fold the 128 bits of the product, in
// the manner of wyhash. Two secret words for each map, so that nobody who chooses keys (every
// packet does) can choose them to collide: both factors carry a secret, and no key is known to turn
// a factor into zero. For a key of at most 8 bytes it is one multiplication. Freestanding (map.h).
#pragma once

#include <cstdint>

#include "runtime/maps/words.h"

namespace weir {

// Odd, half of the bits set: what a seed of zero is mixed with.
inline constexpr uint64_t kHashMix0 = 0xa076'1d64'78bd'642fu;
inline constexpr uint64_t kHashMix1 = 0xe703'7ed1'a0b4'28dbu;

// Set in every hash: 0 marks an element that is in no bucket. Buckets take the low bits.
inline constexpr uint32_t kHashUsed = 0x8000'0000u;

WEIR_MAP_INLINE uint64_t multiply_fold(uint64_t a, uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

// At most 8 bytes as one word.
WEIR_MAP_INLINE uint64_t read_short(const uint8_t* at, uint32_t size) {
  if (size == 8) return read_plain64(at);
  if (size == 4) return read_plain32(at);
  if (size > 4) {
    return read_plain32(at) | static_cast<uint64_t>(read_plain32(at + size - 4)) << 32;
  }
  if (size == 2) return read_plain16(at);
  if (size == 1) return at[0];
  if (size == 0) return 0;
  return read_plain16(at) | static_cast<uint64_t>(at[2]) << 16;
}

// `seed` is the map's (Map::seed); [1] is odd.
WEIR_MAP_INLINE uint64_t key_hash64(const void* key, uint32_t size, const uint64_t* seed) {
  const auto* at = static_cast<const uint8_t*>(key);
  uint64_t state = seed[0];
  if (size <= 8) {
    state = multiply_fold(read_short(at, size) ^ seed[0], seed[1]);
  } else if (size <= 16) {
    state = multiply_fold(read_plain64(at) ^ seed[0], read_plain64(at + size - 8) ^ seed[1]);
    state = multiply_fold(state ^ kHashMix0, seed[1]);
  } else {
    const uint8_t* const last = at + size - 16;
    for (; at < last; at += 16) {
      state = multiply_fold(read_plain64(at) ^ seed[1], read_plain64(at + 8) ^ state);
    }
    state = multiply_fold(read_plain64(last) ^ seed[1], read_plain64(last + 8) ^ state);
    state = multiply_fold(state ^ kHashMix0, seed[1]);
  }
  return state;
}

WEIR_MAP_INLINE uint32_t key_hash(const void* key, uint32_t size, const uint64_t* seed) {
  const uint64_t state = key_hash64(key, size, seed);
  return static_cast<uint32_t>(state ^ state >> 32) | kHashUsed;
}

}  // namespace weir
