// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Runs a chain of programs on packets, batch by batch, and counts what became of them. The program
// works on a private copy, so what is written out is what was captured, whatever the program does.
// Only the runs are timed: not reading, copying and writing.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <tuple>
#include <vector>

#include "runtime/engine/executable.h"
#include "runtime/engine/program_set.h"
#include "runtime/hooks/chain.h"
#include "runtime/hooks/packet_buffer.h"
#include "tools/capture.h"

namespace weir::tool {

struct PacketCounts {
  uint64_t packets = 0;
  uint64_t passed = 0;
  uint64_t dropped = 0;
  uint64_t not_ip = 0;  // of the packets: nothing that the hook kind takes; judged by on_error
  uint64_t trapped = 0;
  // By member of the chain, program of its set, code and instruction.
  std::map<std::tuple<size_t, uint32_t, TrapCode, uint32_t>, uint64_t> traps;
  std::vector<uint64_t> decided;        // packets, by member that ran last
  uint64_t runs = 0;                    // of the chain, repetitions included
  std::chrono::nanoseconds run_time{};  // that all of them took
};

struct FilterRules {
  ContextKind at = ContextKind::kFrame;  // kIp, a kPacket kind, or else the whole frame
  int link_type = 0;                     // has passed check_link_type() for `at`
  bool drop_on_error = false;            // frames without IP at kIp, and runs that end in a trap
  uint64_t budget = kDefaultBudget;
  uint32_t repeat = 1;  // runs of each packet; the first one decides
};

class PacketRun {
 public:
  // ChainLink::program is an index into `members`: program 0 of each is run. They outlive this
  // object.
  PacketRun(std::vector<const ProgramSet*> members, Chain chain, const FilterRules& rules);

  // Takes a packet; when a batch is full it is run and `passed` is called for each packet that
  // passes, in order. The packet given to `passed` is valid during the call.
  using Passed = std::function<void(const CapturedPacket&)>;
  void add(const CapturedPacket& packet, const Passed& passed);
  // Runs what is left.
  void finish(const Passed& passed);

  const PacketCounts& counts() const { return counts_; }

 private:
  struct Slot {
    pcap_pkthdr header;
    size_t start;       // of the frame in bytes_
    size_t data_start;  // of what the program is given
    size_t data_size = 0;
    bool runs = true;  // false: no IP in it
    bool drops = false;
    size_t decided = 0;     // member that ran last
    size_t trapped_in = 0;  // member whose trap it is, and the program of its set
    uint32_t program = 0;
    Trap trap;
  };
  void run_batch(bool first);
  void place_batch();
  uint64_t run_member(ExecContext& context, size_t member, size_t index, bool first);

  const std::vector<const ProgramSet*> members_;
  const Chain chain_;
  FilterRules rules_;
  PacketCounts counts_;
  std::vector<Slot> slots_;
  std::vector<uint8_t> bytes_, copy_;
  std::vector<PacketBuffer> buffers_;  // of kPacket kinds, parallel to slots_
};

}  // namespace weir::tool
