// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/verifier/map_rules.h"

#include <linux/bpf.h>

#include "runtime/abi/helpers.h"

namespace weir {

namespace {

enum class Family {
  kNone,
  kValues,
  kQueue,
  kBloom,
  kPrograms,
  kPerf,
  kRing,
  kCgroups,
  kMaps,
  kDevices,
  kCpus,
  kSockets,
  kReuseport,
  kStacks
};

Family family_of(uint32_t type) {
  switch (type) {
    case BPF_MAP_TYPE_HASH:
    case BPF_MAP_TYPE_ARRAY:
    case BPF_MAP_TYPE_PERCPU_HASH:
    case BPF_MAP_TYPE_PERCPU_ARRAY:
    case BPF_MAP_TYPE_LRU_HASH:
    case BPF_MAP_TYPE_LRU_PERCPU_HASH:
    case BPF_MAP_TYPE_LPM_TRIE: return Family::kValues;
    case BPF_MAP_TYPE_QUEUE:
    case BPF_MAP_TYPE_STACK: return Family::kQueue;
    case BPF_MAP_TYPE_BLOOM_FILTER: return Family::kBloom;
    case BPF_MAP_TYPE_PROG_ARRAY: return Family::kPrograms;
    case BPF_MAP_TYPE_PERF_EVENT_ARRAY: return Family::kPerf;
    case BPF_MAP_TYPE_RINGBUF: return Family::kRing;
    case BPF_MAP_TYPE_CGROUP_ARRAY: return Family::kCgroups;
    case BPF_MAP_TYPE_ARRAY_OF_MAPS:
    case BPF_MAP_TYPE_HASH_OF_MAPS: return Family::kMaps;
    case BPF_MAP_TYPE_DEVMAP:
    case BPF_MAP_TYPE_DEVMAP_HASH: return Family::kDevices;
    case BPF_MAP_TYPE_CPUMAP: return Family::kCpus;
    case BPF_MAP_TYPE_XSKMAP:
    case BPF_MAP_TYPE_SOCKMAP:
    case BPF_MAP_TYPE_SOCKHASH: return Family::kSockets;
    case BPF_MAP_TYPE_REUSEPORT_SOCKARRAY: return Family::kReuseport;
    case BPF_MAP_TYPE_STACK_TRACE: return Family::kStacks;
    default: return Family::kNone;
  }
}

}  // namespace

bool is_program_map(uint32_t type) {
  return family_of(type) != Family::kNone;
}

bool is_map_of_maps(uint32_t type) {
  return family_of(type) == Family::kMaps;
}

bool helper_takes_map(uint32_t helper, uint32_t type) {
  const Family family = family_of(type);
  switch (helper) {
    case BPF_FUNC_map_lookup_elem:
      return family == Family::kValues || family == Family::kMaps || family == Family::kDevices ||
             family == Family::kSockets;
    case BPF_FUNC_map_update_elem: return family == Family::kValues;
    case BPF_FUNC_map_delete_elem:
      return family == Family::kValues || type == BPF_MAP_TYPE_SOCKMAP ||
             type == BPF_MAP_TYPE_SOCKHASH;
    case BPF_FUNC_for_each_map_elem:
    case kMapAdvanceHelper: return family == Family::kValues && type != BPF_MAP_TYPE_LPM_TRIE;
    case BPF_FUNC_map_lookup_percpu_elem:
      return type == BPF_MAP_TYPE_PERCPU_ARRAY || type == BPF_MAP_TYPE_PERCPU_HASH ||
             type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
    case BPF_FUNC_map_push_elem:
    case BPF_FUNC_map_peek_elem: return family == Family::kQueue || family == Family::kBloom;
    case BPF_FUNC_map_pop_elem: return family == Family::kQueue;
    case BPF_FUNC_tail_call: return family == Family::kPrograms;
    case BPF_FUNC_get_stackid: return family == Family::kStacks;
    case BPF_FUNC_sk_redirect_map:
    case BPF_FUNC_msg_redirect_map:
    case BPF_FUNC_sock_map_update: return type == BPF_MAP_TYPE_SOCKMAP;
    case BPF_FUNC_sk_redirect_hash:
    case BPF_FUNC_msg_redirect_hash:
    case BPF_FUNC_sock_hash_update: return type == BPF_MAP_TYPE_SOCKHASH;
    case BPF_FUNC_sk_select_reuseport:
      return family == Family::kReuseport || type == BPF_MAP_TYPE_SOCKMAP ||
             type == BPF_MAP_TYPE_SOCKHASH;
    case BPF_FUNC_perf_event_read:
    case BPF_FUNC_perf_event_read_value:
    case BPF_FUNC_perf_event_output: return family == Family::kPerf;
    case BPF_FUNC_ringbuf_output:
    case BPF_FUNC_ringbuf_reserve:
    case BPF_FUNC_ringbuf_query: return family == Family::kRing;
    case BPF_FUNC_redirect_map:
      return family == Family::kDevices || family == Family::kCpus || type == BPF_MAP_TYPE_XSKMAP;
    case BPF_FUNC_skb_under_cgroup:
    case BPF_FUNC_current_task_under_cgroup: return family == Family::kCgroups;
    default: return true;
  }
}

}  // namespace weir
