// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A long program without a loop: 272 rules, each with numbers of its own, that rate the packet by its
// first 40 bytes; about 5,000 instructions.
#include "packet.h"

// Numbers that look random, and are constants.
#define NUMBER(n, which) (((n)*2654435761u + (which)*40503u) >> 7)

#define RULE(n)                                                                     \
  do {                                                                              \
    const u32 field = words[NUMBER(n, 1) % 10];                                     \
    if ((field ^ (u32)hash) % 64 < NUMBER(n, 2) % 24) {                             \
      hash = (hash ^ NUMBER(n, 3)) * 0x100000001b3ull;                              \
      rate += words[NUMBER(n, 4) % 10] & NUMBER(n, 5);                              \
    } else {                                                                        \
      rate ^= field >> (NUMBER(n, 6) % 13) | (u64)NUMBER(n, 7) << 9;                \
      hash += rate;                                                                 \
    }                                                                               \
  } while (0)
#define RULES_4(n) RULE(n); RULE(n + 1); RULE(n + 2); RULE(n + 3)
#define RULES_16(n) RULES_4(n); RULES_4(n + 4); RULES_4(n + 8); RULES_4(n + 12)
#define RULES_64(n) RULES_16(n); RULES_16(n + 16); RULES_16(n + 32); RULES_16(n + 48)

SEC("filter/frame")
u64 rules(void* data, u64 len) {
  const u32* words = data;
  if (len < 40) return 0;
  u64 hash = 0xcbf29ce484222325ull, rate = 0;
  RULES_64(0);
  RULES_64(64);
  RULES_64(128);
  RULES_64(192);
  RULES_16(256);
  return rate ^ hash;
}
