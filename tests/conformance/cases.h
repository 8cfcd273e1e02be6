// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The cases of the public bpf_conformance suite, from the folder that holds them as data.
#pragma once

#include <string>
#include <vector>

#include "frontend/support/result.h"

namespace weir::test {

// What the suite had when its data was taken; a test that runs fewer has not run it.
inline constexpr size_t kCases = 313;
inline constexpr size_t kRejectCases = 45;

struct ConformanceCase {
  std::string name;
  std::vector<uint8_t> code;
  std::vector<uint8_t> memory;
  uint64_t r0 = 0;
};

struct RejectCase {
  std::string name;
  std::vector<uint8_t> code;
  std::string why;
};

// The folder, or empty if it is nowhere; why_skipped() is what to say then.
std::string conformance_folder();
std::string why_skipped();

// conformance.json: programs as bytes.
Result<std::vector<ConformanceCase>> read_cases();
// tests/*.data: the same programs as text, assembled here.
Result<std::vector<ConformanceCase>> assemble_cases();
Result<std::vector<RejectCase>> read_reject_cases();

}  // namespace weir::test
