// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Helpers about sockets. A socket is a number that the host put into a map; where data are to go is
// noted in ExecContext::redirect, for the host to carry out. Kernel: net/core/sock_map.c, filter.c.
#include <linux/bpf.h>

#include <cerrno>

#include "runtime/abi/host_services.h"
#include "runtime/helpers/arguments.h"
#include "runtime/maps/map_ops.h"
#include "runtime/maps/target_map.h"

namespace weir::helpers {

namespace {

uint64_t to_socket(ExecContext* c, Map* m, uint64_t key, uint64_t flags) {
  c->redirect.kind = RedirectKind::kMap;
  c->redirect.map = m;
  c->redirect.key = key;
  c->redirect.flags = flags;
  return SK_PASS;
}

const void* socket_at(Map* m, const void* key) {
  return target_lookup(shape_of(m), m, key);
}
uint64_t number_of(const Map* m, const void* value) {
  uint64_t number = 0;
  load_bytes(&number, value, m->value_size);
  return number;
}

uint64_t redirect_by_index(ExecContext* c, uint64_t r2, uint64_t r3, uint64_t flags) {
  const auto index = static_cast<uint32_t>(r3);
  if ((flags & ~uint64_t{BPF_F_INGRESS}) != 0 || socket_at(map(r2), &index) == nullptr)
    return SK_DROP;
  return to_socket(c, map(r2), index, flags);
}
uint64_t redirect_by_key(ExecContext* c, uint64_t r2, uint64_t r3, uint64_t flags) {
  const void* const value = socket_at(map(r2), memory(r3));
  if ((flags & ~uint64_t{BPF_F_INGRESS}) != 0 || value == nullptr) return SK_DROP;
  return to_socket(c, map(r2), number_of(map(r2), value), flags);
}

// struct bpf_sock_ops, which lies behind the context.
template <class T>
T sock_ops_field(uint64_t context, size_t offset) {
  T value;
  std::memcpy(&value, memory(context) + kStructOffset + offset, sizeof value);
  return value;
}

// The socket of the event goes into the map: what stands for it is its cookie.
uint64_t add_socket(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4) {
  const uint64_t cookie = packet(r1)->socket_cookie;
  switch (sock_ops_field<uint32_t>(r1, offsetof(bpf_sock_ops, op))) {
    case BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB:
    case BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB:
    case BPF_SOCK_OPS_TCP_LISTEN_CB: break;
    default: return error(EOPNOTSUPP);
  }
  if (cookie == 0) return error(EOPNOTSUPP);  // the host named no socket
  return result(map_host_update(map(r2), memory(r3), &cookie, r4));
}

}  // namespace

uint64_t SkRedirectMap(uint64_t, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t, ExecContext* c) {
  return redirect_by_index(c, r2, r3, r4);
}
uint64_t MsgRedirectMap(uint64_t, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t, ExecContext* c) {
  return redirect_by_index(c, r2, r3, r4);
}
uint64_t SkRedirectHash(uint64_t, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t, ExecContext* c) {
  return redirect_by_key(c, r2, r3, r4);
}
uint64_t MsgRedirectHash(uint64_t, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t,
                         ExecContext* c) {
  return redirect_by_key(c, r2, r3, r4);
}

uint64_t SockMapUpdate(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t, ExecContext*) {
  return add_socket(r1, r2, r3, r4);
}
uint64_t SockHashUpdate(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t,
                        ExecContext*) {
  return add_socket(r1, r2, r3, r4);
}

uint64_t SkSelectReuseport(uint64_t, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t,
                           ExecContext* c) {
  if (r4 != 0) return error(EINVAL);
  Map* const m = map(r2);
  const void* const value = socket_at(m, memory(r3));
  if (value == nullptr) return error(ENOENT);
  uint32_t index = 0;
  if (m->type != BPF_MAP_TYPE_SOCKHASH) std::memcpy(&index, memory(r3), sizeof index);
  (void)to_socket(c, m, m->type == BPF_MAP_TYPE_SOCKHASH ? number_of(m, value) : index, 0);
  return 0;
}

uint64_t Setsockopt(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5,
                    ExecContext* c) {
  const HostServices* const host = c->services;
  if (host == nullptr || host->set_socket_option == nullptr) return error(EINVAL);
  return result(host->set_socket_option(host->user, packet(r1), static_cast<int32_t>(r2),
                                        static_cast<int32_t>(r3), memory(r4),
                                        static_cast<uint32_t>(r5)));
}
// What is not filled is zeroed, also where there is an error.
uint64_t Getsockopt(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5,
                    ExecContext* c) {
  const auto size = static_cast<uint32_t>(r5);
  std::memset(memory(r4), 0, size);
  const HostServices* const host = c->services;
  if (host == nullptr || host->get_socket_option == nullptr) return error(EINVAL);
  const int64_t failed = host->get_socket_option(host->user, packet(r1), static_cast<int32_t>(r2),
                                                 static_cast<int32_t>(r3), memory(r4), size);
  if (failed != 0) std::memset(memory(r4), 0, size);
  return result(failed);
}

// Flags that there are not are given back.
uint64_t SockOpsCbFlagsSet(uint64_t r1, uint64_t r2, uint64_t, uint64_t, uint64_t, ExecContext*) {
  const auto wanted = static_cast<uint32_t>(r2);
  if (sock_ops_field<uint32_t>(r1, offsetof(bpf_sock_ops, is_fullsock)) == 0) return error(EINVAL);
  const uint32_t taken = wanted & BPF_SOCK_OPS_ALL_CB_FLAGS;
  std::memcpy(memory(r1) + kStructOffset + offsetof(bpf_sock_ops, bpf_sock_ops_cb_flags), &taken,
              sizeof taken);
  return result(static_cast<int32_t>(wanted & ~uint32_t{BPF_SOCK_OPS_ALL_CB_FLAGS}));
}

uint64_t GetNetnsCookie(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, ExecContext* c) {
  return c->services != nullptr ? c->services->netns_cookie : HostServices{}.netns_cookie;
}

}  // namespace weir::helpers
