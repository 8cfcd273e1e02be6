// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tests/unit/maps/map_fixture.h"

#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "runtime/maps/words.h"

namespace weir::map_test {

namespace {

int64_t bpf(int command, bpf_attr& attr) {
  const long result = ::syscall(SYS_bpf, command, &attr, sizeof attr);
  return result < 0 ? -errno : result;
}

uint64_t address_of(const void* pointer) {
  return reinterpret_cast<uintptr_t>(pointer);
}

}  // namespace

MapSpec spec_of(uint32_t type, uint32_t key_size, uint32_t value_size, uint32_t max_entries,
                uint32_t flags) {
  MapSpec spec;
  spec.name = "test";
  spec.type = type;
  spec.key_size = key_size;
  spec.value_size = value_size;
  spec.max_entries = max_entries;
  spec.flags = flags;
  return spec;
}

MapHandle make_map(const MapSpec& spec) {
  auto map = create_map(spec);
  if (!map) {
    ADD_FAILURE() << map.error().to_string();
    return {};
  }
  return *map;
}

Bytes key_bytes(uint64_t number, uint32_t size) {
  Bytes key(size);
  std::memcpy(key.data(), &number, std::min<size_t>(size, 8));
  for (uint32_t i = 8; i < size; ++i) key[i] = static_cast<uint8_t>(number * 31 + i);
  return key;
}

Bytes value_bytes(uint64_t number, uint32_t size) {
  Bytes value(size);
  for (uint32_t at = 0; at < size; at += 8) {
    std::memcpy(value.data() + at, &number, std::min<size_t>(size - at, 8));
  }
  return value;
}

std::optional<uint64_t> number_of_value(const void* value, uint32_t size) {
  Bytes copy(size);
  load_bytes(copy.data(), value, size);
  uint64_t number = 0;
  std::memcpy(&number, copy.data(), std::min<size_t>(size, 8));
  if (copy != value_bytes(number, size)) return std::nullopt;
  return number;
}

KernelMap::KernelMap(const MapSpec& spec, int inner_fd) {
  bpf_attr attr = {};
  attr.map_type = spec.type;
  attr.key_size = spec.key_size;
  attr.value_size = spec.value_size;
  attr.max_entries = spec.max_entries;
  attr.map_flags = spec.flags;
  attr.map_extra = spec.map_extra;
  if (inner_fd >= 0) attr.inner_map_fd = static_cast<uint32_t>(inner_fd);
  const int64_t result = bpf(BPF_MAP_CREATE, attr);
  if (result < 0) {
    error_ = result;
  } else {
    fd_ = static_cast<int>(result);
  }
}

KernelMap::~KernelMap() {
  if (fd_ >= 0) ::close(fd_);
}

int64_t KernelMap::lookup(const void* key, void* value, uint64_t flags) {
  bpf_attr attr = {};
  attr.map_fd = static_cast<uint32_t>(fd_);
  attr.key = address_of(key);
  attr.value = address_of(value);
  attr.flags = flags;
  return bpf(BPF_MAP_LOOKUP_ELEM, attr);
}
int64_t KernelMap::update(const void* key, const void* value, uint64_t flags) {
  bpf_attr attr = {};
  attr.map_fd = static_cast<uint32_t>(fd_);
  attr.key = address_of(key);
  attr.value = address_of(value);
  attr.flags = flags;
  return bpf(BPF_MAP_UPDATE_ELEM, attr);
}
int64_t KernelMap::erase(const void* key) {
  bpf_attr attr = {};
  attr.map_fd = static_cast<uint32_t>(fd_);
  attr.key = address_of(key);
  return bpf(BPF_MAP_DELETE_ELEM, attr);
}
int64_t KernelMap::next_key(const void* key, void* next) {
  bpf_attr attr = {};
  attr.map_fd = static_cast<uint32_t>(fd_);
  attr.key = address_of(key);
  attr.next_key = address_of(next);
  return bpf(BPF_MAP_GET_NEXT_KEY, attr);
}
int64_t KernelMap::lookup_and_delete(const void* key, void* value, uint64_t flags) {
  bpf_attr attr = {};
  attr.map_fd = static_cast<uint32_t>(fd_);
  attr.key = address_of(key);
  attr.value = address_of(value);
  attr.flags = flags;
  return bpf(BPF_MAP_LOOKUP_AND_DELETE_ELEM, attr);
}
int64_t KernelMap::freeze() {
  bpf_attr attr = {};
  attr.map_fd = static_cast<uint32_t>(fd_);
  return bpf(BPF_MAP_FREEZE, attr);
}

std::string why_no_kernel() {
  const KernelMap map(spec_of(BPF_MAP_TYPE_HASH, 4, 4, 1));
  if (map.fd() >= 0) return "";
  return std::string("bpf() is not available here: ") +
         std::strerror(static_cast<int>(-map.error()));
}

}  // namespace weir::map_test
