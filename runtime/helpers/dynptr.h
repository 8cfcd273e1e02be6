// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the 16 bytes of a struct bpf_dynptr are natively. They lie on a program's stack and are
// believed: the analysis lets a helper have them only where one of the helpers that set them up
// has written them last, under every policy but trusted. Internal to runtime/helpers.
#pragma once

#include <cerrno>
#include <cstring>

#include "runtime/abi/helpers.h"
#include "runtime/helpers/arguments.h"

namespace weir::helpers {

struct Dynptr {
  uint8_t* data;  // null: setting it up has failed, or it was given back
  uint64_t size;
};
static_assert(sizeof(Dynptr) == kDynptrBytes);

// DYNPTR_MAX_SIZE
inline constexpr uint64_t kMaxDynptrBytes = (1u << 24) - 1;

inline Dynptr load_dynptr(uint64_t r) {
  Dynptr dynptr;
  std::memcpy(&dynptr, memory(r), sizeof(dynptr));
  return dynptr;
}
inline void store_dynptr(uint64_t r, const Dynptr& dynptr) {
  std::memcpy(memory(r), &dynptr, sizeof(dynptr));
}

}  // namespace weir::helpers
