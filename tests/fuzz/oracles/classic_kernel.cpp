// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <linux/filter.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "tests/fuzz/oracles/classic.h"

namespace weir::test {

FilteredSocket::FilteredSocket() {
  if (::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, sockets_) != 0) {
    problem_ = fmt::format("no pair of sockets: {}", std::strerror(errno));
  } else if (const ClassicInsn all = {cbpf::kRet | cbpf::kK, 0, 0, UINT32_MAX};
             !attach({&all, 1})) {
    problem_ = fmt::format("no filter on a socket: {}", std::strerror(errno));
  }
}

FilteredSocket::~FilteredSocket() {
  for (const int one : sockets_) {
    if (one >= 0) ::close(one);
  }
}

bool FilteredSocket::attach(std::span<const ClassicInsn> insns) {
  static_assert(sizeof(ClassicInsn) == sizeof(sock_filter));
  std::vector<sock_filter> code(insns.size());
  if (!code.empty()) std::memcpy(code.data(), insns.data(), insns.size_bytes());
  const sock_fprog program{static_cast<unsigned short>(code.size()), code.data()};
  return ::setsockopt(sockets_[1], SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0;
}

std::optional<uint32_t> FilteredSocket::pass(ByteSpan packet) {
  if (::send(sockets_[0], packet.data(), packet.size(), 0) < 0) return std::nullopt;
  uint8_t got[4096];
  const ssize_t count = ::recv(sockets_[1], got, sizeof got, 0);
  return count < 0 ? 0 : static_cast<uint32_t>(count);
}

}  // namespace weir::test
