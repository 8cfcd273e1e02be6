// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Those who ran classic filters before: libpcap's interpreter and the kernel.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "frontend/isa/cbpf.h"

namespace weir::test {

// libpcap's bpf_filter(), on a packet that was captured whole.
uint32_t run_in_libpcap(std::span<const ClassicInsn> insns, ByteSpan packet);
// What tcpdump would attach to frames of Ethernet, or (`raw`) to IP packets.
std::vector<ClassicInsn> compile_in_libpcap(const std::string& expression, bool raw);

// A pair of datagram sockets whose receiver has a filter. Any user may do this.
class FilteredSocket {
 public:
  FilteredSocket();
  ~FilteredSocket();
  FilteredSocket(const FilteredSocket&) = delete;
  FilteredSocket& operator=(const FilteredSocket&) = delete;

  // Empty if there are such sockets here, else why not.
  const std::string& problem() const { return problem_; }
  // Whether the kernel takes it.
  bool attach(std::span<const ClassicInsn> insns);
  // How many bytes of a packet (not empty) come through: the filter's result, at most all. Null if
  // sending fails.
  std::optional<uint32_t> pass(ByteSpan packet);

 private:
  int sockets_[2] = {-1, -1};
  std::string problem_;
};

}  // namespace weir::test
