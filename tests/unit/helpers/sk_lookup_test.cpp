// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sockets that a host has: what programs see of them, and that each comes back that was found.
#include <linux/bpf.h>

#include <cerrno>
#include <cstring>
#include <map>

#include "runtime/abi/host_services.h"
#include "runtime/abi/socket.h"
#include "runtime/hooks/socket_table.h"
#include "tests/unit/helpers/program_run.h"

namespace weir::test {
namespace {

constexpr uint8_t kTcp = 6, kUdp = 17;
using Ipv4 = std::array<uint8_t, 4>;

struct Ends {
  Ipv4 local{}, remote{};
  uint16_t local_port = 0, remote_port = 0;
};

Socket socket_of(uint8_t protocol, SocketState state, const Ends& ends, uint32_t mark = 0) {
  bpf_sock fields{};
  fields.family = 2;
  fields.protocol = protocol;
  fields.state = static_cast<uint32_t>(state);
  fields.mark = mark;
  std::memcpy(&fields.src_ip4, ends.local.data(), 4);
  std::memcpy(&fields.dst_ip4, ends.remote.data(), 4);
  fields.src_port = ends.local_port;
  fields.dst_port = __builtin_bswap16(ends.remote_port);
  Socket socket;
  std::memcpy(socket.sock, &fields, sizeof fields);
  return socket;
}

// A host with sockets that counts who has which.
class World {
 public:
  World() {
    services.user = this;
    services.find_socket = [](void* user, const PacketContext* packet, uint8_t protocol,
                              const SocketTuple& tuple) {
      auto* const world = static_cast<World*>(user);
      const Socket* const found = world->table.find(*packet, protocol, tuple);
      if (found != nullptr) ++world->found, ++world->out[found];
      return found;
    };
    services.release_socket = [](void* user, const Socket* socket) {
      --static_cast<World*>(user)->out[socket];
    };
  }
  int held() const {
    int all = 0;
    for (const auto& [socket, count] : out) {
      EXPECT_GE(count, 0) << "released more often than found";
      all += count;
    }
    return all;
  }
  SocketTable table;
  HostServices services;
  int found = 0;
  std::map<const Socket*, int> out;
};

constexpr Ipv4 kServer = {10, 0, 0, 1}, kClient = {10, 0, 0, 2};

// 10.0.0.2:4660 to 10.0.0.1:80.
constexpr std::string_view kLookUp =
    "r6 = r1\n"
    "*(u32 *)(r10 - 16) = 0x0200000a\n"
    "*(u32 *)(r10 - 12) = 0x0100000a\n"
    "*(u16 *)(r10 - 8) = 0x3412\n"
    "*(u16 *)(r10 - 6) = 0x5000\n"
    "r2 = r10\nr2 += -16\nr3 = 12\nr4 = -1\nr5 = 0\n";

class SkLookup : public ::testing::TestWithParam<Engine> {
 protected:
  uint64_t run(const std::string& rest, ContextKind kind = ContextKind::kSchedCls,
               Policy policy = Policy::kGuard) {
    return run_text(std::string(kLookUp) + rest, kind, policy);
  }
  uint64_t run_text(const std::string& text, ContextKind kind, Policy policy) {
    const Ready ready = make_ready(GetParam(), text, kind, {}, {}, policy);
    if (!ready.run) return 0;
    Packet packet(kind, std::vector<uint8_t>(64));
    context_ = ExecContext();
    context_.helpers = helper_table(HelperSet::kKernel);
    context_.services = &world_.services;
    begin_run(context_, kDefaultBudget);
    const uint64_t r0 = ready.run(&context_, &packet.context, 0);
    EXPECT_EQ(world_.held(), 0) << "something was not given back";
    return r0;
  }

  World world_;
  ExecContext context_;
};
INSTANTIATE_TEST_SUITE_P(Engines, SkLookup,
                         ::testing::Values(Engine::kInterp, Engine::kJit, Engine::kAot),
                         [](const auto& info) { return std::string(engine_name(info.param)); });

const Ends kConnection{
    .local = kServer, .remote = kClient, .local_port = 80, .remote_port = 0x1234};
const Ends kListener{.local = kServer, .remote = {}, .local_port = 80, .remote_port = 0};

TEST_P(SkLookup, FieldsAreTheHosts) {
  world_.table.add(socket_of(kTcp, SocketState::kEstablished, kConnection, 77));
  const std::string rest =
      "call 84\nif r0 == 0 goto out\n"
      "r7 = *(u32 *)(r0 + 16)\n"  // mark
      "r8 = *(u16 *)(r0 + 48)\n"  // the peer's port, in network order
      "r7 <<= 16\nr7 |= r8\n"
      "r1 = r0\ncall 86\nr0 = r7\nexit\nout:\nr0 = 0\nexit\n";
  EXPECT_EQ(run(rest, ContextKind::kSchedCls, Policy::kStrict), 77u << 16 | 0x3412);
  EXPECT_EQ(run(rest, ContextKind::kXdp, Policy::kTrusted), 77u << 16 | 0x3412);
}

TEST_P(SkLookup, WhatAProgramKeepsIsReleased) {
  world_.table.add(socket_of(kTcp, SocketState::kListen, kListener));
  EXPECT_NE(run("call 84\nexit\n"), 0u);
  EXPECT_EQ(world_.found, 1);
  // Also where it traps.
  (void)run("call 84\nr1 = 0\nr0 = *(u8 *)(r1 + 0)\nexit\n");
  EXPECT_EQ(context_.trap_code, TrapCode::kAccess);
  EXPECT_EQ(world_.found, 2);
}

TEST_P(SkLookup, ARunHoldsOnlySoMany) {
  world_.table.add(socket_of(kTcp, SocketState::kListen, kListener));
  const std::string loop =
      "r7 = 0\nr8 = 0\nagain:\nr1 = r6\nr2 = r10\nr2 += -16\nr3 = 12\nr4 = -1\nr5 = 0\ncall 84\n"
      "if r0 == 0 goto next\nr8 += 1\nnext:\nr7 += 1\nif r7 < 20 goto again\nr0 = r8\nexit\n";
  EXPECT_EQ(run(loop), kMaxHeldRecords);
}

TEST_P(SkLookup, AccessThatIsNotProvenReachesWhatIsHeldAndNoMore) {
  world_.table.add(socket_of(kTcp, SocketState::kListen, kListener, 9));
  // Through memory, where no pointer is followed.
  const std::string hidden =
      "call 84\nif r0 == 0 goto out\nr1 = *(u32 *)(r6 + 76)\nr2 = *(u32 *)(r6 + 80)\nr3 = r1\n"
      "r3 += 8\nif r3 > r2 goto out\n*(u64 *)(r1 + 0) = r0\nr7 = *(u64 *)(r1 + 0)\n";
  EXPECT_EQ(run(hidden + "r0 = *(u32 *)(r7 + 16)\nexit\nout:\nr0 = 0\nexit\n"), 9u);
  EXPECT_EQ(context_.trap_code, TrapCode::kNone);
  const std::string end = "\nr0 = 5\nexit\nout:\nr0 = 0\nexit\n";
  for (const char* const touch :
       {"r1 = 1\n*(u32 *)(r7 + 16) = r1", "r0 = *(u64 *)(r7 + 188)", "r0 = *(u8 *)(r7 - 1)"}) {
    (void)run(hidden + touch + end);
    EXPECT_EQ(context_.trap_code, TrapCode::kAccess) << touch;
  }
  (void)run(hidden + "r1 = r7\ncall 86\nr0 = *(u32 *)(r7 + 16)" + end);
  EXPECT_EQ(context_.trap_code, TrapCode::kAccess) << "after it was released";
}

TEST_P(SkLookup, BeforeAnythingWasHeldNothingIs) {
  (void)run_text("r1 = 4096\nr0 = *(u8 *)(r1 + 0)\nr1 = r0\ncall 86\nexit\n",
                 ContextKind::kSchedCls, Policy::kGuard);
  EXPECT_EQ(context_.trap_code, TrapCode::kAccess);
}

TEST_P(SkLookup, OtherViews) {
  Socket socket = socket_of(kTcp, SocketState::kEstablished, kConnection);
  const uint32_t window = 31;
  std::memcpy(socket.tcp_sock + offsetof(bpf_tcp_sock, snd_cwnd), &window, sizeof window);
  world_.table.add(socket);
  const std::string view =
      "if r0 == 0 goto out\nr7 = r0\nr1 = r0\ncall {}\nr8 = 0\nif r0 == 0 goto gone\n"
      "r8 = *(u32 *)(r0 + 0)\nr8 += 1\ngone:\nr1 = r7\ncall 86\nr0 = r8\nexit\n"
      "out:\nr0 = 0\nexit\n";
  const auto with = [&](int number) {
    std::string text = "call 99\n" + view;
    return text.replace(text.find("{}"), 2, std::to_string(number));
  };
  EXPECT_EQ(run(with(96), ContextKind::kSchedCls, Policy::kStrict), 32u);  // tcp_sock
  EXPECT_EQ(run(with(95), ContextKind::kSchedCls, Policy::kStrict), 1u);   // bound_dev_if is 0
  EXPECT_EQ(run(with(98), ContextKind::kSchedCls, Policy::kStrict), 0u);   // it does not listen
}

TEST_P(SkLookup, Assigned) {
  world_.table.add(socket_of(kTcp, SocketState::kListen, kListener, 4));
  const auto with = [](const char* flags) {
    return std::string("call 84\nif r0 == 0 goto out\nr7 = r0\nr1 = r6\nr2 = r7\nr3 = ") + flags +
           "\ncall 124\nr8 = r0\nr1 = r7\ncall 86\nr0 = r8\nexit\nout:\nr0 = 5\nexit\n";
  };
  EXPECT_EQ(run(with("0"), ContextKind::kSchedCls, Policy::kStrict),
            static_cast<uint64_t>(-EOPNOTSUPP));
  world_.services.assign_socket = [](void*, const PacketContext*, const Socket* socket) {
    uint32_t mark = 0;
    std::memcpy(&mark, socket->sock + offsetof(bpf_sock, mark), sizeof mark);
    return int64_t{mark};
  };
  EXPECT_EQ(run(with("0"), ContextKind::kSchedCls, Policy::kStrict), 4u);
  EXPECT_EQ(run(with("1"), ContextKind::kSchedCls, Policy::kStrict),
            static_cast<uint64_t>(-EINVAL));
}

TEST_P(SkLookup, TimeWaitIsNoFullSocket) {
  world_.table.add(socket_of(kTcp, SocketState::kTimeWait, kConnection));
  EXPECT_EQ(run("call 84\nexit\n"), 0u);
  EXPECT_NE(run("call 99\nexit\n"), 0u);
}

TEST_P(SkLookup, ArgumentsAsInTheKernel) {
  world_.table.add(socket_of(kTcp, SocketState::kListen, kListener));
  EXPECT_NE(run("call 84\nexit\n"), 0u);
  EXPECT_EQ(run("r5 = 1\ncall 84\nexit\n"), 0u);              // flags
  EXPECT_EQ(run("r3 = 11\ncall 84\nexit\n"), 0u);             // no length of a tuple
  EXPECT_EQ(run("r4 = 1\ncall 84\nexit\n"), 0u);              // another namespace
  EXPECT_NE(run("r4 = 0xffffffff ll\ncall 84\nexit\n"), 0u);  // 32 bits of it count
  EXPECT_EQ(run("r4 = 0x100000000 ll\ncall 84\nexit\n"), 0u);
  EXPECT_EQ(run("call 85\nexit\n"), 0u);  // it is not UDP's
}

// ---- Who is found

SocketTuple tuple_of(const Ipv4& source, uint16_t source_port, const Ipv4& destination,
                     uint16_t destination_port) {
  SocketTuple tuple;
  std::copy(source.begin(), source.end(), tuple.source.begin());
  std::copy(destination.begin(), destination.end(), tuple.destination.begin());
  tuple.source_port = source_port;
  tuple.destination_port = destination_port;
  return tuple;
}

// The mark of what is found; 0: nothing is.
uint32_t found(const SocketTable& table, uint8_t protocol, const SocketTuple& tuple) {
  const Socket* const socket = table.find(PacketContext(), protocol, tuple);
  uint32_t mark = 0;
  if (socket != nullptr) std::memcpy(&mark, socket->sock + offsetof(bpf_sock, mark), sizeof mark);
  return mark;
}

TEST(SocketTable, AConnectionComesBeforeItsListener) {
  SocketTable table;
  table.add(
      socket_of(kTcp, SocketState::kListen, {.local = {}, .remote = {}, .local_port = 80}, 1));
  table.add(socket_of(kTcp, SocketState::kListen, kListener, 2));
  table.add(socket_of(kTcp, SocketState::kEstablished, kConnection, 3));
  EXPECT_EQ(found(table, kTcp, tuple_of(kClient, 0x1234, kServer, 80)), 3u);
  EXPECT_EQ(found(table, kTcp, tuple_of(kClient, 0x1235, kServer, 80)), 2u);
  EXPECT_EQ(found(table, kTcp, tuple_of(kClient, 0x1234, {10, 0, 0, 9}, 80)), 1u);
  EXPECT_EQ(found(table, kTcp, tuple_of(kClient, 0x1234, kServer, 81)), 0u);
  EXPECT_EQ(found(table, kUdp, tuple_of(kClient, 0x1234, kServer, 80)), 0u);
}

TEST(SocketTable, UdpSocketsThatAreConnectedAreForTheirPeer) {
  SocketTable table;
  table.add(socket_of(kUdp, SocketState::kClose, {.local = {}, .remote = {}, .local_port = 80}, 1));
  table.add(socket_of(kUdp, SocketState::kEstablished, kConnection, 2));
  EXPECT_EQ(found(table, kUdp, tuple_of(kClient, 0x1234, kServer, 80)), 2u);
  EXPECT_EQ(found(table, kUdp, tuple_of(kClient, 0x1235, kServer, 80)), 1u);
}

TEST(SocketTable, AnIpv6ListenerOfAllAddressesTakesIpv4) {
  SocketTable table;
  bpf_sock fields{};
  fields.family = 10;
  fields.protocol = kTcp;
  fields.state = static_cast<uint32_t>(SocketState::kListen);
  fields.src_port = 80;
  fields.mark = 6;
  Socket socket;
  std::memcpy(socket.sock, &fields, sizeof fields);
  table.add(socket);
  const SocketTuple ipv4 = tuple_of(kClient, 1, kServer, 80);
  EXPECT_EQ(found(table, kTcp, ipv4), 6u);
  SocketTuple ipv6;
  ipv6.ipv6 = true;
  ipv6.destination_port = 80;
  EXPECT_EQ(found(table, kTcp, ipv6), 6u);
  table.add(
      socket_of(kTcp, SocketState::kListen, {.local = {}, .remote = {}, .local_port = 80}, 4));
  EXPECT_EQ(found(table, kTcp, ipv4), 4u) << "one of its own family comes first";
  EXPECT_EQ(found(table, kTcp, ipv6), 6u);
}

TEST(SocketTable, ASocketOfAnInterfaceIsFoundThere) {
  SocketTable table;
  Socket socket = socket_of(kTcp, SocketState::kListen, kListener, 5);
  const uint32_t interface = 3;
  std::memcpy(socket.sock + offsetof(bpf_sock, bound_dev_if), &interface, sizeof interface);
  table.add(socket);
  PacketContext packet;
  packet.kind = static_cast<uint32_t>(ContextKind::kXdp);
  const SocketTuple tuple = tuple_of(kClient, 1, kServer, 80);
  EXPECT_EQ(table.find(packet, kTcp, tuple), nullptr);
  std::memcpy(packet.xdp + offsetof(xdp_md, ingress_ifindex), &interface, sizeof interface);
  EXPECT_NE(table.find(packet, kTcp, tuple), nullptr);
}

}  // namespace
}  // namespace weir::test
