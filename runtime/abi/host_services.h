// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What helpers ask the host, because only the host can know: routes, tasks, where a text for people
// goes. Each function may be null; what a program then gets stands beside it. Callbacks run on the
// thread of the run and must not run programs with the same ExecContext.
#pragma once

#include <cstddef>
#include <cstdint>

#include "runtime/abi/packet_context.h"

namespace weir {

struct HostServices {
  void* user = nullptr;  // handed to each callback

  // bpf_fib_lookup: `params` is a struct bpf_fib_lookup of `size` bytes, to be filled in. The
  // result is the helper's: BPF_FIB_LKUP_RET_*, or a negative errno. Null:
  // BPF_FIB_LKUP_RET_NOT_FWDED.
  int64_t (*fib_lookup)(void* user, const PacketContext* packet, void* params, uint32_t size,
                        uint32_t flags) = nullptr;
  // trace_printk and trace_vprintk: `size` bytes of text, formatted, not terminated. Null: nobody
  // reads it; the program is told that it was written.
  void (*print)(void* user, const char* text, size_t size) = nullptr;
  // clone_redirect: a copy of the packet, as it is now, is to go to an interface. 0 or a negative
  // errno. Null: -EINVAL (no such interface).
  int64_t (*clone_redirect)(void* user, const PacketContext* packet, uint32_t ifindex,
                            uint64_t flags) = nullptr;
  // check_mtu and skb_adjust_room ask for the MTU of an interface (0: the packet's own). Null:
  // 1500.
  uint32_t (*mtu)(void* user, uint32_t ifindex) = nullptr;

  // The task on whose behalf programs run: bpf_get_current_pid_tgid and so on.
  uint64_t pid_tgid = 0;
  uint64_t uid_gid = 0;
  uint64_t cgroup_id = 0;
  uint32_t numa_node = 0;
  char comm[16] = {};
};

}  // namespace weir
