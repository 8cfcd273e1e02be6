// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a lookup costs, for whoever changes the maps: with a constant shape (as compiled programs
// have it), through map_lookup (as the interpreter has it), and in the kernel, by a program that
// looks up in a loop (BPF_PROG_TEST_RUN; the same loop without lookups is taken off). Contenders
// alternate; the smallest of several rounds counts. All keys exist. Asserts nothing about time.
#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <functional>

#include "runtime/maps/array_map.h"
#include "runtime/maps/hash_map.h"
#include "runtime/maps/lpm_trie.h"
#include "tests/unit/maps/map_fixture.h"

namespace weir {
namespace {

using namespace map_test;

constexpr uint32_t kKeys = 1024;  // a power of two; all in the first-level caches or near
constexpr uint32_t kLoops = 1000;
constexpr uint32_t kRepeat = 200;

// ---- The kernel's side ----

bpf_insn insn(uint8_t code, uint8_t dst, uint8_t src, int16_t off, int32_t imm) {
  bpf_insn result = {};
  result.code = code;
  result.dst_reg = dst & 15;
  result.src_reg = src & 15;
  result.off = off;
  result.imm = imm;
  return result;
}

// for (r6 = loops; r6 > 0; --r6) { key = r6 * 7 & (keys - 1), as a big number at `at`; lookup; }
// The rest of the key, up to `size`, is zero but for `bits` at 0.
std::vector<bpf_insn> program(int map_fd, uint32_t size, uint32_t at, uint32_t bits, bool lookup) {
  std::vector<bpf_insn> code;
  const int16_t base = -static_cast<int16_t>((size + 7) / 8 * 8);
  for (int16_t i = base; i < 0; i = static_cast<int16_t>(i + 8)) {
    code.push_back(insn(BPF_ST | BPF_MEM | BPF_DW, 10, 0, i, 0));
  }
  if (bits != 0) {
    code.push_back(insn(BPF_ST | BPF_MEM | BPF_W, 10, 0, base, static_cast<int32_t>(bits)));
  }
  code.push_back(insn(BPF_ALU64 | BPF_MOV | BPF_K, 6, 0, 0, kLoops));
  const size_t loop = code.size();
  code.push_back(insn(BPF_ALU64 | BPF_MOV | BPF_X, 1, 6, 0, 0));
  code.push_back(insn(BPF_ALU64 | BPF_MUL | BPF_K, 1, 0, 0, 7));
  code.push_back(insn(BPF_ALU64 | BPF_AND | BPF_K, 1, 0, 0, kKeys - 1));
  // As whole words, as compilers write keys: a narrow store before a wide load costs more than
  // both.
  const uint8_t width = size >= 8 && at == 0 ? BPF_DW : BPF_W;
  code.push_back(insn(BPF_STX | BPF_MEM | width, 10, 1, static_cast<int16_t>(base + at), 0));
  if (lookup) {
    code.push_back(insn(BPF_LD | BPF_DW | BPF_IMM, 1, BPF_PSEUDO_MAP_FD, 0, map_fd));
    code.push_back(insn(0, 0, 0, 0, 0));
    code.push_back(insn(BPF_ALU64 | BPF_MOV | BPF_X, 2, 10, 0, 0));
    code.push_back(insn(BPF_ALU64 | BPF_ADD | BPF_K, 2, 0, 0, base));
    code.push_back(insn(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_map_lookup_elem));
  }
  code.push_back(insn(BPF_ALU64 | BPF_SUB | BPF_K, 6, 0, 0, 1));
  code.push_back(
      insn(BPF_JMP | BPF_JNE | BPF_K, 6, 0,
           static_cast<int16_t>(static_cast<int>(loop) - static_cast<int>(code.size()) - 1), 0));
  code.push_back(insn(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0));
  code.push_back(insn(BPF_JMP | BPF_EXIT, 0, 0, 0, 0));
  return code;
}

int load(const std::vector<bpf_insn>& code) {
  bpf_attr attr = {};
  attr.prog_type = BPF_PROG_TYPE_XDP;
  attr.insns = reinterpret_cast<uintptr_t>(code.data());
  attr.insn_cnt = static_cast<uint32_t>(code.size());
  attr.license = reinterpret_cast<uintptr_t>("GPL");
  const long fd = ::syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof attr);
  if (fd < 0) std::printf("the kernel refuses the program: %s\n", std::strerror(errno));
  return static_cast<int>(fd);
}

// Nanoseconds a round of the loop.
double run_kernel(int fd) {
  uint8_t packet[64] = {};
  bpf_attr attr = {};
  attr.test.prog_fd = static_cast<uint32_t>(fd);
  attr.test.data_in = reinterpret_cast<uintptr_t>(packet);
  attr.test.data_size_in = sizeof packet;
  attr.test.repeat = kRepeat;
  if (::syscall(SYS_bpf, BPF_PROG_TEST_RUN, &attr, sizeof attr) != 0) return -1;
  return static_cast<double>(attr.test.duration) / kLoops;
}

// ---- Ours ----

template <typename Lookup>
[[gnu::noinline]] double run_ours(uint32_t size, uint32_t at, uint32_t bits, const Lookup& lookup) {
  uint8_t key[64] = {};
  if (bits != 0) std::memcpy(key, &bits, 4);
  const auto start = std::chrono::steady_clock::now();
  uint64_t found = 0;
  for (uint32_t repeat = 0; repeat < kRepeat; ++repeat) {
    for (uint32_t i = kLoops; i > 0; --i) {
      const uint32_t number = i * 7 & (kKeys - 1);
      if (size >= 8 && at == 0) {
        const uint64_t wide = number;
        std::memcpy(key, &wide, 8);
      } else {
        std::memcpy(key + at, &number, 4);
      }
      asm volatile("" : : "r"(key) : "memory");
      void* value = lookup(key);
      asm volatile("" : : "r"(value) : "memory");
      found += value != nullptr ? 1 : 0;
    }
  }
  const std::chrono::duration<double, std::nano> time = std::chrono::steady_clock::now() - start;
  if (found != uint64_t{kRepeat} * kLoops) std::printf("  (not all keys were found)\n");
  return time.count() / kRepeat / kLoops;
}

template <MapShape kShape>
void compare(const char* name) {
  const bool trie = kShape.type == BPF_MAP_TYPE_LPM_TRIE;
  const uint32_t at = trie ? 4 : 0;
  const uint32_t bits = trie ? (kShape.key_size - 4) * 8 : 0;
  MapSpec spec =
      spec_of(kShape.type, kShape.key_size, kShape.value_size, kShape.max_entries, kShape.flags);
  spec.cpu_slots = possible_cpus();
  const MapHandle handle = make_map(spec);
  Map* map = handle.map();
  KernelMap kernel(spec);
  Bytes value(map_host_value_size(map), 1);
  for (uint32_t i = 0; i < kKeys; ++i) {
    Bytes key(kShape.key_size);
    if (trie) std::memcpy(key.data(), &bits, 4);
    std::memcpy(key.data() + at, &i, 4);
    (void)map_host_update(map, key.data(), value.data(), BPF_ANY);
    if (kernel.fd() >= 0) (void)kernel.update(key.data(), value.data(), BPF_ANY);
  }
  const int empty = load(program(0, kShape.key_size, at, bits, false));
  const int full = load(program(kernel.fd(), kShape.key_size, at, bits, true));
  const MapSlowPaths* slow = map_slow_paths();
  const auto inlined = [&](const void* key) -> void* {
    if constexpr (kShape.type == BPF_MAP_TYPE_LPM_TRIE) return lpm_lookup(kShape, map, key, slow);
    if constexpr (is_hash(kShape.type)) return hash_lookup(kShape, map, key, 0);
    return array_lookup(kShape, map, key, 0);
  };
  const auto called = [&](const void* key) { return map_lookup(map, key, 0); };
  const auto nothing = [&](const void* key) { return const_cast<void*>(key); };
  double best[5] = {1e9, 1e9, 1e9, 1e9, 1e9};
  for (int round = 0; round < 15; ++round) {
    const double times[] = {
        run_ours(kShape.key_size, at, bits, nothing), run_ours(kShape.key_size, at, bits, inlined),
        run_ours(kShape.key_size, at, bits, called), run_kernel(empty), run_kernel(full)};
    for (int i = 0; i < 5; ++i) best[i] = std::min(best[i], times[i]);
  }
  const double ours = best[1] - best[0];
  const double kernels = best[4] - best[3];
  std::printf("%-26s inlined %6.2f ns   called %6.2f ns   kernel %6.2f ns   kernel/inlined %5.1f\n",
              name, ours, best[2] - best[0], full >= 0 && empty >= 0 ? kernels : -1.0,
              full >= 0 && empty >= 0 ? kernels / ours : 0.0);
  if (empty >= 0) ::close(empty);
  if (full >= 0) ::close(full);
}

}  // namespace
}  // namespace weir

int main() {
  using namespace weir;
  compare<MapShape{BPF_MAP_TYPE_ARRAY, 4, 8, kKeys}>("array");
  compare<MapShape{BPF_MAP_TYPE_PERCPU_ARRAY, 4, 8, kKeys}>("per-CPU array");
  compare<MapShape{BPF_MAP_TYPE_HASH, 4, 8, kKeys}>("hash, 4-byte keys");
  compare<MapShape{BPF_MAP_TYPE_HASH, 8, 8, kKeys}>("hash, 8-byte keys");
  compare<MapShape{BPF_MAP_TYPE_HASH, 16, 8, kKeys}>("hash, 16-byte keys");
  compare<MapShape{BPF_MAP_TYPE_HASH, 40, 8, kKeys}>("hash, 40-byte keys");
  compare<MapShape{BPF_MAP_TYPE_PERCPU_HASH, 8, 8, kKeys}>("per-CPU hash, 8 bytes");
  compare<MapShape{BPF_MAP_TYPE_LRU_HASH, 8, 8, 8 * kKeys}>("LRU hash, 8 bytes");
  compare<MapShape{BPF_MAP_TYPE_LPM_TRIE, 8, 8, kKeys, BPF_F_NO_PREALLOC}>("LPM trie, 4 bytes");
  return 0;
}
