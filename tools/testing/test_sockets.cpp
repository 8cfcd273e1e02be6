// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/testing/test_sockets.h"

#include <arpa/inet.h>
#include <linux/bpf.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include <fmt/format.h>

#include "frontend/support/text.h"

namespace weir::tool {

namespace {

struct Member {
  std::string_view name;
  size_t offset;
  size_t size = 4;
};
// What is not told by addresses, protocol and state.
constexpr Member kSock[] = {{"bound_dev_if", offsetof(bpf_sock, bound_dev_if)},
                            {"type", offsetof(bpf_sock, type)},
                            {"mark", offsetof(bpf_sock, mark)},
                            {"priority", offsetof(bpf_sock, priority)},
                            {"rx_queue_mapping", offsetof(bpf_sock, rx_queue_mapping)}};
constexpr Member kTcpSock[] = {
#define MEMBER(name) {#name, offsetof(bpf_tcp_sock, name), sizeof(bpf_tcp_sock::name)}
    MEMBER(snd_cwnd),       MEMBER(srtt_us),         MEMBER(rtt_min),          MEMBER(snd_ssthresh),
    MEMBER(rcv_nxt),        MEMBER(snd_nxt),         MEMBER(snd_una),          MEMBER(mss_cache),
    MEMBER(ecn_flags),      MEMBER(rate_delivered),  MEMBER(rate_interval_us), MEMBER(packets_out),
    MEMBER(retrans_out),    MEMBER(total_retrans),   MEMBER(segs_in),          MEMBER(data_segs_in),
    MEMBER(segs_out),       MEMBER(data_segs_out),   MEMBER(lost_out),         MEMBER(sacked_out),
    MEMBER(bytes_received), MEMBER(bytes_acked),     MEMBER(dsack_dups),       MEMBER(delivered),
    MEMBER(delivered_ce),   MEMBER(icsk_retransmits)};
#undef MEMBER
// BPF_TCP_ESTABLISHED is 1, and so on.
constexpr std::string_view kStates[] = {"established", "syn_sent",  "syn_recv", "fin_wait1",
                                        "fin_wait2",   "time_wait", "close",    "close_wait",
                                        "last_ack",    "listen",    "closing",  "new_syn_recv"};
constexpr uint32_t kTcp = 6, kUdp = 17;

Error bad(std::string what) {
  return Error(ErrorCode::kUsage, std::move(what));
}

// "10.0.0.1:80", "[2001:db8::1]:80", "*:53": all addresses of IPv4.
struct Endpoint {
  bool ipv6 = false;
  uint8_t address[16] = {};
  uint16_t port = 0;
};
Result<Endpoint> parse_endpoint(const std::string& text) {
  Endpoint out;
  const size_t colon = text.rfind(':');
  std::string host = text.substr(0, colon == std::string::npos ? 0 : colon);
  if (host == "*") host = "0.0.0.0";
  out.ipv6 = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (out.ipv6) host = host.substr(1, host.size() - 2);
  const char* const end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data() + colon + 1, end, out.port);
  const bool right = colon != std::string::npos && problem == std::errc{} && stop == end &&
                     ::inet_pton(out.ipv6 ? AF_INET6 : AF_INET, host.c_str(), out.address) == 1;
  if (right) return out;
  return bad(fmt::format("'{}' is no address and port", printable(text)))
      .with_hint("write 10.0.0.1:80, [2001:db8::1]:80, or *:80 for all addresses of IPv4");
}

Status set_member(std::span<const Member> members, const std::string& name, const Json& value,
                  uint8_t* into) {
  const auto found = std::ranges::find(members, name, &Member::name);
  if (found == members.end() || !value.is_number_unsigned())
    return bad(fmt::format("'{}' is not known, or has no such value", printable(name)));
  const auto number = value.get<uint64_t>();
  if (found->size == 4 && number > UINT32_MAX)
    return bad(fmt::format("'{}' has 32 bits", printable(name)));
  std::memcpy(into + found->offset, &number, found->size);  // little-endian, as eBPF is here
  return {};
}

void set_endpoint(bpf_sock& fields, const Endpoint& at, bool local) {
  fields.family = at.ipv6 ? AF_INET6 : AF_INET;
  void* const v6 = local ? fields.src_ip6 : fields.dst_ip6;
  void* const v4 = local ? &fields.src_ip4 : &fields.dst_ip4;
  std::memcpy(at.ipv6 ? v6 : v4, at.address, at.ipv6 ? 16 : 4);
  if (local) fields.src_port = at.port;
  if (!local) fields.dst_port = htons(at.port);
}

Result<Socket> parse_socket(const Json& json) {
  if (!json.is_object()) return bad("it is no object");
  Socket socket;
  bpf_sock fields{};
  std::optional<Endpoint> local, remote;
  for (const auto& [name, value] : json.items()) {
    if (name == "protocol" && (value == "tcp" || value == "udp")) {
      fields.protocol = value == "tcp" ? kTcp : kUdp;
    } else if (name == "local" && value.is_string()) {
      WEIR_TRY(local, parse_endpoint(value.get<std::string>()));
    } else if (name == "remote" && value.is_string()) {
      WEIR_TRY(remote, parse_endpoint(value.get<std::string>()));
    } else if (name == "state" && value.is_string()) {
      const auto state = std::ranges::find(kStates, value.get<std::string>());
      if (state == std::end(kStates)) {
        return bad(fmt::format("there is no state '{}'", printable(value.get<std::string>())))
            .with_hint(fmt::format("states are {}", fmt::join(kStates, ", ")));
      }
      fields.state = static_cast<uint32_t>(state - std::begin(kStates)) + 1;
    } else if (name == "tcp" && value.is_object()) {
      for (const auto& [member, number] : value.items())
        WEIR_CHECK(set_member(kTcpSock, member, number, socket.tcp_sock));
    } else {
      WEIR_CHECK(set_member(kSock, name, value, reinterpret_cast<uint8_t*>(&fields)));
    }
  }
  if (fields.protocol == 0) return bad("its protocol, tcp or udp, is missing");
  if (!local) return bad("its local address is missing");
  if (remote && remote->ipv6 != local->ipv6) return bad("its addresses are of two families");
  const bool tcp = fields.protocol == kTcp;
  if (!tcp && json.contains("tcp")) return bad("it has TCP's members, but is none");
  set_endpoint(fields, *local, true);
  if (remote) set_endpoint(fields, *remote, false);
  if (fields.type == 0) fields.type = static_cast<uint32_t>(tcp ? SOCK_STREAM : SOCK_DGRAM);
  if (fields.state == 0) {
    const SocketState state = remote ? SocketState::kEstablished
                              : tcp  ? SocketState::kListen
                                     : SocketState::kClose;
    fields.state = static_cast<uint32_t>(state);
  }
  std::memcpy(socket.sock, &fields, sizeof fields);
  return socket;
}

}  // namespace

Result<std::vector<Socket>> parse_sockets(const Json& json) {
  if (!json.is_array()) return bad("sockets is no list");
  std::vector<Socket> out;
  for (const Json& one : json) {
    auto socket = parse_socket(one);
    if (!socket) {
      return Error(ErrorCode::kUsage,
                   fmt::format("socket {}: {}", out.size() + 1, socket.error().message()))
          .with_hint(socket.error().hint());
    }
    out.push_back(*socket);
  }
  return out;
}

}  // namespace weir::tool
