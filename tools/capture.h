// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Captures, read and written with libpcap: pcap and pcapng in, pcap out. A packet keeps its bytes,
// its original length and its time stamp, to the nanosecond if the capture has it.
#pragma once

#include <memory>
#include <string>

#include <pcap/pcap.h>

#include "frontend/support/bytes.h"
#include "frontend/support/result.h"
#include "tools/output_file.h"

namespace weir::tool {

struct PcapCloser {
  void operator()(pcap_t* pcap) const { ::pcap_close(pcap); }
};
using PcapHandle = std::unique_ptr<pcap_t, PcapCloser>;

struct CapturedPacket {
  pcap_pkthdr header{};  // tv_usec is in units of CaptureReader::precision()
  ByteSpan bytes;        // valid until the next packet is read
};

class CaptureReader {
 public:
  // "-" is standard input. Errors: kIo, kNotFound, kCaptureMalformed.
  static Result<CaptureReader> open(const std::string& path);

  int link_type() const { return ::pcap_datalink(pcap_.get()); }
  int snap_length() const { return ::pcap_snapshot(pcap_.get()); }
  // PCAP_TSTAMP_PRECISION_*
  int precision() const { return precision_; }
  // False at the end. kCaptureMalformed if the file is damaged or cut off; packets before that were
  // given out.
  Result<bool> next(CapturedPacket& packet);

 private:
  CaptureReader() = default;
  PcapHandle pcap_;
  std::string path_;
  int precision_ = PCAP_TSTAMP_PRECISION_MICRO;
};

class CaptureWriter {
 public:
  // For packets of `like`; "-" is standard output.
  static Result<CaptureWriter> create(const std::string& path, const CaptureReader& like);
  // For Ethernet frames that come from no capture.
  static Result<CaptureWriter> create_ethernet(const std::string& path);
  CaptureWriter(CaptureWriter&&) = default;
  CaptureWriter& operator=(CaptureWriter&&) = delete;

  void write(const CapturedPacket& packet);
  // The file appears now, whole. Reports what went wrong since create().
  Status commit();

 private:
  static Result<CaptureWriter> create(const std::string& path, int link_type, int snap_length,
                                      int precision);
  explicit CaptureWriter(OutputFile file) : file_(std::move(file)) {}
  OutputFile file_;
  PcapHandle pcap_;
  pcap_dumper_t* dumper_ = nullptr;  // writes to file_.stream(), which file_ closes
};

}  // namespace weir::tool
