// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a host does with libweir, by its C interface, from opening to closing. Nothing here
// allocates: what runs out of memory is the library. Under faults calls may fail with an error;
// what they give when they do not fail must be right.
#pragma once

#include <string>
#include <vector>

#include "tests/faults/sweep.h"

namespace weir::faults {

struct Files {
  std::string object;  // tests/faults/faults.bpf.c
  std::string native;  // made of it
  std::string weir;    // the command
  std::string folder;  // for files that scenarios make
};

std::vector<Scenario> host_scenarios(const Files& files);
// With a compile server of the host's own: a process is started for each run.
Scenario compiler_scenario(const Files& files);
// The store by itself: an entry is written, found, explained, checked and removed.
Scenario store_scenario(const Files& files);

}  // namespace weir::faults
