// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A thread's right to run programs: its number among the workers of a host (whose values of per-CPU
// maps its programs see), and what one run after the other uses again.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <span>

#include "runtime/abi/exec_context.h"
#include "runtime/abi/host_hooks.h"
#include "runtime/abi/packet_context.h"
#include "runtime/hooks/host.h"

namespace weir {

// What a run of a program that is at no filter gave.
struct RunResult {
  uint64_t r0 = 0;       // 0 if it trapped
  Trap trap;             // none, or where it ended early
  uint32_t program = 0;  // number in the instance's programs() of the one that trapped
};

// Used by one thread at a time. Programs that it runs cannot run filters themselves.
class Worker {
 public:
  // Error: the host has no worker left. It ends before the host does.
  static Result<std::unique_ptr<Worker>> open(Host& host);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  Host& host() const { return host_; }
  uint32_t cpu() const { return cpu_; }

  // One run on bytes that the program may read and write: an Ethernet frame for the kernel's hook
  // kinds (one that is shorter than its headers is the trap kAccess), else what the program takes.
  RunResult run(const Instance& instance, std::span<uint8_t> data, uint64_t budget);
  // The same at a hook of the host's own, or one of the kernel's with a structure of its own
  // (context_struct_bytes(): sock_ops, tracing, ...): its structure, all of its bytes, which the
  // program may change; a shorter one is the trap kAccess. `data`: what its pointers to data stand
  // for.
  RunResult run_at(const Instance& instance, std::span<uint8_t> structure, std::span<uint8_t> data,
                   uint64_t budget);
  // What helpers of the host's own find as ExecContext::host.
  void set_user(void* user) { context_.host = user; }

 private:
  friend class Filter;
  // A number among the host's workers, given back when it goes: before a Worker has it, too.
  class Seat;
  explicit Worker(Seat& seat);
  Host& host_;
  const uint32_t cpu_;
  RunResult run_placed(const Instance& instance, std::span<uint8_t> data, uint64_t budget);

  Epochs::Reader reader_;
  ExecContext context_;
  // A packet's context, and behind it the structure of a hook that has one: a tracepoint's record
  // is the longest.
  static constexpr size_t kMaxStructBytes = 8192;
  struct Place {
    PacketContext packet;
    alignas(8) std::array<uint8_t, kMaxStructBytes> structure;
  };
  static_assert(offsetof(Place, structure) == kHostContextOffset);
  Place place_;
  static_assert(kMaxStructBytes >= kMaxHostContextBytes);
  // What kind of frame place_.packet was last made for: of the same kind again, what no program
  // and no helper changes is still there.
  std::optional<ContextKind> placed_;
  // Serial number of the link that context_ is set up for; 0: none.
  uint64_t attached_ = 0;
  uint32_t until_sample_ = 0;
};

}  // namespace weir
