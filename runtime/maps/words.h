// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Bytes that several threads use at once, moved word by word with relaxed atomics: no more costly
// than plain moves, defined under concurrency, and never turned into a call of memcpy, which
// inlined code could not resolve. Freestanding (map.h).
//
// Memory in a map is 8-aligned ("shared"); memory of the caller has any alignment ("plain").
#pragma once

#include <cstdint>

#include "frontend/support/thread_sanitizer.h"
#include "runtime/maps/map_shape.h"

namespace weir {

// Values hold any type.
using Word64 [[gnu::may_alias]] = uint64_t;
using Word32 [[gnu::may_alias]] = uint32_t;
using Word16 [[gnu::may_alias]] = uint16_t;
using Word8 [[gnu::may_alias]] = uint8_t;

template <typename T>
inline T load_relaxed(const T* at) {
  return __atomic_load_n(at, __ATOMIC_RELAXED);
}
template <typename T>
inline T load_acquire(const T* at) {
  return __atomic_load_n(at, __ATOMIC_ACQUIRE);
}
template <typename T>
inline void store_relaxed(T* at, T value) {
  __atomic_store_n(at, value, __ATOMIC_RELAXED);
}
template <typename T>
inline void store_release(T* at, T value) {
  __atomic_store_n(at, value, __ATOMIC_RELEASE);
}

WEIR_MAP_INLINE uint64_t read_plain64(const uint8_t* at) {
  uint64_t word;
  __builtin_memcpy(&word, at, 8);
  return word;
}
WEIR_MAP_INLINE uint32_t read_plain32(const uint8_t* at) {
  uint32_t word;
  __builtin_memcpy(&word, at, 4);
  return word;
}
WEIR_MAP_INLINE uint16_t read_plain16(const uint8_t* at) {
  uint16_t word;
  __builtin_memcpy(&word, at, 2);
  return word;
}

// A value may point to what was written before it (map_in_map.cpp, which has a fence for that). The
// thread sanitizer does not know fences.
#ifdef WEIR_THREAD_SANITIZED
inline constexpr int kValueOrder = __ATOMIC_RELEASE;
#else
inline constexpr int kValueOrder = __ATOMIC_RELAXED;
#endif

// [begin, end) of plain memory into the same place of shared memory. `begin` is a multiple of 4.
inline void store_range(void* shared, const void* plain, uint64_t begin, uint64_t end) {
  auto* to = static_cast<uint8_t*>(shared);
  const auto* from = static_cast<const uint8_t*>(plain);
  uint64_t at = begin;
  if (at % 8 != 0 && at + 4 <= end) {
    store_relaxed<Word32>(reinterpret_cast<Word32*>(to + at), read_plain32(from + at));
    at += 4;
  }
  for (; at + 8 <= end; at += 8) {
    __atomic_store_n(reinterpret_cast<Word64*>(to + at), read_plain64(from + at), kValueOrder);
  }
  if (at + 4 <= end) {
    store_relaxed<Word32>(reinterpret_cast<Word32*>(to + at), read_plain32(from + at));
    at += 4;
  }
  if (at + 2 <= end) {
    store_relaxed<Word16>(reinterpret_cast<Word16*>(to + at), read_plain16(from + at));
    at += 2;
  }
  if (at < end) store_relaxed<Word8>(to + at, from[at]);
}
inline void store_bytes(void* shared, const void* plain, uint64_t size) {
  store_range(shared, plain, 0, size);
}

inline void zero_bytes(void* shared, uint64_t size) {
  auto* to = static_cast<Word64*>(shared);
  for (uint64_t at = 0; at < size; at += 8) store_relaxed<Word64>(to + at / 8, 0);
}

// Shared memory into plain memory.
inline void load_bytes(void* plain, const void* shared, uint64_t size) {
  auto* to = static_cast<uint8_t*>(plain);
  const auto* from = static_cast<const uint8_t*>(shared);
  uint64_t at = 0;
  for (; at + 8 <= size; at += 8) {
    const uint64_t word = load_relaxed<Word64>(reinterpret_cast<const Word64*>(from + at));
    __builtin_memcpy(to + at, &word, 8);
  }
  for (; at < size; ++at) to[at] = load_relaxed<Word8>(from + at);
}

// Whether `size` bytes are the same in shared and in plain memory.
WEIR_MAP_INLINE bool same_bytes(const void* shared, const void* plain, uint64_t size) {
  const auto* a = static_cast<const uint8_t*>(shared);
  const auto* b = static_cast<const uint8_t*>(plain);
  uint64_t at = 0;
  for (; at + 8 <= size; at += 8) {
    if (load_relaxed<Word64>(reinterpret_cast<const Word64*>(a + at)) != read_plain64(b + at)) {
      return false;
    }
  }
  if (at + 4 <= size) {
    if (load_relaxed<Word32>(reinterpret_cast<const Word32*>(a + at)) != read_plain32(b + at)) {
      return false;
    }
    at += 4;
  }
  if (at + 2 <= size) {
    if (load_relaxed<Word16>(reinterpret_cast<const Word16*>(a + at)) != read_plain16(b + at)) {
      return false;
    }
    at += 2;
  }
  return at == size || load_relaxed<Word8>(a + at) == b[at];
}

// A value, without its bpf_spin_lock, from the caller's memory: as the kernel's copy_map_value().
inline void store_value(void* shared, const void* plain, uint32_t size, uint32_t spin_lock_offset) {
  if (spin_lock_offset >= size) {
    store_bytes(shared, plain, size);
  } else {
    store_range(shared, plain, 0, spin_lock_offset);
    store_range(shared, plain, spin_lock_offset + 4, size);
  }
}

}  // namespace weir
