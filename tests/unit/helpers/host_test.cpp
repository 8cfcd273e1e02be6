// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the host answers to programs, and what they tell it.
#include <linux/bpf.h>

#include <cstring>

#include "runtime/abi/host_services.h"
#include "tests/unit/helpers/program_run.h"

namespace weir::test {
namespace {

struct Host {
  std::string printed;
  std::vector<std::pair<uint32_t, size_t>> clones;  // interface, length
  HostServices services;
  Host() {
    services.user = this;
    services.print = [](void* user, const char* text, size_t size) {
      static_cast<Host*>(user)->printed.append(text, size);
    };
    services.clone_redirect = [](void* user, const PacketContext* packet, uint32_t ifindex,
                                 uint64_t) -> int64_t {
      static_cast<Host*>(user)->clones.emplace_back(
          ifindex, static_cast<size_t>(packet->data_end - packet->data));
      return 0;
    };
    services.fib_lookup = [](void*, const PacketContext*, void* params, uint32_t size,
                             uint32_t) -> int64_t {
      bpf_fib_lookup fib;
      EXPECT_EQ(size, sizeof(fib));
      std::memcpy(&fib, params, sizeof(fib));
      fib.ifindex = 9;
      std::memcpy(params, &fib, sizeof(fib));
      return BPF_FIB_LKUP_RET_SUCCESS;
    };
    services.pid_tgid = 0x1'0000'0002;
    std::memcpy(services.comm, "weir", 5);
  }
};

class Hosts : public ::testing::TestWithParam<Engine> {
 protected:
  uint64_t run(std::string_view text, ContextKind kind, Packet& packet) {
    const Ready ready = make_ready(GetParam(), text, kind, {});
    context_.helpers = helper_table(HelperSet::kKernel);
    context_.services = &host_.services;
    begin_run(context_, kDefaultBudget);
    const uint64_t r0 = ready.run(&context_, &packet.context, 0);
    EXPECT_EQ(context_.trap_code, TrapCode::kNone);
    return r0;
  }
  Host host_;
  ExecContext context_;
};
INSTANTIATE_TEST_SUITE_P(Engines, Hosts, ::testing::Values(Engine::kInterp, Engine::kAot),
                         [](const auto& info) { return std::string(engine_name(info.param)); });

TEST_P(Hosts, PrintkGivesText) {
  Packet packet(ContextKind::kXdp, std::vector<uint8_t>(20));
  // "%d %x %llu"
  EXPECT_EQ(run(R"(
r1 = 0x6c252078252064 ll
r1 <<= 8
r1 |= 0x25
*(u64 *)(r10 - 16) = r1
*(u64 *)(r10 - 8) = 0x756c
r1 = r10
r1 += -16
r2 = 11
r3 = -5
r4 = 255
r5 = 77
call 6
exit
)",
                ContextKind::kXdp, packet),
            8u);
  EXPECT_EQ(host_.printed, "-5 ff 77");
}

TEST_P(Hosts, FibLookupIsTheHosts) {
  Packet packet(ContextKind::kXdp, std::vector<uint8_t>(20));
  constexpr std::string_view kText = R"(
*(u64 *)(r10 - 64) = 2
*(u64 *)(r10 - 56) = 1
*(u64 *)(r10 - 48) = 0
*(u64 *)(r10 - 40) = 0
*(u64 *)(r10 - 32) = 0
*(u64 *)(r10 - 24) = 0
*(u64 *)(r10 - 16) = 0
*(u64 *)(r10 - 8) = 0
r2 = r10
r2 += -64
r3 = 64
r4 = 0
call 69
if r0 != 0 goto out
r0 = *(u32 *)(r10 - 56)
out:
exit
)";
  EXPECT_EQ(run(kText, ContextKind::kXdp, packet), 9u);
  host_.services.fib_lookup = nullptr;
  EXPECT_EQ(run(kText, ContextKind::kXdp, packet), uint64_t{BPF_FIB_LKUP_RET_NOT_FWDED});
}

TEST_P(Hosts, CloneRedirect) {
  Packet packet(ContextKind::kSchedCls, std::vector<uint8_t>(20));
  EXPECT_EQ(run("r2 = 4\nr3 = 0\ncall 13\nexit\n", ContextKind::kSchedCls, packet), 0u);
  EXPECT_EQ(host_.clones, (std::vector<std::pair<uint32_t, size_t>>{{4, 20}}));
}

TEST_P(Hosts, CurrentTask) {
  Packet packet(ContextKind::kSchedCls, std::vector<uint8_t>(20));
  EXPECT_EQ(run("call 14\nexit\n", ContextKind::kSchedCls, packet), 0x1'0000'0002u);
  EXPECT_EQ(run("*(u64 *)(r10 - 8) = -1\nr1 = r10\nr1 += -8\nr2 = 4\ncall 16\n"
                "r0 = *(u64 *)(r10 - 8)\nexit\n",
                ContextKind::kSchedCls, packet),
            0xffffffff'00696577u);
}

TEST_P(Hosts, HashAndType) {
  Packet packet(ContextKind::kSchedCls, std::vector<uint8_t>(40, 7));
  EXPECT_EQ(
      run("r6 = r1\nr2 = 99\ncall 48\nr1 = r6\ncall 34\nexit\n", ContextKind::kSchedCls, packet),
      99u);
  // Invalid: computed anew, the same each time, never 0.
  const uint64_t hash = run("r6 = r1\ncall 41\nr1 = r6\ncall 34\nr0 = *(u32 *)(r6 + 68)\nexit\n",
                            ContextKind::kSchedCls, packet);
  EXPECT_NE(hash, 0u);
  EXPECT_NE(hash, 99u);
  EXPECT_EQ(run("r2 = 4\ncall 32\nexit\n", ContextKind::kSchedCls, packet), uint64_t(-22));
  EXPECT_EQ(run("r6 = r1\nr2 = 3\ncall 32\nr0 = *(u32 *)(r6 + 4)\nexit\n", ContextKind::kSchedCls,
                packet),
            3u);
}

TEST_P(Hosts, VlanTagsMoveIntoThePacketAndOut) {
  std::vector<uint8_t> bytes(34, 1);
  bytes[12] = 8;
  bytes[13] = 0;
  Packet packet(ContextKind::kSchedCls, bytes);
  packet.context.skb[16] = 8;  // protocol, as in the packet
  constexpr std::string_view kPush = "r2 = 0x81\nr3 = 5\ncall 18\nexit\n";
  constexpr std::string_view kPop = "call 19\nexit\n";
  EXPECT_EQ(run(kPush, ContextKind::kSchedCls, packet), 0u);
  EXPECT_EQ(packet.bytes(), bytes);
  EXPECT_EQ(run("r0 = *(u32 *)(r1 + 24)\nexit\n", ContextKind::kSchedCls, packet), 5u);
  EXPECT_EQ(run(kPush, ContextKind::kSchedCls, packet), 0u);
  std::vector<uint8_t> tagged = bytes;
  const uint8_t tag[] = {0x81, 0, 0, 5};
  tagged.insert(tagged.begin() + 12, tag, tag + 4);
  EXPECT_EQ(packet.bytes(), tagged);
  EXPECT_EQ(run("r0 = *(u32 *)(r1 + 0)\nexit\n", ContextKind::kSchedCls, packet), 38u);
  EXPECT_EQ(run(kPop, ContextKind::kSchedCls, packet), 0u);
  EXPECT_EQ(packet.bytes(), bytes);
  EXPECT_EQ(run("r0 = *(u32 *)(r1 + 24)\nexit\n", ContextKind::kSchedCls, packet), 5u);
  EXPECT_EQ(run(kPop, ContextKind::kSchedCls, packet), 0u);
  EXPECT_EQ(run("r0 = *(u32 *)(r1 + 20)\nexit\n", ContextKind::kSchedCls, packet), 0u);
}

TEST_P(Hosts, TunnelKeys) {
  Packet packet(ContextKind::kSchedCls, std::vector<uint8_t>(20));
  constexpr std::string_view kGet =
      "r2 = r10\nr2 += -44\nr3 = 44\nr4 = 0\ncall 20\nif r0 != 0 goto out\n"
      "r0 = *(u32 *)(r10 - 44)\nout:\nexit\n";
  EXPECT_EQ(run(kGet, ContextKind::kSchedCls, packet), uint64_t(-22));
  packet.context.tunnel_key_bytes = 44;
  packet.context.tunnel_key[0] = 5;
  EXPECT_EQ(run(kGet, ContextKind::kSchedCls, packet), 5u);
  EXPECT_EQ(run("*(u32 *)(r10 - 44) = 6\nr2 = r10\nr2 += -44\nr3 = 44\nr4 = 2\ncall 21\nexit\n",
                ContextKind::kSchedCls, packet),
            0u);
  EXPECT_EQ(packet.context.tunnel_out_bytes, 44u);
  EXPECT_EQ(packet.context.tunnel_out[0], 6u);
  EXPECT_EQ(packet.context.tunnel_flags, 2u);
}

}  // namespace
}  // namespace weir::test
