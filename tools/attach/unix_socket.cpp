// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/attach/unix_socket.h"

#include <cstdlib>
#include <cstring>
#include <filesystem>

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

namespace weir::attach {

namespace {

Result<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof(address.sun_path)) {
    return Error(ErrorCode::kUsage, fmt::format("the path of a socket has 1 to {} bytes, not {}",
                                                sizeof(address.sun_path) - 1, path.size()))
        .in_file(path);
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

Result<Descriptor> new_socket(SocketType type) {
  const int kind = type == SocketType::kStream ? SOCK_STREAM : SOCK_DGRAM;
  Descriptor made(::socket(AF_UNIX, kind | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!made) return io_error("make a socket");
  // So that a burst need not be taken frame by frame; the kernel takes less if it allows less.
  const int bytes = 1 << 20;
  setsockopt(made.get(), SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
  return made;
}

}  // namespace

Result<Descriptor> bind_unix(const std::string& path, SocketType type) {
  WEIR_TRY(const sockaddr_un address, address_of(path));
  WEIR_TRY(Descriptor made, new_socket(type));
  struct stat status;
  if (lstat(path.c_str(), &status) == 0) {
    if (!S_ISSOCK(status.st_mode)) {
      return Error(ErrorCode::kIo, "there is something that is no socket").in_file(path);
    }
    unlink(path.c_str());
  }
  const mode_t mask = umask(0177);
  const int failed =
      ::bind(made.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  umask(mask);
  if (failed != 0) return io_error("make the socket").in_file(path);
  if (type == SocketType::kStream && listen(made.get(), 16) != 0)
    return io_error("listen").in_file(path);
  return made;
}

Result<Descriptor> connect_unix(const std::string& path, SocketType type) {
  WEIR_TRY(const sockaddr_un address, address_of(path));
  WEIR_TRY(Descriptor made, new_socket(type));
  if (::connect(made.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0)
    return io_error("connect").in_file(path);
  return made;
}

Result<Descriptor> listen_unix(const std::string& path, std::string_view option) {
  std::error_code ignored;  // the socket's own error says more
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), ignored);
  if (connect_unix(path, SocketType::kStream)) {
    return Error(ErrorCode::kIo, "another process listens there")
        .in_file(path)
        .with_hint(fmt::format("give this one another {}", option));
  }
  return bind_unix(path, SocketType::kStream);
}

std::string default_socket_path(std::string_view name) {
  const char* folder = std::getenv("XDG_RUNTIME_DIR");
  return fmt::format("{}/weir/{}", folder != nullptr && *folder != 0 ? folder : "/run", name);
}

}  // namespace weir::attach
