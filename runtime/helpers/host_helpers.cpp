// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Helpers that only the host can answer (runtime/abi/host_services.h).
#include <linux/bpf.h>

#include <algorithm>
#include <cerrno>

#include "runtime/abi/host_services.h"
#include "runtime/helpers/arguments.h"

namespace weir::helpers {

namespace {

constexpr HostServices kNobody{};
constexpr uint32_t kDefaultMtu = 1500;

const HostServices& host_of(const ExecContext* c) {
  return c->services != nullptr ? *c->services : kNobody;
}
uint32_t mtu_of(const ExecContext* c, uint32_t ifindex) {
  const HostServices& host = host_of(c);
  return host.mtu != nullptr ? host.mtu(host.user, ifindex) : kDefaultMtu;
}

}  // namespace

uint64_t FibLookup(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t, ExecContext* c) {
  constexpr uint32_t kFlags = 0x7f;  // BPF_FIB_LOOKUP_DIRECT .. _MARK
  constexpr uint8_t kInet = 2, kInet6 = 10;
  const auto size = static_cast<uint32_t>(r3), flags = static_cast<uint32_t>(r4);
  if (size < sizeof(bpf_fib_lookup) || (flags & ~kFlags) != 0) return error(EINVAL);
  bpf_fib_lookup params;
  std::memcpy(&params, memory(r2), sizeof(params));
  if (params.family != kInet && params.family != kInet6) return error(EAFNOSUPPORT);
  const HostServices& host = host_of(c);
  if (host.fib_lookup == nullptr) return BPF_FIB_LKUP_RET_NOT_FWDED;
  const int64_t answer = host.fib_lookup(host.user, packet(r1), &params, sizeof(params), flags);
  std::memcpy(memory(r2), &params, sizeof(params));
  return result(answer);
}

// mtu_len, in: 0, or a length to check instead of the packet's; out: the interface's MTU.
uint64_t CheckMtu(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5, ExecContext* c) {
  constexpr int64_t kHeader = 14;
  if ((r5 & ~uint64_t{BPF_MTU_CHK_SEGS}) != 0) return error(EINVAL);
  const PacketContext* const p = packet(r1);
  uint32_t asked;
  std::memcpy(&asked, memory(r3), sizeof(asked));
  const uint32_t mtu = mtu_of(c, static_cast<uint32_t>(r2));
  int64_t length = asked != 0 ? int64_t{asked} + kHeader : static_cast<int64_t>(packet_length(*p));
  length += static_cast<int32_t>(r4);
  std::memcpy(memory(r3), &mtu, sizeof(mtu));
  return length <= int64_t{mtu} + kHeader ? BPF_MTU_CHK_RET_SUCCESS : BPF_MTU_CHK_RET_FRAG_NEEDED;
}

uint64_t GetCurrentPidTgid(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, ExecContext* c) {
  return host_of(c).pid_tgid;
}
uint64_t GetCurrentUidGid(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, ExecContext* c) {
  return host_of(c).uid_gid;
}
uint64_t GetCurrentCgroupId(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, ExecContext* c) {
  return host_of(c).cgroup_id;
}
uint64_t GetNumaNodeId(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, ExecContext* c) {
  return host_of(c).numa_node;
}
// Cut where it is too long, and always terminated.
uint64_t GetCurrentComm(uint64_t r1, uint64_t r2, uint64_t, uint64_t, uint64_t, ExecContext* c) {
  const auto size = static_cast<uint32_t>(r2);
  const HostServices& host = host_of(c);
  std::memset(memory(r1), 0, size);
  std::memcpy(memory(r1), host.comm, std::min<size_t>(size - 1, sizeof(host.comm) - 1));
  return 0;
}
// The program runs for no task that is in a control group.
uint64_t CurrentTaskUnderCgroup(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, ExecContext*) {
  return 0;
}

}  // namespace weir::helpers
