// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The functions that LLVM may call although nobody wrote the call: it turns loops into memset or memcpy
// and leaves large ones to a library. A native object resolves nothing, so it carries its own; those that
// nobody calls are left out. Compiled to bitcode when weir is built, and again for the target's CPU with
// each object. `no_builtin`: else the loop here would become a call of itself.
typedef __SIZE_TYPE__ size_t;
typedef unsigned char u8;
typedef unsigned long long u64;

#define FUNCTION __attribute__((no_builtin, nothrow, visibility("hidden"), used))

static inline u64 load64(const u8* p) {
  u64 v;
  __builtin_memcpy_inline(&v, p, 8);
  return v;
}
static inline void store64(u8* p, u64 v) { __builtin_memcpy_inline(p, &v, 8); }

FUNCTION void* memset(void* to, int value, size_t n) {
  u8* p = to;
  const u64 word = 0x0101010101010101ull * (u8)value;
  for (; n >= 32; n -= 32, p += 32) {
    store64(p, word);
    store64(p + 8, word);
    store64(p + 16, word);
    store64(p + 24, word);
  }
  for (; n >= 8; n -= 8, p += 8) store64(p, word);
  for (; n > 0; --n) *p++ = (u8)value;
  return to;
}

FUNCTION void* memcpy(void* restrict to, const void* restrict from, size_t n) {
  u8* p = to;
  const u8* q = from;
  for (; n >= 32; n -= 32, p += 32, q += 32) {
    u64 a = load64(q), b = load64(q + 8), c = load64(q + 16), d = load64(q + 24);
    store64(p, a);
    store64(p + 8, b);
    store64(p + 16, c);
    store64(p + 24, d);
  }
  for (; n >= 8; n -= 8, p += 8, q += 8) store64(p, load64(q));
  for (; n > 0; --n) *p++ = *q++;
  return to;
}

FUNCTION void* memmove(void* to, const void* from, size_t n) {
  u8* p = to;
  const u8* q = from;
  if ((size_t)(p - q) >= n) {
    for (; n >= 8; n -= 8, p += 8, q += 8) store64(p, load64(q));
    for (; n > 0; --n) *p++ = *q++;
  } else {
    for (; n >= 8; n -= 8) store64(p + n - 8, load64(q + n - 8));
    for (; n > 0; --n) p[n - 1] = q[n - 1];
  }
  return to;
}

FUNCTION int memcmp(const void* a, const void* b, size_t n) {
  const u8 *p = a, *q = b;
  for (; n >= 8; n -= 8, p += 8, q += 8) {
    u64 x = load64(p), y = load64(q);
    if (x != y) {
      x = __builtin_bswap64(x);
      y = __builtin_bswap64(y);
      return x < y ? -1 : 1;
    }
  }
  for (; n > 0; --n, ++p, ++q) {
    if (*p != *q) return *p - *q;
  }
  return 0;
}

FUNCTION int bcmp(const void* a, const void* b, size_t n) { return memcmp(a, b, n); }
