// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One test of a program, or of several that run as a chain: what is in its maps, the packets, and
// what came of them. A TestCase is made from a request (request.h), a test file (test_file.h) or
// options of the command; the two runners, weir's (run_weir.h) and the kernel's (run_kernel.h),
// both turn it into a TestOutcome. What a run means is what BPF_PROG_TEST_RUN does.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "frontend/support/bytes.h"
#include "frontend/support/result.h"
#include "runtime/abi/contexts.h"
#include "runtime/abi/socket.h"
#include "tools/chain_options.h"

namespace weir::tool {

using Bytes = std::vector<uint8_t>;

// What is done to the maps before a packet. A map that the program does not use is skipped.
struct MapStep {
  enum class Kind : uint8_t { kUpdate, kProgArray, kArrayBytes, kInnerUpdate };
  Kind kind = Kind::kUpdate;
  size_t before_packet = 0;  // 0: before all of them
  std::string map;
  Bytes key, value;  // kUpdate (a per-CPU map: this value for each CPU), kInnerUpdate: of the outer
                     // map, and of the inner one below
  uint32_t index = 0;   // kProgArray: the slot; kArrayBytes: the first entry
  std::string program;  // kProgArray
  Bytes bytes;          // kArrayBytes: one a 32-bit entry
  std::string inner_type;
  uint32_t inner_key_size = 0, inner_value_size = 0, inner_max_entries = 0, inner_flags = 0;
  Bytes inner_key, inner_value;
};

struct TestPacket {
  Bytes data;  // an Ethernet frame
  // Members of xdp_md or __sk_buff that the host sets, as BPF_PROG_TEST_RUN's ctx_in.
  std::map<std::string, uint64_t> fields;
};

struct TestCase {
  std::string program, section;  // either may be empty: the only one
  // Programs that run as a chain, in the order given, instead of the one above; a file is where the
  // test's object is, or another one's.
  std::vector<ChainedProgram> chain;
  std::optional<ContextKind> kind;  // empty: as the section says
  std::vector<MapStep> steps;
  std::vector<std::string> load_also;  // programs that a program array starts with
  std::vector<TestPacket> packets;
  std::vector<Socket> sockets;  // that the programs may look up
  // What perf_prog_read_value gives: counter, time enabled, time running. Empty: -EINVAL.
  std::optional<std::array<uint64_t, 3>> perf_event;
  uint32_t repeat = 1;  // runs of each packet, each on what the one before left
};

// Where a packet is to go whose verdict redirects it.
struct RedirectTarget {
  uint32_t ifindex = 0;
  std::string map;  // not empty: an entry of it, instead
  uint64_t key = 0;
  friend bool operator==(const RedirectTarget&, const RedirectTarget&) = default;
};

struct PacketOutcome {
  uint32_t retval = 0;
  Bytes out;
  // The packet was not run on: errno of the refusal, and what was wrong.
  int refused = 0;
  std::string note;                        // why it was refused, or the trap that ended the run
  bool trapped = false;                    // weir only
  std::string decided;                     // of a chain: the program that ran last
  std::optional<RedirectTarget> redirect;  // weir only
  std::chrono::nanoseconds time{};         // of one run
};

struct MapContents {
  std::string name;
  // In order of the key. Of a per-CPU map: CPU 0's value.
  std::vector<std::pair<Bytes, Bytes>> entries;
  friend bool operator==(const MapContents&, const MapContents&) = default;
};

struct TestOutcome {
  std::string program, section;
  ContextKind kind = ContextKind::kXdp;
  std::string engine;
  std::vector<ChainPlace> chain;    // in the order in which they run; empty: the one program
  std::vector<PacketOutcome> runs;  // parallel to the packets
  std::vector<MapContents> maps;    // arrays, hashes and tries, with what they hold
};

// PAGE_SIZE less headroom and the space of struct skb_shared_info: a test run of the kernel refuses
// longer packets for skb kinds. (XDP gets what is beyond kXdpLinearBytes in fragments.)
inline constexpr size_t kSkbMaxBytes = 3712;

// A member of the context that a host may set in a test run: its place in struct xdp_md or
// __sk_buff. kUsage, naming those that can be set.
struct ContextMember {
  uint16_t offset = 0;
  uint8_t size = 4;
};
Result<ContextMember> context_member(ContextKind kind, const std::string& name);

// Writes the differences of two outcomes, one a line, with what each of them has: `left` and
// `right` are their names ("weir", "kernel"). Empty: they agree. Compared are return values,
// packets and maps.
std::vector<std::string> differences(const TestOutcome& a, const TestOutcome& b,
                                     std::string_view left, std::string_view right);

// "interface 7", "entry 3 of map devs".
std::string redirect_text(const RedirectTarget& target);
// What a comparison with the kernel leaves out, one a line: a test run does not tell where a packet
// is redirected to.
std::vector<std::string> not_compared(const TestOutcome& weir);

}  // namespace weir::tool
