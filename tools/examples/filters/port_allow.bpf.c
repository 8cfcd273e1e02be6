// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Allow-list of ports: drops TCP and UDP packets of which neither port is on the list. One port is
// enough, so that the answers of an allowed service come back to the client's ephemeral port.
//
// Everything else passes: other protocols, fragments without a transport header (the first
// fragment is the one that is judged), and packets too short to hold both ports.
#include "packet.h"

ALWAYS_INLINE _Bool allowed(u16 port) {
  switch (port) {
    case 22:    // SSH
    case 53:    // DNS
    case 67:    // DHCP server
    case 68:    // DHCP client
    case 80:    // HTTP
    case 123:   // NTP
    case 443:   // HTTPS
    case 546:   // DHCPv6 client
    case 547:   // DHCPv6 server
    case 5353:  // multicast DNS
      return 1;
    default: return 0;
  }
}

SEC("filter/frame")
u64 port_allow(void* data, u64 len) {
  const u8* end = (const u8*)data + len;
  struct transport transport = find_transport(data, end);

  if (transport.protocol != PROTOCOL_TCP && transport.protocol != PROTOCOL_UDP) return PASS;

  // TCP and UDP headers both start with the source and the destination port.
  const u16* ports = (const u16*)transport.header;
  if (transport.length < 4 || (const u8*)(ports + 2) > end) return PASS;
  return allowed(ntohs(ports[0])) || allowed(ntohs(ports[1])) ? PASS : DROP;
}

static char _license[] SEC("license") = "Dual BSD/GPL";
