// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Programs and bytes for tests, from text.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/isa/program.h"
#include "frontend/support/bytes.h"
#include "frontend/verifier/facts.h"

namespace weir::test {

// "aabb", "aa bb": two hex digits a byte, white space between bytes. Null if it is anything else.
std::optional<std::vector<uint8_t>> from_hex(std::string_view text);

// decode() and make_program().
Result<Program> program_from_code(ByteSpan code, std::string name, std::vector<MapDef> maps = {});

// The options that tests start from: -O2 for this machine, the helpers of bpf_conformance.
CompileOptions test_options();

// `../shared` beside the source tree, or what the environment variable WEIR_SHARED says; empty if
// there is no such folder.
std::string shared_folder();

}  // namespace weir::test
