// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Helpers that need nothing but the machine: clocks, random numbers, the CPU.
#include <sys/random.h>
#include <time.h>

#include "runtime/helpers/helpers.h"

namespace weir::helpers {

namespace {

uint64_t nanoseconds(clockid_t clock) {
  timespec now{};
  (void)::clock_gettime(clock, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
}

// xorshift64*, seeded once a thread: as good as the kernel's prandom for what programs do with it
// (sampling, ports), and not for secrets either.
uint32_t next_random() {
  thread_local uint64_t state = [] {
    uint64_t seed = 0;
    if (::getrandom(&seed, sizeof seed, GRND_NONBLOCK) != sizeof seed)
      seed = nanoseconds(CLOCK_MONOTONIC);
    return seed | 1;
  }();
  state ^= state >> 12;
  state ^= state << 25;
  state ^= state >> 27;
  return static_cast<uint32_t>(state * 0x2545'f491'4f6c'dd1d >> 32);
}

}  // namespace

// bpf_conformance: gives back r1, and a result of 0 ends the program.
uint64_t Unwind(uint64_t r1, uint64_t, uint64_t, uint64_t, uint64_t, ExecContext*) {
  return r1;
}

uint64_t KtimeGetNs(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, ExecContext*) {
  return nanoseconds(CLOCK_MONOTONIC);
}
uint64_t KtimeGetBootNs(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, ExecContext*) {
  return nanoseconds(CLOCK_BOOTTIME);
}
uint64_t KtimeGetCoarseNs(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, ExecContext*) {
  return nanoseconds(CLOCK_MONOTONIC_COARSE);
}
uint64_t KtimeGetTaiNs(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, ExecContext*) {
  return nanoseconds(CLOCK_TAI);
}
// Ticks since boot at HZ = 250, which most distributions choose.
uint64_t Jiffies64(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, ExecContext*) {
  constexpr uint64_t kHz = 250;
  return nanoseconds(CLOCK_MONOTONIC_COARSE) / (1'000'000'000 / kHz);
}
uint64_t GetPrandomU32(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, ExecContext*) {
  return next_random();
}
uint64_t GetSmpProcessorId(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, ExecContext* c) {
  return c->cpu;
}

}  // namespace weir::helpers
