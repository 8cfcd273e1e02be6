// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What each line of a program's source costs, in each variant: from the machine code and how often
// it ran.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tools/output.h"

namespace weir::tool {

struct LineCost {
  size_t source = 0;
  uint32_t line = 0;  // 0: code that is for no line
  std::string text;
  std::map<std::string, double> executed;  // instructions a run, by variant
  std::map<std::string, size_t> counted;   // instructions in the code
  std::map<std::string, size_t> guards;    // checks that are left
  std::vector<std::string> remarks;        // what passes said, each once
  double most() const;                     // of `executed`
};

// Whether it is known of any of a variant's machine code what it came from. Of the kernel's and of
// DPDK's it is not.
bool has_origins(const Json& variant);

// Of one PROGRAM of a comparison, dearest first.
std::vector<LineCost> cost_by_line(const Json& program);

}  // namespace weir::tool
