// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How an XDP program wants to be run among others: libxdp's XDP_RUN_CONFIG, which is nothing but
// types, in the BTF data section ".xdp_run_config":
//
//   struct {
//     __uint(priority, 10);
//     __uint(XDP_PASS, 1);
//     __uint(XDP_DROP, 1);
//   } XDP_RUN_CONFIG(my_program);      a variable "_my_program"
#pragma once

#include <cstdint>
#include <string_view>

#include "frontend/support/bytes.h"
#include "frontend/support/result.h"

namespace weir {

struct RunConfig {
  uint32_t priority = 50;  // XDP_DEFAULT_RUN_PRIO; lower numbers run earlier
  // Bit n: the next program has its turn after XDP action n. By default after XDP_PASS.
  uint32_t chain_call_actions = 1u << 2;
  bool given = false;  // the file says something of this program

  friend bool operator==(const RunConfig&, const RunConfig&) = default;
};

// Of the program of that name, from the raw .BTF of its file (may be empty). Members whose names
// mean nothing are ignored, as libxdp does. Errors: BTF that is none; a member that is no number.
Result<RunConfig> read_run_config(ByteSpan btf, std::string_view program);

}  // namespace weir
