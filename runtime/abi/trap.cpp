// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/abi/trap.h"

namespace weir {

std::string_view trap_name(TrapCode code) {
  switch (code) {
    case TrapCode::kNone: return "none";
    case TrapCode::kAccess: return "access";
    case TrapCode::kAlignment: return "alignment";
    case TrapCode::kBudget: return "budget";
    case TrapCode::kCallDepth: return "call-depth";
    case TrapCode::kUnknownHelper: return "unknown-helper";
    case TrapCode::kBadFunction: return "bad-function";
    case TrapCode::kUnsupported: return "unsupported";
  }
  return "unknown";
}

std::string_view trap_text(TrapCode code) {
  switch (code) {
    case TrapCode::kNone: return "no trap";
    case TrapCode::kAccess: return "memory access outside what the hook gave the program";
    case TrapCode::kAlignment: return "atomic access to an address that is no multiple of its size";
    case TrapCode::kBudget: return "the run took more loop rounds and calls than its budget allows";
    case TrapCode::kCallDepth: return "more than 8 nested calls";
    case TrapCode::kUnknownHelper: return "call of a helper function that this hook does not offer";
    case TrapCode::kBadFunction: return "call through a register that holds no function";
    case TrapCode::kUnsupported: return "instruction that has no meaning at this hook";
  }
  return "unknown trap";
}

}  // namespace weir
