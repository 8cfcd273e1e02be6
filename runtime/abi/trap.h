// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Why a run ended early. Part of the contract between compiled code, interpreter and host.
#pragma once

#include <cstdint>
#include <string_view>

namespace weir {

enum class TrapCode : uint32_t {
  kNone = 0,
  kAccess = 1,         // load or store outside every region the program may touch
  kAlignment = 2,      // atomic whose address is no multiple of its size
  kBudget = 3,         // too many backward jumps and local calls
  kCallDepth = 4,      // more than kMaxCallFrames frames
  kUnknownHelper = 5,  // call of a helper that the hook does not offer
  kBadFunction = 6,    // callx of a value that is neither a helper nor a function
  kUnsupported = 7,    // an instruction this hook kind has no meaning for
};

struct Trap {
  TrapCode code = TrapCode::kNone;
  uint32_t insn = 0;  // index into Program::insns
  explicit operator bool() const { return code != TrapCode::kNone; }
  friend bool operator==(const Trap&, const Trap&) = default;
};

// "access", "budget", ...: stable, for JSON. Static storage.
std::string_view trap_name(TrapCode code);
// A sentence for people.
std::string_view trap_text(TrapCode code);

}  // namespace weir
