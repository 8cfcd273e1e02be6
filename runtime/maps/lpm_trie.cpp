// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/maps/slow_paths.h"
namespace weir {
void repair_lpm_trie(Map*) {}
void* lpm_lookup_locked(Map*, const void*, const MapSlowPaths*) {
  return nullptr;
}
}  // namespace weir
