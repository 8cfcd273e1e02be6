// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Helpers that call functions of the program back: bpf_loop and bpf_for_each_map_elem. No engine
// has them. Each such call becomes a local call of a function that is made for it, a loop that
// calls the program's function as the kernel's helper would. So rounds are proven or paid for like
// those of any loop, what a round does to the caller's frame is followed like any code, and the
// compiler may inline all of it.
//
// The functions made stand behind the program's own, so that its instructions keep their indexes.
// They have frames, but do not count as such, as the kernel's helpers do not.
#pragma once

#include <optional>
#include <vector>

#include "frontend/isa/program.h"
#include "runtime/abi/helpers.h"

namespace weir {

// BPF_MAX_LOOPS: rounds that bpf_loop makes at most.
inline constexpr uint32_t kMaxLoopRounds = 1u << 23;

// What a frame has room for beside the walk's cursor.
inline constexpr uint32_t kMaxWalkedKey = 512 - kMapCursorBytes;

struct CallbackSite {
  uint32_t insn = 0;  // the call
  const HelperInfo* helper = nullptr;
  uint32_t made = 0;           // the function that it calls now
  uint8_t argument_count = 0;  // of the function that is called back: r1 ..
};

struct ExpandedProgram {
  Program program;
  std::vector<CallbackSite> sites;  // ascending by insn, and so by `made`

  // The call that a function was made for, or null.
  const CallbackSite* site_of(uint32_t subprogram) const;
};

// The program with its calls replaced; nothing if it has none. A call of which it is not known,
// whatever way leads there, that it gets a function of the program stays as it is, and is refused
// where it is reached. `program` has passed check_structure().
std::optional<ExpandedProgram> expand_callbacks(const Program& program, HelperSet helpers);

// The instruction of the program itself that an instruction of the expanded one stands for: of a
// function that was made, the call.
uint32_t source_instruction(const Program& program, HelperSet helpers, uint32_t insn);

}  // namespace weir
