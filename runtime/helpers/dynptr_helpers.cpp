// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Dynptrs: bytes whose number only the run knows, reached through helpers that check every access.
// Those of ring buffers are set up and given back in held.cpp. Sizes and offsets have 32 bits, and
// errors come in the order that the kernel's helpers find them in.
#include "runtime/helpers/dynptr.h"

namespace weir::helpers {

namespace {

bool has(const Dynptr& dynptr, uint32_t offset, uint32_t size) {
  return size <= dynptr.size && offset <= dynptr.size - size;
}

}  // namespace

uint64_t DynptrFromMem(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t, ExecContext*) {
  const auto size = static_cast<uint32_t>(r2);
  const int problem = size > kMaxDynptrBytes ? E2BIG : r3 != 0 ? EINVAL : 0;
  store_dynptr(r4, problem != 0 ? Dynptr{} : Dynptr{memory(r1), size});
  return error(problem);
}

uint64_t DynptrRead(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5, ExecContext*) {
  const Dynptr from = load_dynptr(r3);
  const auto size = static_cast<uint32_t>(r2), offset = static_cast<uint32_t>(r4);
  if (from.data == nullptr || r5 != 0) return error(EINVAL);
  if (!has(from, offset, size)) return error(E2BIG);
  std::memmove(memory(r1), from.data + offset, size);
  return 0;
}

uint64_t DynptrWrite(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5,
                     ExecContext*) {
  const Dynptr to = load_dynptr(r1);
  const auto size = static_cast<uint32_t>(r4), offset = static_cast<uint32_t>(r2);
  if (to.data == nullptr) return error(EINVAL);
  if (!has(to, offset, size)) return error(E2BIG);
  if (r5 != 0) return error(EINVAL);
  std::memmove(to.data + offset, memory(r3), size);
  return 0;
}

uint64_t DynptrData(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t, uint64_t, ExecContext*) {
  const Dynptr dynptr = load_dynptr(r1);
  const auto offset = static_cast<uint32_t>(r2), size = static_cast<uint32_t>(r3);
  if (dynptr.data == nullptr || !has(dynptr, offset, size)) return 0;
  return reinterpret_cast<uint64_t>(dynptr.data + offset);
}

}  // namespace weir::helpers
