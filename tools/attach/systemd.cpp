// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/attach/systemd.h"

#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace weir::attach {

namespace {

constexpr int kFirstPassed = 3;  // SD_LISTEN_FDS_START

std::optional<uint64_t> number(const char* name) {
  const char* const text = std::getenv(name);
  if (text == nullptr) return std::nullopt;
  const char* const end = text + std::strlen(text);
  uint64_t value = 0;
  if (std::from_chars(text, end, value).ptr != end || text == end) return std::nullopt;
  return value;
}

}  // namespace

void notify_manager(std::string_view state) {
  const char* const path = std::getenv("NOTIFY_SOCKET");
  sockaddr_un address{};
  if (path == nullptr || (path[0] != '/' && path[0] != '@') ||
      std::strlen(path) >= sizeof(address.sun_path))
    return;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path, std::strlen(path));
  if (path[0] == '@') address.sun_path[0] = 0;
  const Descriptor to(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + std::strlen(path));
  sendto(to.get(), state.data(), state.size(), MSG_NOSIGNAL,
         reinterpret_cast<const sockaddr*>(&address), size);
}

std::optional<Descriptor> take_passed_socket() {
  const auto pid = number("LISTEN_PID"), count = number("LISTEN_FDS");
  unsetenv("LISTEN_PID");
  unsetenv("LISTEN_FDS");
  unsetenv("LISTEN_FDNAMES");
  if (!pid || !count || *count == 0 || *pid != static_cast<uint64_t>(getpid())) return std::nullopt;
  fcntl(kFirstPassed, F_SETFD, FD_CLOEXEC);
  fcntl(kFirstPassed, F_SETFL, O_NONBLOCK);
  return Descriptor(kFirstPassed);
}

std::optional<std::chrono::milliseconds> watchdog_interval() {
  const auto pid = number("WATCHDOG_PID"), limit = number("WATCHDOG_USEC");
  if (!limit || (pid && *pid != static_cast<uint64_t>(getpid()))) return std::nullopt;
  return std::chrono::milliseconds(std::max<uint64_t>(*limit / 2000, 1));
}

}  // namespace weir::attach
