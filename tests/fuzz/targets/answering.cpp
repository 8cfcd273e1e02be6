// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tests/fuzz/targets/answering.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <thread>

#include "tests/fuzz/targets/target.h"

namespace weir::fuzz {

struct AnsweringServer::State {
  int listener = -1;
  std::mutex mutex;
  std::vector<uint8_t> bytes;
};

AnsweringServer::AnsweringServer(std::string path) : state_(new State), path_(std::move(path)) {
  const bool tcp = path_.empty();
  state_->listener = ::socket(tcp ? AF_INET : AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in inet{};
  inet.sin_family = AF_INET;
  inet.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  sockaddr_un local{};
  local.sun_family = AF_UNIX;
  std::snprintf(local.sun_path, sizeof local.sun_path, "%s", path_.c_str());
  const auto* const address =
      tcp ? reinterpret_cast<const sockaddr*>(&inet) : reinterpret_cast<const sockaddr*>(&local);
  if (::bind(state_->listener, address, tcp ? sizeof inet : sizeof local) != 0 ||
      ::listen(state_->listener, 64) != 0) {
    std::perror("a server for the target");
    std::exit(1);
  }
  socklen_t length = sizeof inet;
  if (tcp && ::getsockname(state_->listener, reinterpret_cast<sockaddr*>(&inet), &length) == 0)
    port_ = ntohs(inet.sin_port);
  std::thread([this] { serve(); }).detach();
}

AnsweringServer& AnsweringServer::tcp() {
  static auto* const server = new AnsweringServer("");
  return *server;
}
AnsweringServer& AnsweringServer::unix_path() {
  static auto* const server = new AnsweringServer(scratch_folder() + "/answering.sock");
  return *server;
}

void AnsweringServer::says(ByteSpan bytes) {
  const std::lock_guard lock(state_->mutex);
  state_->bytes.assign(bytes.begin(), bytes.end());
}

void AnsweringServer::serve() {
  for (;;) {
    const int client = ::accept4(state_->listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) continue;
    std::vector<uint8_t> bytes;
    {
      const std::lock_guard lock(state_->mutex);
      bytes = state_->bytes;
    }
    for (size_t sent = 0; sent < bytes.size();) {
      const ssize_t n = ::send(client, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (n <= 0) break;
      sent += static_cast<size_t>(n);
    }
    // What was asked is read, or closing would throw the answer away.
    ::shutdown(client, SHUT_WR);
    pollfd poll{.fd = client, .events = POLLIN, .revents = 0};
    char sink[65536];
    while (::poll(&poll, 1, 50) > 0 && ::recv(client, sink, sizeof sink, 0) > 0) {
    }
    ::close(client);
  }
}

}  // namespace weir::fuzz
