// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the tests of maps share: making maps, values as numbers, and the kernel's maps by bpf(2).
#pragma once

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "runtime/maps/map_handle.h"
#include "runtime/maps/map_ops.h"
#include "runtime/maps/slow_paths.h"

namespace weir::map_test {

using Bytes = std::vector<uint8_t>;

MapSpec spec_of(uint32_t type, uint32_t key_size, uint32_t value_size, uint32_t max_entries,
                uint32_t flags = 0);

// Fails the test and gives an empty handle if the map cannot be made.
MapHandle make_map(const MapSpec& spec);

// A key of `size` bytes that is different for each number (as far as the size allows).
Bytes key_bytes(uint64_t number, uint32_t size);
// Bytes that all follow from `number`, so that a torn value shows.
Bytes value_bytes(uint64_t number, uint32_t size);
// The number of such a value, read with atomic loads; nothing if it is torn.
std::optional<uint64_t> number_of_value(const void* value, uint32_t size);

// A map of the kernel's.
class KernelMap {
 public:
  // `fd` < 0: the kernel refuses; error() says how.
  explicit KernelMap(const MapSpec& spec, int inner_fd = -1);
  ~KernelMap();
  KernelMap(const KernelMap&) = delete;
  KernelMap& operator=(const KernelMap&) = delete;

  int fd() const { return fd_; }
  int64_t error() const { return error_; }

  int64_t lookup(const void* key, void* value, uint64_t flags = 0);
  int64_t update(const void* key, const void* value, uint64_t flags = 0);
  int64_t erase(const void* key);
  int64_t next_key(const void* key, void* next);
  int64_t lookup_and_delete(const void* key, void* value, uint64_t flags = 0);
  int64_t freeze();

 private:
  int fd_ = -1;
  int64_t error_ = 0;
};

// Why there is no kernel to compare with; empty if there is.
std::string why_no_kernel();

#define NEEDS_KERNEL() \
  if (const std::string why = why_no_kernel(); !why.empty()) GTEST_SKIP() << why

}  // namespace weir::map_test
