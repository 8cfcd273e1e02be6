// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sockets of this machine, and a table that says the same of them: the kernel finds the same one
// for a packet as SocketTable, and programs read the same of it. Skipped without bpf(2) or network.
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "runtime/abi/host_services.h"
#include "runtime/hooks/socket_table.h"
#include "tests/unit/helpers/program_run.h"

namespace weir::test {
namespace {

constexpr uint8_t kTcp = 6, kUdp = 17;

class OpenSocket {
 public:
  explicit OpenSocket(int fd) : fd_(fd) {}
  OpenSocket(OpenSocket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  OpenSocket(const OpenSocket&) = delete;
  OpenSocket& operator=(const OpenSocket&) = delete;
  OpenSocket& operator=(OpenSocket&&) = delete;
  ~OpenSocket() {
    if (fd_ >= 0) ::close(fd_);
  }
  int fd() const { return fd_; }

  sockaddr_in name() const { return asked(&::getsockname); }
  sockaddr_in peer() const { return asked(&::getpeername); }

 private:
  sockaddr_in asked(int (*ask)(int, sockaddr*, socklen_t*)) const {
    sockaddr_in at{};
    socklen_t size = sizeof at;
    if (ask(fd_, reinterpret_cast<sockaddr*>(&at), &size) != 0) at = {};
    return at;
  }
  int fd_;
};

sockaddr_in address(const char* host, uint16_t port) {
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(port);
  EXPECT_EQ(::inet_pton(AF_INET, host, &at.sin_addr), 1);
  return at;
}

class RealSockets : public ::testing::Test {
 protected:
  // Bound to a port that the kernel chooses; `listens`, or with a peer, or neither.
  bool open(uint8_t protocol, const char* host, bool listens, const sockaddr_in* peer = nullptr) {
    OpenSocket made(::socket(AF_INET, protocol == kTcp ? SOCK_STREAM : SOCK_DGRAM, 0));
    const sockaddr_in at = address(host, 0);
    if (made.fd() < 0 || ::bind(made.fd(), reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0)
      return false;
    if (listens && ::listen(made.fd(), 4) != 0) return false;
    if (peer != nullptr &&
        ::connect(made.fd(), reinterpret_cast<const sockaddr*>(peer), sizeof *peer) != 0)
      return false;
    add(protocol,
        listens ? SocketState::kListen
        : peer  ? SocketState::kEstablished
                : SocketState::kClose,
        made);
    sockets_.push_back(std::move(made));
    return true;
  }
  bool accept(const OpenSocket& listener) {
    OpenSocket made(::accept(listener.fd(), nullptr, nullptr));
    if (made.fd() < 0) return false;
    add(kTcp, SocketState::kEstablished, made);
    sockets_.push_back(std::move(made));
    return true;
  }

  void add(uint8_t protocol, SocketState state, const OpenSocket& open) {
    const sockaddr_in name = open.name(), peer = open.peer();
    bpf_sock fields{};
    fields.family = AF_INET;
    fields.type = protocol == kTcp ? SOCK_STREAM : SOCK_DGRAM;
    fields.protocol = protocol;
    fields.src_ip4 = name.sin_addr.s_addr;
    fields.src_port = ntohs(name.sin_port);
    fields.dst_ip4 = peer.sin_addr.s_addr;
    fields.dst_port = peer.sin_port;
    fields.state = static_cast<uint32_t>(state);
    Socket socket;
    std::memcpy(socket.sock, &fields, sizeof fields);
    table_.add(socket);
  }

  // A program that gives a number made of what it finds.
  static std::string text(int helper, const sockaddr_in& from, const sockaddr_in& to) {
    std::string out = fmt::format(
        "*(u32 *)(r10 - 16) = {}\n*(u32 *)(r10 - 12) = {}\n*(u16 *)(r10 - 8) = {}\n"
        "*(u16 *)(r10 - 6) = {}\nr2 = r10\nr2 += -16\nr3 = 12\nr4 = -1\nr5 = 0\ncall {}\n"
        "if r0 == 0 goto out\nr7 = 7\n",
        static_cast<int32_t>(from.sin_addr.s_addr), static_cast<int32_t>(to.sin_addr.s_addr),
        from.sin_port, to.sin_port, helper);
    for (const char* const field :
         {"u32 *)(r0 + 4", "u32 *)(r0 + 24", "u32 *)(r0 + 44", "u16 *)(r0 + 48", "u8 *)(r0 + 49",
          "u32 *)(r0 + 52", "u32 *)(r0 + 72", "u8 *)(r0 + 24", "u16 *)(r0 + 54"}) {
      out += fmt::format("r1 = *({})\nr7 *= 31\nr7 += r1\n", field);
    }
    if (helper != BPF_FUNC_skc_lookup_tcp)
      out += "r1 = *(u32 *)(r0 + 8)\nr7 *= 31\nr7 += r1\nr1 = *(u8 *)(r0 + 12)\nr7 += r1\n";
    return out + "r1 = r0\ncall 86\nw0 = w7\nexit\nout:\nr0 = 0\nexit\n";
  }

  // Nothing: the kernel cannot be asked.
  static std::optional<uint32_t> in_kernel(const std::string& text) {
    auto assembled = assemble(text, "test.s");
    if (!assembled) {
      ADD_FAILURE() << assembled.error().to_string();
      return std::nullopt;
    }
    const int fd = bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "look_up", "GPL",
                                 reinterpret_cast<const bpf_insn*>(assembled->bytes.data()),
                                 assembled->bytes.size() / 8, nullptr);
    if (fd < 0) return std::nullopt;
    const std::vector<uint8_t> packet(64);
    LIBBPF_OPTS(bpf_test_run_opts, options);
    options.data_in = packet.data();
    options.data_size_in = static_cast<uint32_t>(packet.size());
    const int failed = bpf_prog_test_run_opts(fd, &options);
    ::close(fd);
    if (failed != 0) return std::nullopt;
    return options.retval;
  }

  uint32_t in_weir(const std::string& text) const {
    const Ready ready =
        make_ready(Engine::kInterp, text, ContextKind::kSchedCls, {}, {}, Policy::kStrict);
    if (!ready.run) return 0;
    HostServices services;
    services.user = const_cast<SocketTable*>(&table_);
    services.find_socket = [](void* user, const PacketContext* packet, uint8_t protocol,
                              const SocketTuple& tuple) {
      return static_cast<SocketTable*>(user)->find(*packet, protocol, tuple);
    };
    Packet packet(ContextKind::kSchedCls, std::vector<uint8_t>(64));
    ExecContext context;
    context.helpers = helper_table(HelperSet::kKernel);
    context.services = &services;
    begin_run(context, kDefaultBudget);
    const auto result = static_cast<uint32_t>(ready.run(&context, &packet.context, 0));
    EXPECT_EQ(context.trap_code, TrapCode::kNone);
    return result;
  }

  SocketTable table_;
  std::vector<OpenSocket> sockets_;
};

TEST_F(RealSockets, TheKernelFindsTheSame) {
  const std::string nothing =
      text(BPF_FUNC_sk_lookup_tcp, address("127.0.0.1", 1), address("127.0.0.9", 1));
  if (!in_kernel(nothing)) GTEST_SKIP() << "the kernel runs no program that looks up sockets";
  const bool opened = open(kTcp, "127.0.0.1", true) && open(kTcp, "0.0.0.0", true) &&
                      open(kUdp, "127.0.0.1", false) && open(kUdp, "0.0.0.0", false);
  if (!opened) GTEST_SKIP() << "no sockets on the loopback: " << std::strerror(errno);
  const sockaddr_in one = sockets_[0].name(), all = sockets_[1].name(),
                    datagrams = sockets_[2].name();
  ASSERT_TRUE(open(kTcp, "127.0.0.1", false, &one) && accept(sockets_[0]));
  ASSERT_TRUE(open(kUdp, "127.0.0.1", false, &datagrams));
  // Packets from and to every address and port that some socket has, and others.
  std::vector<sockaddr_in> ends = {address("127.0.0.1", 1),
                                   address("127.0.0.3", ntohs(all.sin_port)),
                                   address("127.0.0.3", ntohs(one.sin_port))};
  for (const OpenSocket& socket : sockets_) {
    ends.push_back(socket.name());
    if (ends.back().sin_addr.s_addr == 0) ends.back().sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  }
  size_t found = 0;
  for (const sockaddr_in& from : ends) {
    for (const sockaddr_in& to : ends) {
      for (const int helper :
           {BPF_FUNC_sk_lookup_tcp, BPF_FUNC_sk_lookup_udp, BPF_FUNC_skc_lookup_tcp}) {
        const std::string program = text(helper, from, to);
        const auto kernel = in_kernel(program);
        ASSERT_TRUE(kernel);
        EXPECT_EQ(in_weir(program), *kernel)
            << "helper " << helper << ", from port " << ntohs(from.sin_port) << " to port "
            << ntohs(to.sin_port);
        found += *kernel != 0 ? 1 : 0;
      }
    }
  }
  EXPECT_GT(found, ends.size());
}

}  // namespace
}  // namespace weir::test
