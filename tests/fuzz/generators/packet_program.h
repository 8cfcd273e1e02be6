// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Random XDP programs as people write them: bounds are checked once, then the packet is read and
// written, maps are looked up, updated and counted in, functions are called, loops end, tail calls
// go nowhere. Nearly all of them pass strict, so that the kernel can be asked too.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "frontend/isa/program.h"

namespace weir::test {

struct PacketProgram {
  std::string text;  // kernel dialect
  std::vector<MapDef> maps;
};
// `nearly`: one thing is left out or put wrong, somewhere; some of these are refused by strict.
PacketProgram generate_packet_program(uint64_t seed, bool nearly = false);

}  // namespace weir::test
