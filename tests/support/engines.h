// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The four ways a program runs, behind one call. Every test that says "all engines agree" goes
// through here, so that each of them takes the way that users take: an AOT program is compiled to
// bytes, parsed, mapped and called; one from the cache is put into a store and looked up in
// between.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/verifier/facts.h"
#include "runtime/abi/exec_context.h"
#include "runtime/abi/packet_context.h"
#include "runtime/abi/trap.h"
#include "runtime/engine/map_set.h"
#include "tests/support/guarded_memory.h"

namespace weir::test {

enum class Engine : uint8_t { kInterp, kJit, kAot, kCached };
inline constexpr Engine kEngines[] = {Engine::kInterp, Engine::kJit, Engine::kAot, Engine::kCached};
std::string_view engine_name(Engine engine);

// What the helpers of a run are.
enum class HelperTable : uint8_t {
  kAbsent,  // ExecContext::helpers is null
  kEmpty,   // a table of nulls
  kFull,    // number 5, unwind: gives r1 back
};

struct RunInput {
  std::vector<uint8_t> memory;  // the data; at kPacket hook kinds the packet
  size_t meta = 0;              // kPacket: so many bytes of it, at the front, are meta data
  ContextKind context = ContextKind::kMemory;
  std::vector<MapDef> maps;  // of the program; new and empty for each run
  HelperSet helper_set = HelperSet::kConformance;
  uint64_t budget = kDefaultBudget;
  HelperTable helpers = HelperTable::kFull;
};

// All that a run leaves behind.
struct Outcome {
  uint64_t r0 = 0;
  Trap trap;
  std::vector<uint8_t> memory;
  uint64_t budget = 0;
  std::vector<uint8_t> fields;  // kPacket: of the context, xdp_md and __sk_buff
  std::string maps;      // their entries afterwards, those with a value that is not all zeros
  bool strayed = false;  // something around the memory was written: never right
  friend bool operator==(const Outcome&, const Outcome&) = default;
};
// "r0=0x2a mem_after=0011 budget_left=3" or "trap=access@3 ...": as filetests write it.
std::string to_string(const Outcome& outcome);

// A program made ready in some engine; keeps all it needs. May be called any number of times.
using Runnable = std::function<uint64_t(ExecContext*, void*, uint64_t)>;

// One Runnable a program, in order. kAot and kCached make one object of all of them, which costs a
// fraction of one object each; their options must then agree.
Result<std::vector<Runnable>> prepare(Engine engine, std::span<const VerifiedProgram> programs);
Result<Runnable> prepare(Engine engine, const VerifiedProgram& program);

// The context of a run at a kPacket hook kind, the packet being at `memory`. Byte i of each
// structure is 0x10 + i.
// A kind with a structure of its own has it behind the context, which is therefore the first of
// several.
std::vector<PacketContext> make_packet(const RunInput& input, uint8_t* memory);
std::vector<uint8_t> fields_of(const std::vector<PacketContext>& packet);

// "name[01000000]=0500,..." of all entries that are not all zeros, in order of map and key.
std::string maps_text(const MapSet& maps);

// `memory` is where the input is placed.
Outcome run(const Runnable& program, const RunInput& input, GuardedMemory& memory);

// All of it, once.
Result<Outcome> run_on(Engine engine, const VerifiedProgram& program, const RunInput& input,
                       GuardedMemory& memory);

}  // namespace weir::test
