// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sections and hook kinds by libbpf's table, and what the table of fields promises.
#include "runtime/abi/contexts.h"

#include <gtest/gtest.h>

#include "runtime/abi/packet_context.h"

namespace weir {
namespace {

struct Case {
  const char* section;
  ContextKind kind;
};

// One of each row of libbpf's section_defs.
constexpr Case kSections[] = {
    {"socket", ContextKind::kSocketFilter},
    {"sk_reuseport", ContextKind::kSkReuseport},
    {"sk_reuseport/migrate", ContextKind::kSkReuseport},
    {"kprobe/f", ContextKind::kKprobe},
    {"uprobe/f", ContextKind::kKprobe},
    {"uprobe.s/f", ContextKind::kKprobe},
    {"kretprobe/f", ContextKind::kKprobe},
    {"uretprobe.s/f", ContextKind::kKprobe},
    {"kprobe.multi/f", ContextKind::kKprobe},
    {"kretprobe.multi/f", ContextKind::kKprobe},
    {"kprobe.session/f", ContextKind::kKprobe},
    {"uprobe.multi.s/f", ContextKind::kKprobe},
    {"ksyscall/f", ContextKind::kKprobe},
    {"kretsyscall/f", ContextKind::kKprobe},
    {"usdt/f", ContextKind::kKprobe},
    {"tc", ContextKind::kSchedCls},
    {"tc/ingress", ContextKind::kSchedCls},
    {"tcx/egress", ContextKind::kSchedCls},
    {"netkit/peer", ContextKind::kSchedCls},
    {"classifier", ContextKind::kSchedCls},
    {"action", ContextKind::kSchedAct},
    {"tracepoint/a/b", ContextKind::kTracepoint},
    {"tp/a/b", ContextKind::kTracepoint},
    {"raw_tracepoint/a", ContextKind::kRawTracepoint},
    {"raw_tp.w/a", ContextKind::kRawTracepoint},
    {"tp_btf/a", ContextKind::kTracing},
    {"fentry/f", ContextKind::kTracing},
    {"fexit.s/f", ContextKind::kTracing},
    {"fmod_ret/f", ContextKind::kTracing},
    {"lsm/f", ContextKind::kTracing},
    {"lsm_cgroup/f", ContextKind::kTracing},
    {"iter/task", ContextKind::kTracing},
    {"xdp.frags/devmap", ContextKind::kXdp},
    {"xdp/devmap", ContextKind::kXdp},
    {"xdp/cpumap", ContextKind::kXdp},
    {"xdp.frags", ContextKind::kXdp},
    {"?xdp", ContextKind::kXdp},
    {"perf_event", ContextKind::kPerfEvent},
    {"lwt_in", ContextKind::kLwtIn},
    {"lwt_out", ContextKind::kLwtOut},
    {"lwt_xmit", ContextKind::kLwtXmit},
    {"lwt_seg6local", ContextKind::kLwtSeg6Local},
    {"sockops", ContextKind::kSockOps},
    {"sk_skb/stream_parser", ContextKind::kSkSkb},
    {"sk_skb/stream_verdict", ContextKind::kSkSkb},
    {"sk_skb", ContextKind::kSkSkb},
    {"sk_msg", ContextKind::kSkMsg},
    {"flow_dissector", ContextKind::kFlowDissector},
    {"cgroup_skb/egress", ContextKind::kCgroupSkb},
    {"cgroup/skb", ContextKind::kCgroupSkb},
    {"cgroup/sock_create", ContextKind::kCgroupSock},
    {"cgroup/sock_release", ContextKind::kCgroupSock},
    {"cgroup/sock", ContextKind::kCgroupSock},
    {"cgroup/post_bind6", ContextKind::kCgroupSock},
    {"cgroup/bind4", ContextKind::kCgroupSockAddr},
    {"cgroup/connect6", ContextKind::kCgroupSockAddr},
    {"cgroup/connect_unix", ContextKind::kCgroupSockAddr},
    {"cgroup/sendmsg4", ContextKind::kCgroupSockAddr},
    {"cgroup/recvmsg6", ContextKind::kCgroupSockAddr},
    {"cgroup/getpeername4", ContextKind::kCgroupSockAddr},
    {"cgroup/getsockname_unix", ContextKind::kCgroupSockAddr},
    {"cgroup/sysctl", ContextKind::kCgroupSysctl},
    {"cgroup/getsockopt", ContextKind::kCgroupSockopt},
    {"cgroup/setsockopt", ContextKind::kCgroupSockopt},
    {"cgroup/dev", ContextKind::kCgroupDevice},
    {"sk_lookup", ContextKind::kSkLookup},
    {"filter/ip", ContextKind::kIp},
    {"cgroup/somewhere", ContextKind::kMemory},
    {"xdpish", ContextKind::kMemory},
    {".text", ContextKind::kMemory},
};

TEST(Contexts, KindsBySection) {
  for (const auto& [section, kind] : kSections) {
    EXPECT_EQ(context_name(context_from_section(section)), context_name(kind)) << section;
    EXPECT_EQ(foreign_section(section), "") << section;
  }
}

TEST(Contexts, ProgramTypesThatAreNotRun) {
  EXPECT_EQ(foreign_section("struct_ops/init"), "struct_ops");
  EXPECT_EQ(foreign_section("?struct_ops.s/init"), "struct_ops");
  EXPECT_EQ(foreign_section("syscall"), "syscall");
  EXPECT_EQ(foreign_section("freplace/f"), "ext");
  EXPECT_EQ(foreign_section("netfilter"), "netfilter");
}

// Whatever a program may read or write lies inside what the host gives.
TEST(Contexts, FieldsLieInsideTheContext) {
  for (uint8_t i = 0; i < kContextCount; ++i) {
    const auto kind = static_cast<ContextKind>(i);
    const int64_t end = context_bytes(kind);
    const size_t block = sizeof(PacketContext) + context_struct_bytes(kind);
    for (int64_t offset = -16; offset < end + 16; ++offset) {
      for (const unsigned size : {1u, 2u, 4u, 8u}) {
        for (const bool write : {false, true}) {
          const auto field = find_field(kind, offset, size, write);
          if (!field) continue;
          EXPECT_GE(offset, 0) << context_name(kind);
          EXPECT_LE(offset + size, end) << context_name(kind);
          EXPECT_LE(size_t{field->native_offset} + field->native_size, block) << context_name(kind);
          // The interpreter keeps it as the offset of an instruction.
          EXPECT_LE(field->native_offset, INT16_MAX) << context_name(kind);
        }
      }
    }
  }
}

TEST(Contexts, KindsThatReadNothingOfOthers) {
  EXPECT_FALSE(find_field(ContextKind::kKprobe, 168, 8, false));
  EXPECT_TRUE(find_field(ContextKind::kPerfEvent, 168, 8, false));
  EXPECT_FALSE(find_field(ContextKind::kTracepoint, 0, 8, false));
  EXPECT_FALSE(find_field(ContextKind::kFlowDissector, 0, 4, false));
  EXPECT_TRUE(find_field(ContextKind::kFlowDissector, 144, 8, false));
  EXPECT_FALSE(find_field(ContextKind::kSchedCls, 144, 8, false));
  EXPECT_FALSE(find_field(ContextKind::kCgroupSockAddr, 8, 2, true));
  EXPECT_TRUE(find_field(ContextKind::kCgroupSockAddr, 8, 2, false));
}

}  // namespace
}  // namespace weir
