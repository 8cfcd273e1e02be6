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

struct Map;          // runtime/maps/map.h
struct Socket;       // runtime/abi/socket.h
struct SocketTuple;  // runtime/abi/socket.h

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

  // get_stackid and get_stack: the addresses of the stack (of the task's own if `of_user`), the
  // innermost first, at most so many; how many there are, 0: none. Null: -EFAULT, as where the
  // kernel finds no stack.
  size_t (*stack)(void* user, bool of_user, uint64_t* addresses, size_t most) = nullptr;
  // perf_event_read and perf_event_read_value: counter, time enabled and time running of what the
  // host opened for an entry of a perf event array. 0 or a negative errno. Null: -ENOENT.
  // perf_prog_read_value: the event that the program was called for; `map` is null. Null: -EINVAL.
  int64_t (*perf_counter)(void* user, const Map* map, uint32_t index, uint64_t out[3]) = nullptr;
  // setsockopt and getsockopt of the connection that the program was called for; getsockopt fills
  // in the value. 0 or a negative errno. Null: -EINVAL, as where there is no full socket.
  int64_t (*set_socket_option)(void* user, const PacketContext* context, int32_t level,
                               int32_t name, const void* value, uint32_t size) = nullptr;
  int64_t (*get_socket_option)(void* user, const PacketContext* context, int32_t level,
                               int32_t name, void* value, uint32_t size) = nullptr;

  // sk_lookup_tcp, sk_lookup_udp, skc_lookup_tcp: the socket of that protocol (6: TCP, 17: UDP)
  // that a packet with those addresses goes to; null: there is none. What is found stays where it
  // is, as it is, until it is released, which comes once for each time that it was found: by the
  // program, or when it ends. Null: nothing is found; nobody is told.
  const Socket* (*find_socket)(void* user, const PacketContext* packet, uint8_t protocol,
                               const SocketTuple& tuple) = nullptr;
  void (*release_socket)(void* user, const Socket* socket) = nullptr;
  // sk_assign: the packet is to go to that socket, which the run still holds. 0 or a negative
  // errno. Null: -EOPNOTSUPP, as where the packet is not on its way in.
  int64_t (*assign_socket)(void* user, const PacketContext* packet, const Socket* socket) = nullptr;

  uint64_t netns_cookie = 1;  // get_netns_cookie
  // The task on whose behalf programs run: bpf_get_current_pid_tgid and so on.
  uint64_t pid_tgid = 0;
  uint64_t uid_gid = 0;
  uint64_t cgroup_id = 0;
  uint32_t numa_node = 0;
  char comm[16] = {};
};

}  // namespace weir
