// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The types that core.c looks for, as another version of a kernel might have them.
#include "common.h"

struct part {
  u16 list[8];
  u32 first;
};

struct device {
  u64 serial;
  u64 id;
  u16 port;
  union {
    struct {
      u8 w, x, y;
    };
    u32 all;
  };
  struct {
    struct part part;
  };
  u32 high : 20;
  u32 low : 3;
  u32 middle : 7;
  long long balance;
  struct part *next;
  u16 tail[];
};

enum colour { RED = 11, GREEN = -2, BLUE = 1000, BLACK = 0 };
typedef int (*handler)(struct device *, int);
union choice {
  u64 wide;
  u8 bytes[4];
  u32 number;
};

int use(struct device *d, struct part *p, enum colour c, handler h, union choice *u) {
  return d && p && c == RED && h && u;
}
