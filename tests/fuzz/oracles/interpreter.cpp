// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tests/fuzz/oracles/interpreter.h"

#include <alloca.h>
#include <pthread.h>
#include <sys/mman.h>

#include <fmt/format.h>

#include "tests/support/reference.h"

namespace weir::test {

namespace {

// Runs `body` with its stack somewhere else, so that the frames of the interpreter are too.
template <class Body>
__attribute__((noinline)) void elsewhere(size_t bytes, const Body& body) {
  auto* volatile room = static_cast<uint8_t*>(alloca(bytes));
  room[0] = 1;
  body();
}

// The same in a thread whose stack is near `wanted`, if there is room.
template <class Body>
void elsewhere_near(uint64_t wanted, Body body) {
  constexpr size_t kStackBytes = 1u << 20;
  void* const stack = ::mmap(reinterpret_cast<void*>(wanted), kStackBytes, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (stack == MAP_FAILED) return;
  pthread_attr_t attributes;
  pthread_t thread;
  ::pthread_attr_init(&attributes);
  ::pthread_attr_setstack(&attributes, stack, kStackBytes);
  const auto entry = [](void* argument) -> void* {
    (*static_cast<Body*>(argument))();
    return nullptr;
  };
  if (::pthread_create(&thread, &attributes, entry, &body) == 0) ::pthread_join(thread, nullptr);
  ::pthread_attr_destroy(&attributes);
  ::munmap(stack, kStackBytes);
}

}  // namespace

Judged judge(const Runnable& interpreter, const VerifiedProgram& program, const RunInput& input,
             GuardedMemory& memory) {
  Judged judged;
  const Outcome first = run(interpreter, input, memory);
  if (first.strayed) {
    judged.broken = "the interpreter wrote outside the memory";
    return judged;
  }
  const ReferenceRun reference = run_reference(program, input, memory);
  if (!reference.disproved.empty()) {
    judged.broken = "a fact is wrong: " + reference.disproved.front();
    return judged;
  }
  // The reference has its frames on the heap: if it agrees, addresses of the stack hardly matter.
  bool stable = reference.outcome == first;
  for (size_t bytes : {48, 4112, 70'000}) {
    elsewhere(bytes, [&] { stable &= run(interpreter, input, memory) == first; });
  }
  if (!stable && addresses_matter(interpreter, input, memory)) {
    judged.left_out = true;
    return judged;
  }
  if (reference.outcome != first) {
    judged.broken = fmt::format("interp: {}\nexpected by docs/SEMANTICS.md: {}", to_string(first),
                                to_string(reference.outcome));
    return judged;
  }
  judged.outcome = first;
  return judged;
}

bool addresses_matter(const Runnable& interpreter, const RunInput& input, GuardedMemory& memory) {
  const Outcome first = run(interpreter, input, memory);
  bool differs = false;
  const auto again = [&] { differs |= run(interpreter, input, memory) != first; };
  // Every alignment that a program may look at with a small mask, then other pages.
  for (size_t bytes = 16; bytes <= 512; bytes += 16) elsewhere(bytes, again);
  for (size_t bytes : {656, 5136, 70'000, 1'000'000}) elsewhere(bytes, again);
  for (uint64_t place : {0x2000'1234'0000, 0x2000'9234'0000, 0x3fff'5555'0000, 0x4aaa'aaaa'0000,
                         0x2b2b'7000'0000, 0x4444'c444'c000, 0x5594'd7a9'0000, 0x55d5'1b2c'3000,
                         0x1357'9bdf'2000, 0x6ace'8642'1000, 0x0fed'cba9'8000, 0x7000'0f0f'f000}) {
    elsewhere_near(place, again);
  }
  return differs;
}

bool refutes_strict(const Outcome& outcome) {
  return outcome.trap.code == TrapCode::kAccess || outcome.trap.code == TrapCode::kAlignment ||
         outcome.trap.code == TrapCode::kCallDepth;
}

}  // namespace weir::test
