// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// CO-RE relocations of every kind, one program each; core_target.c has the types they meet.
#include "common.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct part {
  u32 first;
  u16 list[4];
};

struct device {
  u32 id;
  u32 port;
  struct {
    u8 x;
    u8 y;
  };
  u32 low : 3;
  int middle : 7;
  int balance;
  struct part part;
  struct part *next;
  u64 gone;
  u16 tail[];
};

// Another version of the same type: the flavour does not count.
struct device___old {
  u64 serial;
};

struct nowhere {
  u32 a;
};

#pragma clang attribute pop

enum colour { RED = 1, GREEN = 2, BLUE___old = 3, VIOLET = 4 };
typedef int (*handler)(struct device *, int);
union choice {
  u32 number;
  u8 bytes[4];
};

#define FIELD(field, kind) __builtin_preserve_field_info(((struct device *)ctx)->field, kind)
#define TYPE(type, kind) __builtin_preserve_type_info(*(typeof(type) *)0, kind)
#define VALUE(value, kind) __builtin_preserve_enum_value(*(enum colour *)value, kind)

// Loads: the offset changes, of unsigned integers and pointers the size too.
SEC("xdp")
int load_wider(struct device *ctx) {
  return ctx->id;
}
SEC("xdp")
int load_narrower(struct device *ctx) {
  return ctx->port;
}
SEC("xdp")
int load_anonymous(struct device *ctx) {
  return ctx->y;
}
SEC("xdp")
int load_element(struct device *ctx) {
  return ctx->part.list[2];
}
SEC("xdp")
int load_open_end(struct device *ctx) {
  return ctx->tail[3];
}
SEC("xdp")
int load_of_array(struct part *ctx) {
  return ctx[2].first;
}
SEC("xdp")
int store(struct device *ctx) {
  ctx->part.first = 5;
  return 0;
}
SEC("xdp")
u64 load_flavour(struct device___old *ctx) {
  return ctx->serial;
}

// What cannot be: a signed integer of another size, a member and a type that are not there.
SEC("xdp")
int load_signed(struct device *ctx) {
  return ctx->balance;
}
SEC("xdp")
u64 load_gone(struct device *ctx) {
  return ctx->gone;
}
SEC("xdp")
int load_nowhere(struct nowhere *ctx) {
  return ctx->a;
}

// Questions about fields.
SEC("xdp")
int offsets(void *ctx) {
  return FIELD(part.list[1], 0) + FIELD(next, 0) * 3;
}
SEC("xdp")
int sizes(void *ctx) {
  return FIELD(id, 1) + FIELD(part, 1) * 3 + FIELD(part.list, 1) * 5;
}
SEC("xdp")
int exist(void *ctx) {
  return FIELD(id, 2) + FIELD(gone, 2) * 3 + FIELD(part.list[3], 2) * 5;
}
SEC("xdp")
int bits(void *ctx) {
  return FIELD(low, 0) + FIELD(low, 1) * 3 + FIELD(low, 3) * 5 + FIELD(middle, 3) * 7 +
         FIELD(middle, 4) * 9 + FIELD(middle, 5) * 11;
}

// Questions about types and enumerators.
SEC("xdp")
int types(void *ctx) {
  return TYPE(struct device, 0) + TYPE(struct nowhere, 0) * 3 + TYPE(handler, 0) * 5 +
         TYPE(struct part, 1) * 7 + TYPE(union choice, 2) * 9 + TYPE(struct device, 2) * 11 +
         TYPE(enum colour, 2) * 13;
}
SEC("xdp")
u64 type_ids(void *ctx) {
  return __builtin_btf_type_id(*(struct device *)0, 0) +
         __builtin_btf_type_id(*(struct device *)0, 1) * 3;
}
SEC("xdp")
u64 enumerators(void *ctx) {
  return VALUE(RED, 0) + VALUE(VIOLET, 0) * 3 + VALUE(GREEN, 1) * 5 + VALUE(BLUE___old, 1) * 7;
}
SEC("xdp")
u64 enumerator_gone(void *ctx) {
  return VALUE(VIOLET, 1);
}
