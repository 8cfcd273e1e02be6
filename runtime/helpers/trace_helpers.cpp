// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Helpers of tracing programs: stacks and counters come from the host (runtime/abi/
// host_services.h), since there is no task that a program interrupts. Kernel: kernel/bpf/
// stackmap.c, kernel/trace/bpf_trace.c.
#include <linux/bpf.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>

#include "runtime/abi/host_services.h"
#include "runtime/helpers/arguments.h"
#include "runtime/maps/stack_trace.h"

namespace weir::helpers {

namespace {

constexpr size_t kMaxStackDepth = 127;  // kernel.perf_event_max_stack

// The host's stack without the frames that the flags skip; empty: there is none.
class Stack {
 public:
  Stack(const ExecContext* c, uint64_t flags, size_t most) {
    const HostServices* const host = c->services;
    if (host == nullptr || host->stack == nullptr) return;
    const size_t skip = flags & BPF_F_SKIP_FIELD_MASK;
    const size_t wanted = std::min(most + skip, room_.size());
    const size_t count = std::min(
        host->stack(host->user, (flags & BPF_F_USER_STACK) != 0, room_.data(), wanted), wanted);
    if (count > skip) found_ = std::span<const uint64_t>(room_).subspan(skip, count - skip);
  }
  std::span<const uint64_t> addresses() const { return found_; }

 private:
  std::array<uint64_t, kMaxStackDepth> room_;
  std::span<const uint64_t> found_;
};

// Counter, time enabled and time running of an entry.
int64_t read_counter(ExecContext* c, uint64_t array, uint64_t flags, std::array<uint64_t, 3>& out) {
  if ((flags & ~uint64_t{BPF_F_INDEX_MASK}) != 0) return -EINVAL;
  const Map* const m = map(array);
  const uint64_t index = flags == BPF_F_CURRENT_CPU ? c->cpu : flags;
  if (index >= m->max_entries) return -E2BIG;
  const HostServices* const host = c->services;
  if (host == nullptr || host->perf_counter == nullptr) return -ENOENT;
  return host->perf_counter(host->user, m, static_cast<uint32_t>(index), out.data());
}

}  // namespace

uint64_t GetStackid(uint64_t, uint64_t r2, uint64_t r3, uint64_t, uint64_t, ExecContext* c) {
  constexpr uint64_t kFlags =
      BPF_F_SKIP_FIELD_MASK | BPF_F_USER_STACK | BPF_F_FAST_STACK_CMP | BPF_F_REUSE_STACKID;
  if ((r3 & ~kFlags) != 0) return error(EINVAL);
  const Stack stack(c, r3, stack_depth(map(r2)));
  if (stack.addresses().empty()) return error(EFAULT);
  return result(store_stack(map(r2), stack.addresses(), r3));
}

// What is not filled is zeroed, also where there is an error.
uint64_t GetStack(uint64_t, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t, ExecContext* c) {
  constexpr uint64_t kFlags = BPF_F_SKIP_FIELD_MASK | BPF_F_USER_STACK | BPF_F_USER_BUILD_ID;
  const auto size = static_cast<uint32_t>(r3);
  std::memset(memory(r2), 0, size);
  const bool build_ids = (r4 & BPF_F_USER_BUILD_ID) != 0;
  if ((r4 & ~kFlags) != 0 || (build_ids && (r4 & BPF_F_USER_STACK) == 0)) return error(EINVAL);
  const uint32_t each = build_ids ? sizeof(bpf_stack_build_id) : sizeof(uint64_t);
  if (size % each != 0) return error(EINVAL);
  const Stack stack(c, r4, size / each);
  if (stack.addresses().empty()) return error(EFAULT);
  uint8_t* at = memory(r2);
  for (const uint64_t address :
       stack.addresses().first(std::min<size_t>(stack.addresses().size(), size / each))) {
    if (build_ids) {
      bpf_stack_build_id frame{};
      frame.status = BPF_STACK_BUILD_ID_IP;
      frame.ip = address;
      std::memcpy(at, &frame, sizeof frame);
    } else {
      std::memcpy(at, &address, sizeof address);
    }
    at += each;
  }
  return static_cast<uint64_t>(at - memory(r2));
}

uint64_t PerfEventRead(uint64_t r1, uint64_t r2, uint64_t, uint64_t, uint64_t, ExecContext* c) {
  std::array<uint64_t, 3> counter{};
  const int64_t failed = read_counter(c, r1, r2, counter);
  return failed != 0 ? result(failed) : counter[0];
}

// The event that the program runs for.
uint64_t PerfProgReadValue(uint64_t, uint64_t r2, uint64_t r3, uint64_t, uint64_t, ExecContext* c) {
  std::array<uint64_t, 3> counter{};
  int64_t failed = -EINVAL;
  const HostServices* const host = c->services;
  const bool whole = static_cast<uint32_t>(r3) == sizeof(bpf_perf_event_value);
  if (whole && host != nullptr && host->perf_counter != nullptr)
    failed = host->perf_counter(host->user, nullptr, 0, counter.data());
  std::memset(memory(r2), 0, static_cast<uint32_t>(r3));
  if (failed == 0) std::memcpy(memory(r2), counter.data(), sizeof counter);
  return result(failed);
}
uint64_t PerfEventReadValue(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t,
                            ExecContext* c) {
  std::array<uint64_t, 3> counter{};
  static_assert(sizeof counter == sizeof(bpf_perf_event_value));
  const auto size = static_cast<uint32_t>(r4);
  const int64_t failed = size != sizeof counter ? -EINVAL : read_counter(c, r1, r2, counter);
  std::memset(memory(r3), 0, size);
  if (failed != 0) return result(failed);
  std::memcpy(memory(r3), counter.data(), sizeof counter);
  return 0;
}

// There is no process whose memory it could be: as in a thread of the kernel.
uint64_t ProbeWriteUser(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, ExecContext*) {
  return error(EPERM);
}

// The host that calls the program for a function finds the result in the registers it gave.
uint64_t OverrideReturn(uint64_t r1, uint64_t r2, uint64_t, uint64_t, uint64_t, ExecContext*) {
  constexpr size_t kRax = 80;  // struct pt_regs of x86-64
  std::memcpy(memory(r1) + kStructOffset + kRax, &r2, sizeof r2);
  return 0;
}

}  // namespace weir::helpers
