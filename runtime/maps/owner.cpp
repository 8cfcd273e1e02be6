// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/maps/owner.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string_view>

#include "frontend/support/interrupted.h"

namespace weir {

namespace {

// 22 bits hold every process id of Linux (PID_MAX_LIMIT is 4 Mi).
constexpr uint32_t kPidBits = 22;
constexpr uint32_t kPidMask = (1u << kPidBits) - 1;
constexpr uint32_t kOwnerMark = 0x8000'0000u;
constexpr uint32_t kUnknownStart = 0;

struct ProcessState {
  char state = '?';
  uint64_t threads = 0;
  uint64_t start_time = 0;
};

// Fields 3, 20 and 22 of /proc/PID/stat; the second one may hold anything but ends in the last ')'.
std::optional<ProcessState> read_state(pid_t pid) {
  char path[32];
  *std::to_chars(std::strcpy(path, "/proc/") + 6, path + 20, pid).ptr = '\0';
  std::strcat(path, "/stat");
  const int fd = again_if_interrupted([&path] { return ::open(path, O_RDONLY | O_CLOEXEC); });
  if (fd < 0) return std::nullopt;
  char text[1024];
  const ssize_t size = again_if_interrupted([&] { return ::read(fd, text, sizeof text); });
  ::close(fd);
  if (size <= 0) return std::nullopt;
  std::string_view rest(text, static_cast<size_t>(size));
  const size_t name_end = rest.rfind(')');
  if (name_end == std::string_view::npos || name_end + 2 >= rest.size()) return std::nullopt;
  rest.remove_prefix(name_end + 2);
  ProcessState result;
  for (int field = 3; field <= 22; ++field) {
    const std::string_view word = rest.substr(0, rest.find(' '));
    if (word.empty()) return std::nullopt;
    if (field == 3) result.state = word[0];
    if (field == 20) std::from_chars(word.data(), word.data() + word.size(), result.threads);
    if (field == 22) std::from_chars(word.data(), word.data() + word.size(), result.start_time);
    if (word.size() == rest.size()) return field == 22 ? std::optional(result) : std::nullopt;
    rest.remove_prefix(word.size() + 1);
  }
  return result;
}

uint32_t make_owner(pid_t pid, uint64_t start_time) {
  auto mixed = static_cast<uint32_t>(start_time * 0x9e37'79b9'7f4a'7c15u >> 55);  // 9 bits
  if (mixed == kUnknownStart) mixed = 1;
  return kOwnerMark | mixed << kPidBits | (static_cast<uint32_t>(pid) & kPidMask);
}

}  // namespace

uint32_t this_owner() {
  const auto state = read_state(::getpid());
  if (state) return make_owner(::getpid(), state->start_time);
  // /proc could not be read, now: others, who can, must not take this process for a dead one.
  return kOwnerMark | (static_cast<uint32_t>(::getpid()) & kPidMask);
}

bool owner_lives(uint32_t owner) {
  if ((owner & kOwnerMark) == 0) return false;  // nothing a lock of ours would hold
  const auto pid = static_cast<pid_t>(owner & kPidMask);
  if (pid == 0) return false;
  const auto state = read_state(pid);
  if (!state) return ::kill(pid, 0) == 0 || errno != ESRCH;
  // A leader that has exited is a zombie as long as other threads of its process run.
  if ((state->state == 'Z' || state->state == 'X') && state->threads <= 1) return false;
  if ((owner & ~kOwnerMark) >> kPidBits == kUnknownStart) return true;
  return make_owner(pid, state->start_time) == owner;
}

uint64_t pid_namespace() {
  struct stat status;
  return ::stat("/proc/self/ns/pid", &status) == 0 ? status.st_ino : 0;
}

}  // namespace weir
