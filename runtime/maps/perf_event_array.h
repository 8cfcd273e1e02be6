// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// BPF_MAP_TYPE_PERF_EVENT_ARRAY: one buffer of samples for each CPU slot, MapSpec::buffer_bytes
// long, from programs to a consumer. A sample that finds no room is counted as lost. A buffer
// takes samples once its consumer has opened it, as with the kernel's, where the entry would be
// empty before.
//
// Kernel: kernel/trace/bpf_trace.c (bpf_perf_event_output).
#pragma once

#include <cstdint>

#include "runtime/maps/map.h"

namespace weir {

// A sample is at most so long: its record's length must fit in 16 bits.
inline constexpr uint64_t kMaxPerfSampleBytes = UINT16_MAX - 16;

// Bytes of one sample, from up to two places (bpf_perf_event_output appends bytes of the packet).
struct SamplePart {
  const void* data = nullptr;
  uint64_t size = 0;
};

// `flags`: an index, or BPF_F_CURRENT_CPU for `cpu`. -E2BIG: no such index, or the sample is too
// long. -ENOENT: not open. -EOPNOTSUPP: another CPU's. -ENOSPC: no room; lost. -EINVAL: other
// flags.
int64_t perf_event_output(Map* map, uint64_t flags, uint32_t cpu, SamplePart first,
                          SamplePart second = {});

// Opens the buffer, or closes it. -E2BIG: no such index.
int64_t perf_buffer_open(Map* map, uint32_t index);
int64_t perf_buffer_close(Map* map, uint32_t index);
// Samples lost since the map was made.
uint64_t perf_buffer_lost(const Map* map, uint32_t index);

// Not 0: stop; a negative number becomes perf_buffer_consume's result. The data is gone when the
// callback returns.
using SampleFn = int64_t (*)(void* context, uint32_t index, const void* data, uint32_t size);
// Hands over at most `limit` samples of one buffer. One consumer a buffer at a time. How many, or
// the callback's error; -E2BIG: no such index.
int64_t perf_buffer_consume(Map* map, uint32_t index, uint64_t limit, SampleFn callback,
                            void* context);
// Sleeps until any buffer has got a sample or `timeout` milliseconds (-1: no limit) are over. True
// if one has something.
bool perf_buffer_wait(Map* map, int timeout);

}  // namespace weir
