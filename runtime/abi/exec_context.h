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

struct Map;            // runtime/maps/map.h
struct PacketContext;  // runtime/abi/packet_context.h
struct HostServices;   // runtime/abi/host_services.h

// Bumped whenever compiled code and runtime must agree on something new. Part of the cache key.
inline constexpr uint32_t kAbiVersion = 5;

// 8: the kernel's MAX_CALL_FRAMES. 512: MAX_BPF_STACK, here for each frame.
inline constexpr uint32_t kMaxCallFrames = 8;
inline constexpr uint32_t kFrameBytes = 512;

// Backward jumps taken plus local calls made, per run. 1,000,000 is the number of instructions that
// the kernel's verifier is willing to walk, so a loop that the kernel would prove fits.
inline constexpr uint64_t kDefaultBudget = 1'000'000;
// More than that cannot be told apart from it; begin_run() gives no more. Native code relies on the
// highest bit being 0, and takes it for 0.
inline constexpr uint64_t kMaxBudget = INT64_MAX;

// BPF_MAX_LOOPS: rounds after which may_goto leaves the loop.
inline constexpr uint64_t kMayGotoRounds = 8u << 20;

// The data a hook gives is at most so long; every engine refuses more (trap kAccess at instruction
// 0), so the analysis may rely on it: lengths are positive as int32 too, and no pointer into the
// data wraps.
// One below INT32_MAX, so that compiled code asks by one comparison with an immediate of 32 bits.
inline constexpr uint64_t kMaxDataBytes = INT32_MAX - 1;

// Helpers are called with r1..r5 and the context of the run; the result is r0.
struct ExecContext;
using HelperFn = uint64_t (*)(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5,
                              ExecContext* context);

// Helper numbers that a hook can offer: 0 .. kHelperSlots-1. Linux 6.18 has 211.
inline constexpr uint32_t kHelperSlots = 256;

// A value that LddwFunc gives and callx takes: a token, never an address.
inline constexpr uint64_t kFunctionToken = 0x7765'6972'0000'0000;  // "weir" | subprogram index

// MAX_TAIL_CALL_CNT: tail calls that one run may make.
inline constexpr uint32_t kMaxTailCalls = 33;

// A program that tail calls may enter. Owned by the host, who sees to it that all programs of a
// table are of one hook kind and live while any of them runs.
struct TailTarget {
  uint64_t (*run)(const void* program, ExecContext* context, void* data, uint64_t size) = nullptr;
  const void* program = nullptr;
  Map* const* maps = nullptr;  // parallel to its own Program::maps
  uint32_t map_count = 0;
  uint32_t kind = 0;  // ContextKind
};

// What the engine does after a helper that makes tail calls.
enum class AfterCall : uint32_t {
  kGoOn = 0,   // there was nothing to enter: the program goes on
  kLeave = 1,  // the function ends with the helper's result
  kEnd = 2,    // the run is over: the program that was entered has trapped
};

// Bytes of a ring buffer that the run has reserved and not given back; or a Socket that it has
// found and not released, which is only read.
struct HeldRecord {
  Map* map = nullptr;  // null: a socket
  uint8_t* bytes = nullptr;
  uint64_t size = 0;
};
inline constexpr uint32_t kMaxHeldRecords = 8;

// Where the last redirect helper of a run wants the packet to go. It counts if the result says
// redirect (XDP_REDIRECT, TC_ACT_REDIRECT, BPF_REDIRECT).
enum class RedirectKind : uint32_t { kNone, kInterface, kPeer, kNeighbour, kMap };
struct Redirect {
  RedirectKind kind = RedirectKind::kNone;
  uint32_t ifindex = 0;      // all but kMap
  const Map* map = nullptr;  // kMap: devmap, cpumap, xskmap, sockmap ...
  // ... and the entry in it: of an array the index, of a sockhash what the host stored there.
  uint64_t key = 0;
  uint64_t flags = 0;         // BPF_F_INGRESS, BPF_F_BROADCAST, BPF_F_EXCLUDE_INGRESS
  uint8_t next_hop[24] = {};  // kNeighbour: struct bpf_redir_neigh, if next_hop_bytes is not 0
  uint32_t next_hop_bytes = 0;
};

struct ExecContext {
  uint64_t budget = kDefaultBudget;      // in: at most kMaxBudget; out: what is left. begin_run()
  TrapCode trap_code = TrapCode::kNone;  // out: set by a trap, cleared by whoever handles it
  uint32_t trap_insn = 0;                // out
  const HelperFn* helpers = nullptr;     // in: kHelperSlots entries, null = not offered
  void* host = nullptr;                  // in: for the host's own helpers
  Map* const* maps = nullptr;            // in: parallel to Program::maps
  // in, for programs with maps: whether the bytes lie inside one value of one of them (that may be
  // written, if `write`), or in something that is held. Asked where the analysis does not know. Of
  // a program without maps it may be null: nothing has ever been held; what takes a socket sets it.
  bool (*holds)(const ExecContext* context, uint64_t address, uint64_t size, bool write) = nullptr;
  uint32_t map_count = 0;  // in
  uint32_t cpu = 0;        // in: whose values of per-CPU maps the run sees

  // Tail calls. A program array holds indexes into `programs`.
  AfterCall after_call = AfterCall::kGoOn;  // set by the helper, cleared by the engine
  uint32_t tail_calls = 0;                  // in: 0; counts up to kMaxTailCalls
  const TailTarget* programs = nullptr;     // in: null = tail calls find nothing
  uint32_t program_count = 0;               // in
  uint32_t program = 0;  // in: which of `programs` runs; out, after a trap: which one trapped

  // Set by the engine when a run at a kPacket hook kind starts. Helpers read what the host said
  // through it; they change the packet only through a context argument.
  const PacketContext* packet = nullptr;
  const HostServices* services = nullptr;  // in: null = the host answers nothing

  // What the run must give back before it ends: records, and a value's lock. Where a program ends
  // with anything held, however it ends, the engine calls `release`.
  uint32_t held = 0;  // records, plus 1 for a lock
  uint32_t held_records = 0;
  void (*release)(ExecContext* context) = nullptr;  // set by the helper that first takes something
  uint32_t* held_lock = nullptr;
  HeldRecord records[kMaxHeldRecords];

  Redirect redirect;  // out

  // The block of frames of the program that runs, where it may be looked into; set by the engine
  // when a run of a program starts that calls helpers which follow addresses in text
  // (follows_text() in helpers.h).
  const uint8_t* frames = nullptr;
  uint64_t frame_bytes = 0;
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
static_assert(offsetof(ExecContext, after_call) == 56);
static_assert(offsetof(ExecContext, programs) == 64);
static_assert(offsetof(ExecContext, packet) == 80);
static_assert(offsetof(ExecContext, held) == 96);
static_assert(offsetof(ExecContext, release) == 104);
static_assert(offsetof(ExecContext, frames) == 376);

// Whether the bytes lie in something that the run holds.
inline bool held_holds(const ExecContext& context, uint64_t address, uint64_t size, bool write) {
  for (uint32_t i = 0; i < context.held_records; ++i) {
    const HeldRecord& record = context.records[i];
    const uint64_t from = address - reinterpret_cast<uint64_t>(record.bytes);
    if (from <= record.size && size <= record.size - from) return record.map != nullptr || !write;
  }
  return false;
}

// What a host does before each run with a context that it uses again.
inline void begin_run(ExecContext& context, uint64_t budget) {
  context.budget = budget < kMaxBudget ? budget : kMaxBudget;
  context.trap_code = TrapCode::kNone;
  context.tail_calls = 0;
  context.redirect.kind = RedirectKind::kNone;
}

// Where the value of a one-entry array lies: global data is reached at this distance from its map
// (maps/map_shape.h: kMapStorageOffset).
inline constexpr uint64_t kGlobalDataOffset = 4096;

// The entry point of compiled code. For hook kinds that hand over bytes (contexts.def: kRaw),
// `data` is their address and `size` their number; the program may read and write exactly those.
// For the others (kPacket) `data` is a PacketContext, `size` is 0, and the program may touch the
// packet it describes and the fields that contexts.def gives it. Compiled code relies on the data or
// packet having kMaxDataBytes at most: Executable::run() and describe_frame() see to it.
// The result is r0; it means nothing if trap_code was set. The context is not within the data.
using EntryFn = uint64_t (*)(ExecContext* context, void* data, uint64_t size);

}  // namespace weir
