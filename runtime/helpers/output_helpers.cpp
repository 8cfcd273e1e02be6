// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Helpers that hand data to the host: perf event arrays and ring buffers.
#include <cerrno>

#include "runtime/helpers/arguments.h"
#include "runtime/maps/perf_event_array.h"
#include "runtime/maps/ring_buffer.h"

namespace weir::helpers {

namespace {
constexpr uint64_t kContextLengthMask = uint64_t{0xfffff} << 32;  // BPF_F_CTXLEN_MASK
}

// The length in the flags asks for so many bytes of the packet behind the sample.
uint64_t PerfEventOutput(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5,
                         ExecContext* c) {
  const PacketContext* const p = packet(r1);
  const uint64_t length = (r3 & kContextLengthMask) >> 32;
  if (length > packet_length(*p)) return error(EFAULT);
  return result(perf_event_output(map(r2), r3 & ~kContextLengthMask, c->cpu, {memory(r4), r5},
                                  {p->data, length}));
}

uint64_t RingbufOutput(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t, ExecContext*) {
  return result(ring_buffer_output(map(r1), memory(r2), r3, r4));
}
uint64_t RingbufQuery(uint64_t r1, uint64_t r2, uint64_t, uint64_t, uint64_t, ExecContext*) {
  return ring_buffer_query(map(r1), r2);
}

}  // namespace weir::helpers
