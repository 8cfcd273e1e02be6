// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a number is worth nothing without: where it was measured, and with what.
#pragma once

#include <string>
#include <vector>

namespace weir::measure {

struct MachineFact {
  std::string name;  // stable, for JSON: "cpu"
  std::string value;
};

// CPU model and number, its features as weir names them, kernel, load, weir and the C++ compiler.
std::vector<MachineFact> machine_facts();

}  // namespace weir::measure
