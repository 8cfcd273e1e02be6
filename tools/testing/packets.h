// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Packets of tests from captures, and into them.
#pragma once

#include <string>
#include <vector>

#include "tools/testing/test_case.h"

namespace weir::tool {

// All packets of an Ethernet capture.
Result<std::vector<TestPacket>> read_packets(const std::string& path);

// An Ethernet capture of what the packets are after the run; without those that were refused. "-"
// is standard output.
Status write_packets(const std::string& path, const TestOutcome& outcome);

}  // namespace weir::tool
