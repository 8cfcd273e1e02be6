// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Captures: libpcap reads them, weir believes what it says about lengths.
#include "tests/fuzz/targets/target.h"
#include "tools/capture.h"
#include "tools/testing/packets.h"

using namespace weir;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const fuzz::MemoryFile file({data, size});
  auto reader = tool::CaptureReader::open(file.path());
  if (!reader) return 0;
  tool::CapturedPacket packet;
  size_t bytes = 0;
  for (size_t i = 0; i < 4096; ++i) {
    const auto more = reader->next(packet);
    if (!more || !*more) break;
    fuzz::promise(packet.bytes.size() <= size, "a packet is no longer than its capture");
    fuzz::promise(packet.bytes.size() == packet.header.caplen, "a packet is as long as it says");
    for (uint8_t byte : packet.bytes) bytes += byte;
  }
  (void)bytes;
  (void)tool::read_packets(file.path());
  return 0;
}
