// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sockets, stacks and counters: what programs of tracing and socket hooks get from the host, and
// what without one.
#include <linux/bpf.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "runtime/abi/host_services.h"
#include "runtime/hooks/packet_buffer.h"
#include "runtime/maps/map_handle.h"
#include "runtime/maps/map_ops.h"
#include "tests/unit/helpers/program_run.h"

namespace weir::test {
namespace {

uint64_t failed(int number) {
  return static_cast<uint64_t>(-int64_t{number});
}

class HostSockets : public ::testing::TestWithParam<Engine> {
 protected:
  // Runs on a context of zeros but for what set() says.
  uint64_t run(std::string_view text, ContextKind kind, std::vector<MapDef> maps = {}) {
    ready_ = make_ready(GetParam(), text, kind, std::move(maps), kept_);
    if (!ready_.run) return 0;
    kept_.assign(ready_.maps.handles().begin(), ready_.maps.handles().end());
    EXPECT_TRUE(buffer_.place(kind, {}));
    std::copy(context_.begin(), context_.end(), buffer_.structure().begin());
    buffer_.context().socket_cookie = cookie_;
    context_run_ = ExecContext();
    context_run_.helpers = helper_table(HelperSet::kKernel);
    context_run_.services = services_ ? &*services_ : nullptr;
    context_run_.maps = ready_.maps.table().data();
    context_run_.map_count = static_cast<uint32_t>(ready_.maps.table().size());
    begin_run(context_run_, kDefaultBudget);
    const uint64_t r0 = ready_.run(&context_run_, &buffer_.context(), 0);
    EXPECT_EQ(context_run_.trap_code, TrapCode::kNone);
    return r0;
  }
  Map* map(size_t index = 0) { return kept_[index].map(); }
  template <class T>
  T member(size_t offset) {
    T value;
    std::memcpy(&value, buffer_.structure().data() + offset, sizeof value);
    return value;
  }
  template <class T>
  void set(size_t offset, T value) {
    context_.resize(std::max(context_.size(), offset + sizeof value));
    std::memcpy(context_.data() + offset, &value, sizeof value);
  }

  std::vector<uint8_t> context_;
  uint64_t cookie_ = 0;
  std::optional<HostServices> services_;
  std::vector<MapHandle> kept_;  // maps stay from run to run
  Ready ready_;
  PacketBuffer buffer_;
  ExecContext context_run_;
};
INSTANTIATE_TEST_SUITE_P(Engines, HostSockets, ::testing::Values(Engine::kInterp, Engine::kAot),
                         [](const auto& info) { return std::string(engine_name(info.param)); });

constexpr std::string_view kStackid = "r2 = map_fd(0) ll\nr3 = 0\ncall 27\nexit\n";
const MapDef kStacks = map_def("stacks", BPF_MAP_TYPE_STACK_TRACE, 4, 32, 8);

HostServices with_stack() {
  HostServices services;
  services.stack = [](void*, bool of_user, uint64_t* addresses, size_t most) -> size_t {
    const uint64_t base = of_user ? 0x1000 : 0xffff'0000;
    const size_t count = std::min<size_t>(most, 3);
    for (size_t i = 0; i < count; ++i) addresses[i] = base + i;
    return count;
  };
  return services;
}

TEST_P(HostSockets, WithoutAHostThereIsNoStack) {
  EXPECT_EQ(run(kStackid, ContextKind::kTracepoint, {kStacks}), failed(EFAULT));
  EXPECT_EQ(
      run("r2 = map_fd(0) ll\nr3 = 65536\ncall 27\nexit\n", ContextKind::kTracepoint, {kStacks}),
      failed(EINVAL));
  uint32_t key;
  EXPECT_EQ(map_get_next_key(map(), nullptr, &key), -ENOENT);
}

TEST_P(HostSockets, StacksAreKept) {
  services_ = with_stack();
  const uint64_t id = run(kStackid, ContextKind::kTracepoint, {kStacks});
  ASSERT_LT(id, 8u);
  EXPECT_EQ(run(kStackid, ContextKind::kTracepoint, {kStacks}),
            id);  // the same stack, the same number
  const auto key = static_cast<uint32_t>(id);
  std::array<uint64_t, 4> frames{};
  ASSERT_EQ(map_host_lookup(map(), &key, frames.data(), 0), 0);
  EXPECT_EQ(frames, (std::array<uint64_t, 4>{0xffff'0000, 0xffff'0001, 0xffff'0002, 0}));
  uint32_t found = 99;
  EXPECT_EQ(map_get_next_key(map(), nullptr, &found), 0);
  EXPECT_EQ(found, key);
  EXPECT_EQ(map_get_next_key(map(), &found, &found), -ENOENT);
  EXPECT_EQ(map_host_delete(map(), &key), 0);
  EXPECT_EQ(map_host_delete(map(), &key), -ENOENT);
}

// With one place every stack has the same number.
TEST_P(HostSockets, AnotherStackInThePlaceOnlyWithReuse) {
  services_ = with_stack();
  const MapDef one = map_def("stacks", BPF_MAP_TYPE_STACK_TRACE, 4, 32, 1);
  EXPECT_EQ(run(kStackid, ContextKind::kKprobe, {one}), 0u);
  // The user's, and all of it but one frame.
  EXPECT_EQ(run("r2 = map_fd(0) ll\nr3 = 257\ncall 27\nexit\n", ContextKind::kKprobe, {one}),
            failed(EEXIST));
  EXPECT_EQ(run("r2 = map_fd(0) ll\nr3 = 1281\ncall 27\nexit\n", ContextKind::kKprobe, {one}), 0u);
  const uint32_t key = 0;
  std::array<uint64_t, 4> frames{};
  ASSERT_EQ(map_host_lookup(map(), &key, frames.data(), 0), 0);
  EXPECT_EQ(frames, (std::array<uint64_t, 4>{0x1001, 0x1002, 0, 0}));
  // All of it skipped.
  EXPECT_EQ(run("r2 = map_fd(0) ll\nr3 = 3\ncall 27\nexit\n", ContextKind::kKprobe, {one}),
            failed(EFAULT));
}

TEST_P(HostSockets, StackIntoMemory) {
  constexpr std::string_view kText =
      "*(u64 *)(r10 - 16) = -1\n*(u64 *)(r10 - 8) = -1\nr2 = r10\nr2 += -16\nr3 = 16\nr4 = 1\n"
      "call 67\nr1 = *(u64 *)(r10 - 8)\nr0 <<= 32\nr0 += r1\nexit\n";
  EXPECT_EQ(run(kText, ContextKind::kPerfEvent), failed(EFAULT) << 32);  // and zeros
  services_ = with_stack();
  EXPECT_EQ(run(kText, ContextKind::kPerfEvent), (uint64_t{16} << 32) + 0xffff'0002);
}

const MapDef kEvents = map_def("events", BPF_MAP_TYPE_PERF_EVENT_ARRAY, 4, 4, 4);

TEST_P(HostSockets, Counters) {
  constexpr std::string_view kRead = "r1 = map_fd(0) ll\nr2 = 2\ncall 22\nexit\n";
  constexpr std::string_view kValue =
      "*(u64 *)(r10 - 24) = -1\nr1 = map_fd(0) ll\nr2 = 2\nr3 = r10\nr3 += -24\nr4 = 24\ncall 55\n"
      "r1 = *(u64 *)(r10 - 24)\nr0 += r1\nr1 = *(u64 *)(r10 - 8)\nr0 += r1\nexit\n";
  EXPECT_EQ(run(kRead, ContextKind::kKprobe, {kEvents}), failed(ENOENT));
  EXPECT_EQ(run(kValue, ContextKind::kKprobe, {kEvents}), failed(ENOENT));
  EXPECT_EQ(run("r1 = map_fd(0) ll\nr2 = 4\ncall 22\nexit\n", ContextKind::kKprobe, {kEvents}),
            failed(E2BIG));
  EXPECT_EQ(
      run("r1 = map_fd(0) ll\nr2 = 1\nr2 <<= 32\ncall 22\nexit\n", ContextKind::kKprobe, {kEvents}),
      failed(EINVAL));
  services_.emplace();
  services_->perf_counter = [](void*, const Map*, uint32_t index, uint64_t out[3]) -> int64_t {
    out[0] = 1000 + index;
    out[1] = 30;
    out[2] = 20;
    return 0;
  };
  EXPECT_EQ(run(kRead, ContextKind::kKprobe, {kEvents}), 1002u);
  EXPECT_EQ(run(kValue, ContextKind::kKprobe, {kEvents}), 1022u);
}

TEST_P(HostSockets, UserMemoryAndOverriddenResults) {
  EXPECT_EQ(run("*(u64 *)(r10 - 8) = 0\nr1 = 4096\nr2 = r10\nr2 += -8\nr3 = 8\ncall 36\nexit\n",
                ContextKind::kKprobe),
            failed(EPERM));
  EXPECT_EQ(run("r2 = -5\ncall 58\nexit\n", ContextKind::kKprobe), 0u);
  EXPECT_EQ(member<int64_t>(80), -5);  // rax
}

const MapDef kSockmap = map_def("socks", BPF_MAP_TYPE_SOCKMAP, 4, 8, 4);
const MapDef kSockhash = map_def("socks", BPF_MAP_TYPE_SOCKHASH, 8, 8, 4);

TEST_P(HostSockets, MessagesToSocketsByIndex) {
  constexpr std::string_view kText = "r2 = map_fd(0) ll\nr3 = 1\nr4 = 1\ncall 60\nexit\n";
  EXPECT_EQ(run(kText, ContextKind::kSkMsg, {kSockmap}), uint64_t{SK_DROP});
  const uint32_t key = 1;
  const uint64_t socket = 77;
  ASSERT_EQ(map_host_update(map(), &key, &socket, BPF_ANY), 0);
  EXPECT_EQ(run(kText, ContextKind::kSkMsg, {kSockmap}), uint64_t{SK_PASS});
  EXPECT_EQ(context_run_.redirect.kind, RedirectKind::kMap);
  EXPECT_EQ(context_run_.redirect.map, map());
  EXPECT_EQ(context_run_.redirect.key, 1u);
  EXPECT_EQ(context_run_.redirect.flags, 1u);
  EXPECT_EQ(
      run("r2 = map_fd(0) ll\nr3 = 1\nr4 = 2\ncall 60\nexit\n", ContextKind::kSkMsg, {kSockmap}),
      uint64_t{SK_DROP});
  EXPECT_EQ(
      run("r2 = map_fd(0) ll\nr3 = 9\nr4 = 0\ncall 60\nexit\n", ContextKind::kSkMsg, {kSockmap}),
      uint64_t{SK_DROP});
}

TEST_P(HostSockets, MessagesToSocketsByKey) {
  constexpr std::string_view kText =
      "*(u64 *)(r10 - 8) = 5\nr2 = map_fd(0) ll\nr3 = r10\nr3 += -8\nr4 = 0\ncall 71\nexit\n";
  EXPECT_EQ(run(kText, ContextKind::kSkMsg, {kSockhash}), uint64_t{SK_DROP});
  const uint64_t key = 5, socket = 78;
  ASSERT_EQ(map_host_update(map(), &key, &socket, BPF_ANY), 0);
  EXPECT_EQ(run(kText, ContextKind::kSkMsg, {kSockhash}), uint64_t{SK_PASS});
  EXPECT_EQ(context_run_.redirect.key, 78u);
}

TEST_P(HostSockets, ConnectionsGoIntoAMap) {
  constexpr std::string_view kText =
      "*(u64 *)(r10 - 8) = 5\nr2 = map_fd(0) ll\nr3 = r10\nr3 += -8\nr4 = 1\ncall 70\nexit\n";
  set<uint32_t>(offsetof(bpf_sock_ops, op), BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB);
  EXPECT_EQ(run(kText, ContextKind::kSockOps, {kSockhash}), failed(EOPNOTSUPP));  // which socket?
  cookie_ = 123;
  EXPECT_EQ(run(kText, ContextKind::kSockOps, {kSockhash}), 0u);
  EXPECT_EQ(run(kText, ContextKind::kSockOps, {kSockhash}), failed(EEXIST));  // BPF_NOEXIST
  const uint64_t key = 5;
  uint64_t value = 0;
  ASSERT_EQ(map_host_lookup(map(), &key, &value, 0), 0);
  EXPECT_EQ(value, 123u);
  set<uint32_t>(offsetof(bpf_sock_ops, op), BPF_SOCK_OPS_RTT_CB);
  EXPECT_EQ(run(kText, ContextKind::kSockOps, {kSockhash}), failed(EOPNOTSUPP));
}

TEST_P(HostSockets, CallbackFlags) {
  constexpr std::string_view kText = "r2 = 0x183\ncall 59\nexit\n";
  EXPECT_EQ(run(kText, ContextKind::kSockOps), failed(EINVAL));  // no full socket
  set<uint32_t>(offsetof(bpf_sock_ops, is_fullsock), 1);
  EXPECT_EQ(run(kText, ContextKind::kSockOps), 0x180u);
  EXPECT_EQ(member<uint32_t>(offsetof(bpf_sock_ops, bpf_sock_ops_cb_flags)), 3u);
}

TEST_P(HostSockets, Options) {
  constexpr std::string_view kSet =
      "*(u64 *)(r10 - 8) = 9\nr2 = 6\nr3 = 13\nr4 = r10\nr4 += -8\nr5 = 4\ncall 49\nexit\n";
  constexpr std::string_view kGet =
      "*(u64 *)(r10 - 8) = -1\nr2 = 6\nr3 = 13\nr4 = r10\nr4 += -8\nr5 = 4\ncall 57\n"
      "r1 = *(u32 *)(r10 - 8)\nr0 += r1\nexit\n";
  EXPECT_EQ(run(kSet, ContextKind::kSockOps), failed(EINVAL));
  EXPECT_EQ(run(kGet, ContextKind::kSockOps), failed(EINVAL));  // and zeros
  uint32_t option = 0;
  services_.emplace();
  services_->user = &option;
  services_->set_socket_option = [](void* user, const PacketContext*, int32_t level, int32_t name,
                                    const void* value, uint32_t size) -> int64_t {
    if (level != 6 || name != 13) return -ENOPROTOOPT;
    std::memcpy(user, value, size);
    return 0;
  };
  services_->get_socket_option = [](void* user, const PacketContext*, int32_t, int32_t, void* value,
                                    uint32_t size) -> int64_t {
    std::memcpy(value, user, size);
    return 0;
  };
  EXPECT_EQ(run(kSet, ContextKind::kSockOps), 0u);
  EXPECT_EQ(option, 9u);
  EXPECT_EQ(run(kGet, ContextKind::kSockOps), 9u);
}

TEST_P(HostSockets, ReuseportSockets) {
  const MapDef array = map_def("socks", BPF_MAP_TYPE_REUSEPORT_SOCKARRAY, 4, 8, 4);
  constexpr std::string_view kText =
      "*(u32 *)(r10 - 4) = 2\nr2 = map_fd(0) ll\nr3 = r10\nr3 += -4\nr4 = 0\ncall 82\nexit\n";
  EXPECT_EQ(run(kText, ContextKind::kSkReuseport, {array}), failed(ENOENT));
  const uint32_t key = 2;
  const uint64_t socket = 5;
  ASSERT_EQ(map_host_update(map(), &key, &socket, BPF_ANY), 0);
  EXPECT_EQ(run(kText, ContextKind::kSkReuseport, {array}), 0u);
  EXPECT_EQ(context_run_.redirect.key, 2u);
  EXPECT_EQ(map_host_delete(map(), &key), 0);
  EXPECT_EQ(map_host_delete(map(), &key), -ENOENT);
}

TEST_P(HostSockets, NetworkNamespace) {
  EXPECT_EQ(run("call 122\nexit\n", ContextKind::kCgroupSockAddr), 1u);
  EXPECT_EQ(run("r1 = 0\ncall 122\nexit\n", ContextKind::kSockOps), 1u);
  services_.emplace();
  services_->netns_cookie = 4;
  EXPECT_EQ(run("call 122\nexit\n", ContextKind::kCgroupSock), 4u);
}

TEST(HostSocketRules, WhatStrictAsks) {
  const auto problem = [](std::string_view text, ContextKind kind, std::vector<MapDef> maps) {
    const auto verified = verified_program(text, kind, std::move(maps), Policy::kStrict);
    return verified ? std::string() : verified.error().message();
  };
  EXPECT_NE(problem("r1 = 7\ncall 122\nexit\n", ContextKind::kSockOps, {}).find("or null"),
            std::string::npos);
  EXPECT_NE(problem("r2 = map_fd(0) ll\nr3 = 0\ncall 27\nexit\n", ContextKind::kKprobe, {kEvents})
                .find("get_stackid does not take"),
            std::string::npos);
  EXPECT_NE(problem("r2 = map_fd(0) ll\nr3 = 0\nr4 = 0\ncall 60\nexit\n", ContextKind::kSkMsg,
                    {kSockhash})
                .find("msg_redirect_map does not take"),
            std::string::npos);
  EXPECT_NE(problem("*(u32 *)(r10 - 4) = 0\nr1 = map_fd(0) ll\nr2 = r10\nr2 += -4\ncall 1\nr0 = 0\n"
                    "exit\n",
                    ContextKind::kKprobe, {kStacks})
                .find("map_lookup_elem does not take"),
            std::string::npos);
  EXPECT_NE(problem("r2 = map_fd(0) ll\nr3 = 0\ncall 27\nexit\n", ContextKind::kXdp, {kStacks}),
            "");
}

}  // namespace
}  // namespace weir::test
