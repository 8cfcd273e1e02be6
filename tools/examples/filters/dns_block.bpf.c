// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// DNS block-list: drops DNS queries (UDP to port 53) for a blocked domain and for any name below
// it. Letters match in either case, labels match as a whole: `ads.example` blocks `WWW.Ads.Example`
// and not `roads.example`.
//
// A name on the wire is a row of labels, each a length byte and that many bytes, ended by a label
// of length zero (RFC 1035, section 3.1). The filter reads the name once, from front to back, and
// keeps the last 16 bytes of it, letters in lower case, in a shift register. When the name ends the
// register holds its tail, and a domain is compared with two 64-bit operations. A third register
// marks which of the 16 bytes are length bytes, because a label may hold any byte: the label
// `\003ads`, four bytes long, must not pass for the end of a label and a new one.
#include "packet.h"

enum {
  DNS_PORT = 53,
  MAX_NAME_LENGTH = 255,  // RFC 1035, section 2.3.4: with all length bytes, the last included
  MAX_LABEL_LENGTH = 63,
};

struct dns_header {
  u16 identifier;
  u8 flags;  // the highest bit tells an answer from a query
  u8 more_flags;
  u16 questions;
  u16 answers;
  u16 authorities;
  u16 additionals;
};

// The last 16 bytes of a name, the newest in the lowest bits, and one mark for each byte.
struct name_tail {
  u64 older, newer;
  u16 length_bytes;
};

ALWAYS_INLINE void append(struct name_tail* tail, u8 byte, _Bool is_length) {
  tail->older = tail->older << 8 | tail->newer >> 56;
  tail->newer = tail->newer << 8 | byte;
  tail->length_bytes = (u16)(tail->length_bytes << 1 | is_length);
}

// Tells whether the name is or ends in `domain`: `size` bytes of labels, 16 at most, without the
// label of length zero. `domain` is a literal, and the compiler turns the loop into constants.
ALWAYS_INLINE _Bool ends_in(const struct name_tail* name, const char* domain, u32 size) {
  struct name_tail wanted = {0, 0, 0}, mask = {0, 0, 0};
  u32 label_left = 0;

#pragma clang loop unroll(full)
  for (u32 i = 0; i < size; i++) {
    _Bool is_length = label_left == 0;
    label_left = is_length ? (u8)domain[i] : label_left - 1;
    append(&wanted, (u8)domain[i], is_length);
    append(&mask, 0xff, 1);
  }
  return (name->older & mask.older) == wanted.older && (name->newer & mask.newer) == wanted.newer &&
         (name->length_bytes & mask.length_bytes) == wanted.length_bytes;
}

#define ENDS_IN(name, literal)                                            \
  ({                                                                      \
    _Static_assert(sizeof literal - 1 <= 16, "longer than the register"); \
    ends_in(name, literal, sizeof literal - 1);                           \
  })

ALWAYS_INLINE _Bool blocked(const struct name_tail* name) {
  return ENDS_IN(name, "\003ads\007example") || ENDS_IN(name, "\007tracker\004test") ||
         ENDS_IN(name, "\007metrics\007invalid");
}

SEC("filter/frame")
u64 dns_block(void* data, u64 len) {
  const u8* end = (const u8*)data + len;
  struct transport transport = find_transport(data, end);

  if (transport.protocol != PROTOCOL_UDP) return PASS;

  const struct udp_header* udp = (const struct udp_header*)transport.header;
  const struct dns_header* dns = (const struct dns_header*)(udp + 1);
  if (transport.length < sizeof *udp + sizeof *dns || (const u8*)(dns + 1) > end) return PASS;
  if (ntohs(udp->destination_port) != DNS_PORT) return PASS;
  if ((dns->flags & 0x80) != 0 || dns->questions == 0) return PASS;

  const u8* name = (const u8*)(dns + 1);
  u64 name_limit = transport.length - sizeof *udp - sizeof *dns;
  if (name_limit > MAX_NAME_LENGTH) name_limit = MAX_NAME_LENGTH;

  struct name_tail tail = {0, 0, 0};
  u32 label_left = 0;
  for (u64 i = 0; i < name_limit; i++) {
    if (name + i + 1 > end) return PASS;
    u8 byte = name[i];
    if (label_left == 0) {
      if (byte == 0) return blocked(&tail) ? DROP : PASS;
      if (byte > MAX_LABEL_LENGTH) return PASS;  // a compression pointer has no place here
      label_left = byte;
      append(&tail, byte, 1);
    } else {
      label_left--;
      append(&tail, byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte, 0);
    }
  }
  return PASS;  // the name has no end
}

static char _license[] SEC("license") = "Dual BSD/GPL";
