// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Facts: what the analysis knows of a program. The interpreter and the lifter both act on them,
// which is why all engines agree: where a fact says "this access is checked against the data
// region", each engine makes exactly that check.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "frontend/isa/program.h"
#include "runtime/abi/compile_options.h"
#include "runtime/abi/exec_context.h"

namespace weir {

// The memory a pointer was made from.
enum class Region : uint8_t {
  kNone,      // no pointer that we know of: an access through it is checked against all regions
  kData,      // the bytes the hook gave (r1 at the entry of raw kinds)
  kStack,     // the frame of the function the instruction is in (r10)
  kFrames,    // the frame of a caller; an access that is not proven is checked like one without
              // region
  kContext,   // the context of a kPacket hook kind (r1 at the entry): fields only, no bytes; an
              // access that is not proven ends the run
  kMeta,      // the meta data before the packet; not proven: checked like one without region
  kMap,       // a map itself, which is no memory; `value` is its index in Program::maps
  kMapValue,  // a value of a map, or null; not proven: checked like one without region
  kSocket,  // a socket (runtime/abi/socket.h), or null; not proven: checked like one without region
};
std::string_view region_name(Region region);

// The abstract value of a register.
struct RegFact {
  enum class Kind : uint8_t {
    kUnreached,  // no path comes here (bottom)
    kUninit,     // never written; reads as 0 in every engine
    kScalar,
    kPointer,
  };
  Kind kind = Kind::kUnreached;
  Region region = Region::kNone;  // of a kPointer
  bool known = false;   // value (scalar) or offset from the region's base (pointer) is `value`
  bool fits32 = false;  // scalar: below 2^32
  // Pointer: not before its region's base and less than kNearBytes behind it, so that no address
  // wraps, wherever the region is.
  bool near = false;
  // Of a kPointer to the stack, the base is the frame's top: offsets are negative.
  int64_t value = 0;

  bool is_pointer() const { return kind == Kind::kPointer; }
  bool is_pointer_to(Region r) const { return kind == Kind::kPointer && region == r; }
  friend bool operator==(const RegFact&, const RegFact&) = default;
};

inline constexpr int64_t kNearBytes = int64_t{1} << 40;

using RegFacts = std::array<RegFact, kRegisters>;

// One load, store or atomic.
struct AccessFact {
  Region region = Region::kNone;  // which region the check is against; kNone = any of them
  bool proven = false;            // inside its region (and aligned, for atomics) whatever the input
  bool fixed = false;             // `offset` is the offset from the region's base on every path
  int64_t offset = 0;
  std::optional<uint32_t> map;  // kMapValue: whose, if it is of one map on every path
};

struct InsnFacts {
  bool reached = false;
  RegFacts before;    // registers just before the instruction
  AccessFact access;  // of loads, stores and atomics
  // A backward jump or a local call that is taken so rarely, whatever the input, that it need not
  // take from the budget (see LoopFact).
  bool no_budget = false;
};

// One call of a helper that takes memory: what each engine checks before it. An argument that is
// not proven must, as an access without region, lie in something the program may touch; a size that
// is not proven to be positive must be. Otherwise the call is the trap `access`.
struct CallFact {
  struct Argument {
    bool memory = false;
    bool proven = false;       // inside its region, with every size that can be
    bool size_proven = false;  // not 0 where the helper does not take 0
    bool write = false;
    bool null_ok = false;  // 0 with size 0 is fine
    // Where it is not proven and fails its check, the helper is given 0 for it: no trap.
    bool faults = false;
    uint8_t size_reg = 0;  // register that holds the size; 0: it is `size`
    uint32_t size = 0;
  };
  uint32_t insn = 0;
  std::optional<uint32_t> map;        // index of the map it is about, if it is one on every path
  std::array<Argument, 5> arguments;  // of r1..r5
};

// How often a run takes a backward jump or makes a local call.
struct LoopFact {
  uint32_t insn = 0;
  bool bounded = false;
  // If bounded: at most rounds + rounds_per_byte * (length of the data) times in a run.
  uint64_t rounds = 0;
  uint64_t rounds_per_byte = 0;
};

// What all jumps and calls that do not take from the budget add up to: fewer than kDefaultBudget
// in a run, plus this many for each byte of the data.
inline constexpr uint64_t kMaxRoundsPerByte = 16;

// Frames that can exist at once: those that count, and after each that of a function that was made
// for a call that calls back.
inline constexpr uint32_t kMaxNativeFrames = 2 * kMaxCallFrames;

// What a subprogram needs of its 512-byte frame.
struct FrameFact {
  // Of a function that was made for a call that calls back: does not count as a frame.
  bool made = false;
  // Bytes below r10 that are ever used, 0..512, when every use has a fixed offset; else 512.
  uint32_t bytes = 0;
  // Bit i, the byte at r10 - 512 + i: it is not only used by accesses of the subprogram itself that
  // are proven and have a fixed offset, but also through other pointers, by callees or by helpers.
  std::bitset<kFrameBytes> shared;

  void share(int64_t low, int64_t high) {  // offsets from r10, clipped to the frame
    for (int64_t i = std::max<int64_t>(low, -int64_t{kFrameBytes}); i < std::min<int64_t>(high, 0);
         ++i)
      shared.set(static_cast<size_t>(i + kFrameBytes));
  }
};

// What was known of an access, or of memory that a helper is given, on the first path on which it
// was not proven; for messages.
struct AccessReport {
  enum class Cause : uint8_t {
    kBounds,    // it may lie outside its region
    kNull,      // a lookup gave the pointer, and nobody asked whether it is null
    kReadOnly,  // programs may not write there
    kMoved,     // a pointer into the packet from before a helper that moves it
    kGone,      // into the frame of a function that has returned
    kEnd,       // made from the end of the data
    kSize,      // of an argument: its size may be 0
  };
  uint32_t insn = 0;
  uint8_t argument = 0;  // of a helper: 1..5, which is its register; 0: of the instruction itself
  Cause cause = Cause::kBounds;
  Region region = Region::kNone;
  bool bounded = false;  // the offset from the region's base is min..max
  int64_t min = 0, max = 0;
  int64_t proven = 0;  // data: its length is at least this
  int64_t extent = 0;  // map value: bytes of a value; meta data: bytes that are known to be there
  // Of an argument: as many bytes as the helper may touch; negative: without bound.
  int64_t size = 0;
};

struct Facts {
  std::vector<InsnFacts> insns;   // parallel to Program::insns
  std::vector<CallFact> calls;    // of helpers, ascending by insn
  std::vector<FrameFact> frames;  // parallel to Program::subprograms
  // One for each backward jump and local call that is reached, ascending by instruction.
  std::vector<LoopFact> loops;
  // Of accesses and arguments that are not proven, ascending by instruction and argument; none from
  // the coarse analysis.
  std::vector<AccessReport> reports;
  // A frame's address left the registers and spill slots where we can follow it: then frames lie
  // one below the other in one block, and an access without a region may reach any part of that
  // block.
  bool stack_escapes = false;
  // Frames that can exist at once, 1..kMaxNativeFrames. The block that holds escaping frames is so
  // many times 512 bytes.
  uint32_t max_frames = 1;
  // More frames that count than kMaxCallFrames can nest (recursion or a long chain): depth is
  // checked at run time.
  bool depth_unbounded = false;
  // Counts, for reports.
  uint32_t accesses = 0;
  uint32_t proven = 0;

  // The call at that instruction, or null. Binary search.
  const CallFact* call_at(uint32_t insn) const;
};

// A program with facts about it. Only verify() makes one; the lifter and the interpreter take
// nothing else.
class VerifiedProgram {
 public:
  // What runs: source(), with what verify() made of its calls of helpers that call back
  // (callbacks.h): functions behind its own.
  const Program& program() const { return program_; }
  // What verify() was given.
  const Program& source() const { return source_ ? *source_ : program_; }
  const Facts& facts() const { return facts_; }
  const CompileOptions& options() const { return options_; }

 private:
  friend Result<VerifiedProgram> verify(Program, const CompileOptions&);
  friend Result<VerifiedProgram> verify_and_edit(Program, const CompileOptions&, void (*)(Facts&));
  VerifiedProgram(Program program, std::optional<Program> source, Facts facts,
                  CompileOptions options)
      : program_(std::move(program)),
        source_(std::move(source)),
        facts_(std::move(facts)),
        options_(options) {}
  Program program_;
  std::optional<Program> source_;  // where it is another
  Facts facts_;
  CompileOptions options_;
};

}  // namespace weir
