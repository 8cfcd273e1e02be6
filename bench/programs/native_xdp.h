// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What an XDP program is to the harness when clang compiled it for the host. C and C++.
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

// struct xdp_md, whose fields have 32 bits and hold pointers.
struct bench_xdp_md {
  unsigned long data, data_end;
};

struct bench_map {
  const char* name;  // as in the BPF object
  void* map;         // weir::Map; set before the first run
};

struct bench_xdp {
  int (*run)(struct bench_xdp_md*);
  int (*setup)(struct bench_xdp_md*);
  struct bench_map* const* maps;
  unsigned map_count;
};

// runtime/maps.
void* bench_map_lookup(void* map, const void* key, unsigned cpu);
long bench_map_update(void* map, const void* key, const void* value, unsigned long long flags,
                      unsigned cpu);

#ifdef __cplusplus
}
#endif
