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

#include <optional>
#include <string_view>

#include "frontend/isa/program.h"
#include "frontend/support/bytes.h"
#include "frontend/support/result.h"

namespace weir {

// Of the program of that name, from the raw .BTF of its file (may be empty); nothing where the file
// says nothing of it. Members whose names mean nothing are ignored, as libxdp does. Errors: BTF
// that has such a section but is none; a member that is no number.
Result<std::optional<RunConfig>> read_run_config(ByteSpan btf, std::string_view program);

}  // namespace weir
