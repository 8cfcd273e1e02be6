// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "measure/packet_writer.h"

#include <string_view>

#include <netinet/in.h>

namespace weir::measure {

namespace {

using Bytes = std::vector<uint8_t>;

constexpr uint16_t kIpv4 = 0x0800, kIpv6 = 0x86dd, kVlan = 0x8100, kQinq = 0x88a8, kArp = 0x0806;

void put8(Bytes& out, uint32_t v) {
  out.push_back(static_cast<uint8_t>(v));
}
void put16(Bytes& out, uint32_t v) {
  put8(out, v >> 8);
  put8(out, v);
}
void put32(Bytes& out, uint32_t v) {
  put16(out, v >> 16);
  put16(out, v);
}
void put_random(Bytes& out, Random& random, size_t n) {
  for (size_t i = 0; i < n; ++i) put8(out, random.below(256));
}
void append(Bytes& out, const Bytes& more) {
  out.insert(out.end(), more.begin(), more.end());
}

template <class T, size_t N>
T pick(Random& random, const T (&from)[N]) {
  return from[random.below(N)];
}

uint32_t port(Random& random) {
  static constexpr uint16_t kServices[] = {22,  25,  53,  67,  80,   123,  135,
                                           139, 443, 445, 546, 1900, 5353, 8080};
  return random.chance(50) ? pick(random, kServices) : 1024 + random.below(64512);
}

uint32_t ipv4_address(Random& random) {
  switch (random.below(8)) {
    case 0: return 0x01010101;
    case 1: return 0xe00000fb;
    case 2: return 0x7f000001;
    case 3: return 0xc0a84200 | random.below(256);
    case 4:
    case 5: return 0x0a000000 | random.below(1 << 24);
    default: return static_cast<uint32_t>(random.next());
  }
}

Bytes tcp(Random& random) {
  // SYN, SYN+ACK, ACK, PSH+ACK, FIN+ACK, RST; then what only scanners send.
  static constexpr uint8_t kFlags[] = {0x02, 0x12, 0x10, 0x10, 0x18, 0x18, 0x11, 0x04};
  static constexpr uint8_t kScans[] = {0x00, 0x01, 0x03, 0x06, 0x29};
  Bytes out;
  put16(out, port(random));
  put16(out, port(random));
  put32(out, static_cast<uint32_t>(random.next()));
  put32(out, static_cast<uint32_t>(random.next()));
  const uint32_t words = random.chance(3) ? 4 : random.chance(40) ? 8 : 5;
  put8(out, words << 4);
  put8(out, random.chance(90) ? pick(random, kFlags) : pick(random, kScans));
  put16(out, 0xfaf0);
  put32(out, 0);
  put_random(out, random, words > 5 ? (words - 5) * 4 : 0);
  put_random(out, random, random.below(16));
  return out;
}

Bytes udp(Random& random, uint32_t source, uint32_t destination, const Bytes& payload) {
  Bytes out;
  put16(out, source);
  put16(out, destination);
  put16(out, static_cast<uint32_t>(8 + payload.size()));
  put16(out, random.below(65536));
  append(out, payload);
  return out;
}

struct Payload {
  uint8_t protocol;
  Bytes bytes;
};

Payload transport(Random& random) {
  const uint32_t which = random.below(100);
  if (which < 55) return {IPPROTO_TCP, tcp(random)};
  if (which < 90) {
    Bytes data;
    put_random(data, random, random.below(24));
    return {IPPROTO_UDP, udp(random, port(random), port(random), data)};
  }
  Bytes icmp;
  put16(icmp, 0x0800);
  put_random(icmp, random, 14);
  return {IPPROTO_ICMP, icmp};
}

Bytes ipv4(Random& random, const Payload& payload) {
  const uint32_t words = random.chance(8) ? 7 : 5;
  Bytes out;
  put8(out, 0x40 | words);
  put8(out, 0);
  put16(out, static_cast<uint32_t>(words * 4 + payload.bytes.size()));
  put16(out, random.below(65536));
  put16(out, random.chance(4) ? 0x2000 | random.below(128) : 0x4000);
  put8(out, 64);
  put8(out, payload.protocol);
  put16(out, random.below(65536));
  put32(out, ipv4_address(random));
  put32(out, ipv4_address(random));
  put_random(out, random, (words - 5) * 4);
  append(out, payload.bytes);
  return out;
}

Bytes ipv6(Random& random, Payload payload) {
  if (random.chance(10)) {  // hop-by-hop options
    Bytes extended;
    put8(extended, payload.protocol);
    put8(extended, 0);
    put_random(extended, random, 6);
    append(extended, payload.bytes);
    payload = {IPPROTO_HOPOPTS, extended};
  }
  static constexpr uint16_t kPrefixes[] = {0x2001, 0x2a00, 0xfe80, 0xff02, 0x2002, 0xfd00};
  Bytes out;
  put32(out, 0x60000000);
  put16(out, static_cast<uint32_t>(payload.bytes.size()));
  put8(out, payload.protocol);
  put8(out, 64);
  for (int i = 0; i < 2; ++i) {
    put16(out, pick(random, kPrefixes));
    put_random(out, random, 14);
  }
  append(out, payload.bytes);
  return out;
}

Bytes ethernet(Random& random, uint16_t type, const Bytes& payload) {
  Bytes out;
  put_random(out, random, 12);
  if (random.chance(15)) {
    const bool two = random.chance(25);
    put16(out, two ? kQinq : kVlan);
    put16(out, random.below(4096));
    if (two) {
      put16(out, kVlan);
      put16(out, random.below(4096));
    }
  }
  put16(out, type);
  append(out, payload);
  return out;
}

// "ads.example" as labels with their lengths, some letters large.
Bytes name_on_wire(Random& random, std::string_view name) {
  Bytes out;
  while (!name.empty()) {
    const size_t size = std::min(name.find('.'), name.size());
    put8(out, static_cast<uint32_t>(size));
    for (const char c : name.substr(0, size)) {
      const bool large = c >= 'a' && c <= 'z' && random.chance(10);
      put8(out, static_cast<uint32_t>(large ? c - 32 : c));
    }
    name.remove_prefix(std::min(size + 1, name.size()));
  }
  put8(out, 0);
  return out;
}

}  // namespace

Bytes write_ip_packet(Random& random) {
  const Payload payload = transport(random);
  Bytes packet = random.chance(75) ? ipv4(random, payload) : ipv6(random, payload);
  if (random.chance(4)) packet.resize(random.below(static_cast<uint32_t>(packet.size())));
  return packet;
}

Bytes write_frame(Random& random) {
  const uint32_t which = random.below(100);
  const Payload payload = transport(random);
  Bytes frame;
  if (which < 60) {
    frame = ethernet(random, kIpv4, ipv4(random, payload));
  } else if (which < 86) {
    frame = ethernet(random, kIpv6, ipv6(random, payload));
  } else if (which < 90) {
    frame = ethernet(random, kIpv4, ipv4(random, {IPPROTO_IPIP, ipv4(random, payload)}));
  } else if (which < 94) {
    Bytes gre = {0x00, 0x00, kIpv4 >> 8, kIpv4 & 0xff};
    append(gre, ipv4(random, payload));
    frame = ethernet(random, kIpv4, ipv4(random, {IPPROTO_GRE, gre}));
  } else {
    Bytes arp;
    put_random(arp, random, 28);
    frame = ethernet(random, kArp, arp);
  }
  if (random.chance(4)) frame.resize(random.below(static_cast<uint32_t>(frame.size())));
  return frame;
}

Bytes write_dns_query(Random& random) {
  static constexpr std::string_view kNames[] = {
      "ads.example",
      "www.ads.example",
      "roads.example",
      "tracker.test",
      "metrics.invalid",
      "www.debian.org",
      "deb.debian.org",
      "a.root-servers.net",
      "localhost",
      "mail.example.com",
      "_sip._tcp.example.com",
      "very-long-label-of-a-host.cdn.example.net",
      "x.test",
      "one.one.one.one",
      "eu.metrics.invalid",
      "time.cloudflare.com",
  };
  Bytes dns;
  put16(dns, random.below(65536));
  put16(dns, random.chance(90) ? 0x0100 : 0x8180);
  put16(dns, 1);
  put16(dns, 0);
  put32(dns, 0);
  append(dns, name_on_wire(random, pick(random, kNames)));
  put16(dns, random.chance(60) ? 1 : 28);
  put16(dns, 1);
  const Payload payload = {IPPROTO_UDP, udp(random, 1024 + random.below(64512), 53, dns)};
  return random.chance(85) ? ethernet(random, kIpv4, ipv4(random, payload))
                           : ethernet(random, kIpv6, ipv6(random, payload));
}

}  // namespace weir::measure
