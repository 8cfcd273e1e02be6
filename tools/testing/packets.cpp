// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/testing/packets.h"

#include <pcap/dlt.h>

#include <fmt/format.h>

#include "tools/capture.h"
#include "tools/link_layer.h"

namespace weir::tool {

Result<std::vector<TestPacket>> read_packets(const std::string& path) {
  WEIR_TRY(CaptureReader reader, CaptureReader::open(path));
  if (reader.link_type() != DLT_EN10MB) {
    return Error(ErrorCode::kUsage, fmt::format("the capture's link type is {}, expected Ethernet",
                                                link_name(reader.link_type())))
        .in_file(path);
  }
  std::vector<TestPacket> packets;
  for (CapturedPacket packet;;) {
    WEIR_TRY(const bool more, reader.next(packet));
    if (!more) return packets;
    packets.push_back({.data = Bytes(packet.bytes.begin(), packet.bytes.end()), .fields = {}});
  }
}

Status write_packets(const std::string& path, const TestOutcome& outcome) {
  WEIR_TRY(CaptureWriter writer, CaptureWriter::create_ethernet(path));
  for (size_t i = 0; i < outcome.runs.size(); ++i) {
    const PacketOutcome& run = outcome.runs[i];
    if (run.refused != 0) continue;
    CapturedPacket packet;
    packet.header.ts.tv_sec = static_cast<time_t>(i);  // which packet of the input it was
    packet.header.caplen = packet.header.len = static_cast<uint32_t>(run.out.size());
    packet.bytes = run.out;
    writer.write(packet);
  }
  return writer.commit();
}

}  // namespace weir::tool
