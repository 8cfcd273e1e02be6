// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/compare/step_trace.h"

#include <signal.h>
#include <ucontext.h>

#include <mutex>

namespace weir::tool {

#if defined(__x86_64__)

namespace {

constexpr greg_t kTrapFlag = 0x100;  // TF of RFLAGS

// What the handler sees; it runs between two instructions of the traced thread, which is blocked
// meanwhile, and allocates nothing.
struct Tracer {
  uintptr_t code = 0;
  size_t size = 0;
  uint32_t* out = nullptr;
  size_t room = 0, count = 0;
  uintptr_t last = UINTPTR_MAX;
  volatile bool on = false;
};
Tracer tracer;

void on_step(int, siginfo_t*, void* where) {
  auto& registers = static_cast<ucontext_t*>(where)->uc_mcontext.gregs;
  if (!tracer.on) {
    registers[REG_EFL] &= ~kTrapFlag;
    return;
  }
  registers[REG_EFL] |= kTrapFlag;
  const uintptr_t offset = static_cast<uintptr_t>(registers[REG_RIP]) - tracer.code;
  if (offset >= tracer.size) {
    tracer.last = offset;
    return;
  }
  // A string instruction stops once a round, and is one instruction.
  if (offset == tracer.last) return;
  tracer.last = offset;
  if (tracer.count < tracer.room) tracer.out[tracer.count] = static_cast<uint32_t>(offset);
  ++tracer.count;
}

}  // namespace

Result<StepTrace> trace_steps(measure::Runner& runner, std::span<const measure::Packet> packets,
                              const uint8_t* code, size_t size, size_t most) {
  static std::mutex one;
  const std::scoped_lock lock(one);
  struct sigaction action = {}, before = {};
  action.sa_sigaction = on_step;
  action.sa_flags = SA_SIGINFO;
  if (::sigaction(SIGTRAP, &action, &before) != 0)
    return Error(ErrorCode::kIo, "cannot catch the signals of single steps");
  StepTrace trace;
  trace.offsets.resize(most);
  tracer = {};
  tracer.code = reinterpret_cast<uintptr_t>(code);
  tracer.size = size;
  tracer.out = trace.offsets.data();
  tracer.room = most;
  size_t kept = 0;  // steps of whole runs
  for (const measure::Packet& packet : packets) {
    tracer.on = true;
    ::raise(SIGTRAP);  // comes back with the flag set
    runner.run({&packet, 1});
    tracer.on = false;  // the next step clears the flag
    if (tracer.count > tracer.room) break;
    kept = tracer.count;
    ++trace.runs;
  }
  ::sigaction(SIGTRAP, &before, nullptr);
  trace.offsets.resize(kept);
  return trace;
}

#else

Result<StepTrace> trace_steps(measure::Runner&, std::span<const measure::Packet>, const uint8_t*,
                              size_t, size_t) {
  return Error(ErrorCode::kProgramUnsupported, "single steps are counted on x86-64 only");
}

#endif

}  // namespace weir::tool
