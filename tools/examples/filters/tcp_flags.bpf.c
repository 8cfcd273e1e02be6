// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Drops TCP packets that no working TCP implementation sends and that port scanners do: headers
// shorter than the 20 bytes every TCP header has, and combinations of flags that contradict each
// other. RFC 9293, section 3.1 has the flags. A header that is not whole passes: there is nothing
// to judge.
#include "packet.h"

enum {
  FIN = 0x01,
  SYN = 0x02,
  RST = 0x04,
  PSH = 0x08,
  ACK = 0x10,
  URG = 0x20,
};

ALWAYS_INLINE _Bool malformed(u8 flags) {
  const u8 xmas = FIN | PSH | URG;

  if ((flags & (FIN | SYN | RST | PSH | ACK | URG)) == 0) return 1;  // null scan
  if ((flags & xmas) == xmas) return 1;                              // all lights on
  if ((flags & (SYN | FIN)) == (SYN | FIN)) return 1;                // opens and closes
  if ((flags & (SYN | RST)) == (SYN | RST)) return 1;                // opens and aborts
  if ((flags & (FIN | ACK)) == FIN) return 1;                        // closes nothing: FIN scan
  return 0;
}

SEC("filter/frame")
u64 tcp_flags(void* data, u64 len) {
  const u8* end = (const u8*)data + len;
  struct transport transport = find_transport(data, end);

  if (transport.protocol != PROTOCOL_TCP) return PASS;

  const struct tcp_header* tcp = (const struct tcp_header*)transport.header;
  if (transport.length < sizeof *tcp || (const u8*)(tcp + 1) > end) return PASS;
  return tcp->data_offset >> 4 < 5 || malformed(tcp->flags) ? DROP : PASS;
}

static char _license[] SEC("license") = "Dual BSD/GPL";
