// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Redirects: where the packet is to go is noted in ExecContext::redirect, for the host to carry
// out; the result is the verdict that says so. Kernel: net/core/filter.c,
// kernel/bpf/{dev,cpu}map.c.
#include <linux/bpf.h>

#include <algorithm>
#include <cerrno>

#include "runtime/abi/contexts.h"
#include "runtime/abi/host_services.h"
#include "runtime/helpers/arguments.h"
#include "runtime/maps/map_ops.h"
#include "runtime/maps/target_map.h"

namespace weir::helpers {

namespace {

constexpr uint64_t kTcRedirect = 7, kTcShot = 2;  // TC_ACT_*
constexpr uint64_t kActions = 3;  // flags of redirect_map that are the verdict for a missing entry

uint64_t to_interface(ExecContext* c, RedirectKind kind, uint64_t ifindex, uint64_t flags) {
  c->redirect.kind = kind;
  c->redirect.ifindex = static_cast<uint32_t>(ifindex);
  c->redirect.flags = flags;
  c->redirect.next_hop_bytes = 0;
  return kTcRedirect;
}

bool has_target(Map* m, uint32_t key, uint32_t cpu) {
  if (m->type != BPF_MAP_TYPE_XSKMAP) return map_lookup(m, &key, cpu) != nullptr;
  return key < m->max_entries && load_acquire(&target_slot(m, key)->present) != 0;
}

}  // namespace

uint64_t Redirect(uint64_t r1, uint64_t r2, uint64_t, uint64_t, uint64_t, ExecContext* c) {
  if (c->packet->kind == static_cast<uint32_t>(ContextKind::kXdp)) {
    if (r2 != 0) return XDP_ABORTED;
    (void)to_interface(c, RedirectKind::kInterface, r1, r2);
    return XDP_REDIRECT;
  }
  if ((r2 & ~uint64_t{BPF_F_INGRESS}) != 0) return kTcShot;
  return to_interface(c, RedirectKind::kInterface, r1, r2);
}

uint64_t RedirectPeer(uint64_t r1, uint64_t r2, uint64_t, uint64_t, uint64_t, ExecContext* c) {
  if (r2 != 0) return kTcShot;
  return to_interface(c, RedirectKind::kPeer, r1, 0);
}

uint64_t RedirectNeigh(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t,
                       ExecContext* c) {
  const auto size = static_cast<uint32_t>(r3);
  if ((size != 0 && size < sizeof(bpf_redir_neigh)) || r4 != 0) return kTcShot;
  (void)to_interface(c, RedirectKind::kNeighbour, r1, 0);
  c->redirect.next_hop_bytes = std::min<uint32_t>(size, sizeof(bpf_redir_neigh));
  static_assert(sizeof(bpf_redir_neigh) <= sizeof(c->redirect.next_hop));
  if (size != 0) std::memcpy(c->redirect.next_hop, memory(r2), c->redirect.next_hop_bytes);
  return kTcRedirect;
}

uint64_t RedirectMap(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t, uint64_t, ExecContext* c) {
  Map* const m = map(r1);
  const bool devices = m->type == BPF_MAP_TYPE_DEVMAP || m->type == BPF_MAP_TYPE_DEVMAP_HASH;
  const uint64_t broadcast = devices ? BPF_F_BROADCAST | BPF_F_EXCLUDE_INGRESS : 0;
  if ((r3 & ~(kActions | broadcast)) != 0) return XDP_ABORTED;
  const auto key = static_cast<uint32_t>(r2);
  if (!has_target(m, key, c->cpu) && (r3 & BPF_F_BROADCAST) == 0) {
    c->redirect.kind = RedirectKind::kNone;
    return r3 & kActions;
  }
  c->redirect.kind = RedirectKind::kMap;
  c->redirect.map = m;
  c->redirect.key = key;
  c->redirect.flags = r3 & ~kActions;
  return XDP_REDIRECT;
}

uint64_t CloneRedirect(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t, uint64_t, ExecContext* c) {
  if ((r3 & ~uint64_t{BPF_F_INGRESS}) != 0) return error(EINVAL);
  const HostServices* const host = c->services;
  if (host == nullptr || host->clone_redirect == nullptr) return error(EINVAL);
  return result(host->clone_redirect(host->user, packet(r1), static_cast<uint32_t>(r2), r3));
}

}  // namespace weir::helpers
