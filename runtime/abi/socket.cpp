// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/abi/socket.h"

#include <linux/bpf.h>

#include "runtime/abi/contexts.h"

namespace weir {

static_assert(kSockBytes == sizeof(bpf_sock));
static_assert(kTcpSockBytes == sizeof(bpf_tcp_sock));

bool may_read_socket(SocketKind kind, int64_t offset, uint32_t size) {
  if (offset < 0 || offset >= int64_t{socket_bytes(kind)} || offset % size != 0) return false;
  if (kind == SocketKind::kTcp) {  // bpf_tcp_sock_is_valid_access()
    const bool wide = offset == offsetof(bpf_tcp_sock, bytes_received) ||
                      offset == offsetof(bpf_tcp_sock, bytes_acked);
    return size == (wide ? 8 : 4);
  }
  // bpf_sock_common_is_valid_access(), bpf_sock_is_valid_access()
  constexpr auto kPort = int64_t{offsetof(bpf_sock, dst_port)};
  if (kind == SocketKind::kCommon && offset >= int64_t{offsetof(bpf_sock, type)} &&
      offset < int64_t{offsetof(bpf_sock, src_ip4)}) {
    return false;
  }
  if (offset >= kPort + 2 && offset < kPort + 4) return false;  // nothing is there
  // Parts of numbers only from their start; of addresses and the peer's port any.
  const bool address = (offset >= int64_t{offsetof(bpf_sock, src_ip4)} &&
                        offset < int64_t{offsetof(bpf_sock, src_port)}) ||
                       (offset >= kPort && offset < int64_t{offsetof(bpf_sock, state)});
  if (!address && offset % 4 != 0) return false;
  return find_field(ContextKind::kCgroupSock, offset, size, false).has_value();
}

}  // namespace weir
