// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What one run of a program can see and change, and how compiled code is called. Compiled code has
// no other way to the world than the ExecContext it is given: it has no symbol to resolve and no
// address built in, so one read-only image serves any number of instances.
#pragma once

#include <cstddef>
#include <cstdint>

#include "runtime/abi/trap.h"

namespace weir {

struct Map;  // runtime/maps/map.h

// Bumped whenever compiled code and runtime must agree on something new. Part of the cache key.
inline constexpr uint32_t kAbiVersion = 2;

// 8: the kernel's MAX_CALL_FRAMES. 512: MAX_BPF_STACK, here for each frame.
inline constexpr uint32_t kMaxCallFrames = 8;
inline constexpr uint32_t kFrameBytes = 512;

// Backward jumps taken plus local calls made, per run. 1,000,000 is the number of instructions that
// the kernel's verifier is willing to walk, so a loop that the kernel would prove fits.
inline constexpr uint64_t kDefaultBudget = 1'000'000;

// BPF_MAX_LOOPS: rounds after which may_goto leaves the loop.
inline constexpr uint64_t kMayGotoRounds = 8u << 20;

// The data a hook gives is at most so long; every engine refuses more (trap kAccess at instruction
// 0), so the analysis may rely on it: lengths are positive as int32 too, and no pointer into the
// data wraps.
inline constexpr uint64_t kMaxDataBytes = INT32_MAX;

// Helpers are called with r1..r5 and the context of the run; the result is r0.
struct ExecContext;
using HelperFn = uint64_t (*)(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5,
                              ExecContext* context);

// Helper numbers that a hook can offer: 0 .. kHelperSlots-1. Linux 6.18 has 211.
inline constexpr uint32_t kHelperSlots = 256;

// A value that LddwFunc gives and callx takes: a token, never an address.
inline constexpr uint64_t kFunctionToken = 0x7765'6972'0000'0000;  // "weir" | subprogram index

struct ExecContext {
  uint64_t budget = kDefaultBudget;      // in: allowance; out: what is left. Set before each run.
  TrapCode trap_code = TrapCode::kNone;  // out: set by a trap, cleared by whoever handles it
  uint32_t trap_insn = 0;                // out
  const HelperFn* helpers = nullptr;     // in: kHelperSlots entries, null = not offered
  void* host = nullptr;                  // in: for the host's own helpers
  Map* const* maps = nullptr;            // in: parallel to Program::maps
  // in, for programs with maps: whether the bytes lie inside one value of one of them (that may be
  // written, if `write`). Asked where the analysis does not know.
  bool (*holds)(const ExecContext* context, uint64_t address, uint64_t size, bool write) = nullptr;
  uint32_t map_count = 0;  // in
  uint32_t cpu = 0;        // in: whose values of per-CPU maps the run sees
};
static_assert(offsetof(ExecContext, budget) == 0);
static_assert(offsetof(ExecContext, trap_code) == 8);
static_assert(offsetof(ExecContext, trap_insn) == 12);
static_assert(offsetof(ExecContext, helpers) == 16);
static_assert(offsetof(ExecContext, host) == 24);
static_assert(offsetof(ExecContext, maps) == 32);
static_assert(offsetof(ExecContext, holds) == 40);
static_assert(offsetof(ExecContext, map_count) == 48);
static_assert(offsetof(ExecContext, cpu) == 52);

// Where the value of a one-entry array lies: global data is reached at this distance from its map
// (maps/map_shape.h: kMapStorageOffset).
inline constexpr uint64_t kGlobalDataOffset = 4096;

// The entry point of compiled code. For hook kinds that hand over bytes (contexts.def: kRaw),
// `data` is their address and `size` their number; the program may read and write exactly those.
// For the others (kPacket) `data` is a PacketContext, `size` is ignored, and the program may touch
// the packet it describes and the fields that contexts.def gives it.
// The result is r0; it means nothing if trap_code was set. The context must not lie within the
// data.
using EntryFn = uint64_t (*)(ExecContext* context, void* data, uint64_t size);

}  // namespace weir
