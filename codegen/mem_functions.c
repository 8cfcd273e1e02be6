// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The functions that LLVM may call although nobody wrote the call: it turns loops into memset or
// memcpy and leaves large ones to a library. A native object resolves nothing, so it carries its
// own; those that nobody calls are left out. Compiled to bitcode when weir is built, and again for
// the target's CPU with each object. `no_builtin`: else the loop here would become a call of
// itself.
typedef __SIZE_TYPE__ size_t;
typedef unsigned char u8;
typedef unsigned long long u64;

#define FUNCTION __attribute__((no_builtin, nothrow, visibility("hidden"), used))

// What lies at any address, of any type.
#define ANYWHERE __attribute__((aligned(1), may_alias))
typedef unsigned short u16 ANYWHERE;
typedef unsigned int u32 ANYWHERE;
typedef u64 word ANYWHERE;
typedef u64 half __attribute__((vector_size(16), aligned(1), may_alias));
typedef u64 vector __attribute__((vector_size(32), aligned(1), may_alias));
#define AT(type, place) (*(type*)(place))

// The first and the last bytes, which may overlap: everything is read before anything is written.
#define BOTH_ENDS(type)                                     \
  do {                                                      \
    const type first = AT(const type, q);                   \
    const type last = AT(const type, q + n - sizeof(type)); \
    AT(type, p) = first;                                    \
    AT(type, p + n - sizeof(type)) = last;                  \
  } while (0)

static inline void copy_up_to_64(u8* p, const u8* q, size_t n) {
  if (n >= 32) {
    BOTH_ENDS(vector);
  } else if (n >= 16) {
    BOTH_ENDS(half);
  } else if (n >= 8) {
    BOTH_ENDS(word);
  } else if (n >= 4) {
    BOTH_ENDS(u32);
  } else if (n >= 2) {
    BOTH_ENDS(u16);
  } else if (n == 1) {
    *p = *q;
  }
}

// More than 64 bytes, ascending: what is read last must not have been written before.
static inline void copy_up(u8* p, const u8* q, size_t n) {
  const vector tail0 = AT(const vector, q + n - 64), tail1 = AT(const vector, q + n - 32);
  for (size_t i = 0; i < n - 64; i += 64) {
    const vector a = AT(const vector, q + i), b = AT(const vector, q + i + 32);
    AT(vector, p + i) = a;
    AT(vector, p + i + 32) = b;
  }
  AT(vector, p + n - 64) = tail0;
  AT(vector, p + n - 32) = tail1;
}

static inline void copy_down(u8* p, const u8* q, size_t n) {
  const vector head0 = AT(const vector, q), head1 = AT(const vector, q + 32);
  for (size_t i = n; i > 64; i -= 64) {
    const vector a = AT(const vector, q + i - 64), b = AT(const vector, q + i - 32);
    AT(vector, p + i - 64) = a;
    AT(vector, p + i - 32) = b;
  }
  AT(vector, p) = head0;
  AT(vector, p + 32) = head1;
}

FUNCTION void* memset(void* to, int value, size_t n) {
  u8* p = to;
  const u64 each = 0x0101010101010101ull * (u8)value;
  const vector all = {each, each, each, each};
  if (n >= 32) {
    for (size_t i = 0; i < n - 32; i += 32) AT(vector, p + i) = all;
    AT(vector, p + n - 32) = all;
    return to;
  }
  if (n >= 8) {
    AT(word, p) = each;
    if (n >= 16) {
      AT(word, p + 8) = each;
      AT(word, p + n - 16) = each;
    }
    AT(word, p + n - 8) = each;
    return to;
  }
  for (; n > 0; --n) *p++ = (u8)value;
  return to;
}

FUNCTION void* memcpy(void* restrict to, const void* restrict from, size_t n) {
  if (n > 64) {
    copy_up(to, from, n);
  } else {
    copy_up_to_64(to, from, n);
  }
  return to;
}

FUNCTION void* memmove(void* to, const void* from, size_t n) {
  if (n <= 64) {
    copy_up_to_64(to, from, n);
  } else if ((size_t)((u8*)to - (const u8*)from) >= n) {
    copy_up(to, from, n);
  } else {
    copy_down(to, from, n);
  }
  return to;
}

FUNCTION int memcmp(const void* a, const void* b, size_t n) {
  const u8 *p = a, *q = b;
  for (; n >= 8; n -= 8, p += 8, q += 8) {
    u64 x = AT(const word, p), y = AT(const word, q);
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

FUNCTION int bcmp(const void* a, const void* b, size_t n) {
  return memcmp(a, b, n);
}
