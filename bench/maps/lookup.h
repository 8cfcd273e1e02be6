// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The loop that every contender runs, as C and as BPF: 1024 lookups of keys in random order, each
// adding what it finds. MAP_LOOKUP(key) is the contender's own.
#pragma once

enum { kLookups = 1024, kEntries = 1024 };

struct key {
  unsigned words[MAP_KEY_BYTES / 4];
};

// Entry `index` of the map; an LPM trie's key starts with the length of its prefix.
static inline __attribute__((always_inline)) void make_key(struct key* key, unsigned index) {
  for (unsigned i = 0; i < MAP_KEY_BYTES / 4; i++) key->words[i] = 0;
  if (MAP_TYPE == BPF_MAP_TYPE_LPM_TRIE) {
    key->words[0] = 32;
    key->words[MAP_KEY_BYTES / 4 - 1] = index;
  } else {
    key->words[0] = index;
  }
}

#define RUN_LOOKUPS(sum)                            \
  do {                                              \
    unsigned random = 12345;                        \
    for (unsigned i = 0; i < kLookups; i++) {       \
      random = random * 1664525u + 1013904223u;     \
      struct key key;                               \
      make_key(&key, random >> 22);                 \
      unsigned long long* found = MAP_LOOKUP(&key); \
      if (found) sum += *found;                     \
    }                                               \
  } while (0)
