// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The interpreter that counts: the dispatch loop of execute.cpp, with what CountingInterp needs.
#define WEIR_INTERP_COUNTED
#include "runtime/interp/execute.cpp"
