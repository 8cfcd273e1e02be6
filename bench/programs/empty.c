// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The call floor: what it costs to be called and to return. No mean contains it.
#include "packet.h"

SEC("filter/frame")
u64 empty(void* data, u64 len) {
  (void)data;
  (void)len;
  return PASS;
}
