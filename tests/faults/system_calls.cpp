// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The C library's system calls once more, each a fault point. Those that only ask the kernel go
// there directly; the others are looked up behind this definition. Calls that the C library makes
// itself (a stream's write) do not come by here.
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>

#include "tests/faults/inject.h"

using namespace weir::faults;

namespace {

// The definition behind this one.
template <typename Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

// Refused: errno is set. kShort fails only where `part` is given, and shortens that.
bool refused(Point point, size_t* part = nullptr) {
  How how;
  if (!refuse(point, how)) return false;
  if (how == How::kShort) {
    if (part != nullptr && *part > 1) *part /= 2;
    return false;
  }
  errno = how == How::kInterrupted ? EINTR : usual_error(point);
  return true;
}

int open_file(int folder, const char* path, int flags, mode_t mode) {
  if (refused(Point::kOpen)) return -1;
  return static_cast<int>(::syscall(SYS_openat, folder, path, flags, mode));
}

mode_t mode_of(int flags, va_list arguments) {
  const bool has_mode = (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
  return has_mode ? va_arg(arguments, mode_t) : 0;
}

void* map(void* address, size_t bytes, int protection, int flags, int fd, off_t offset) {
  // NOLINTNEXTLINE(performance-no-int-to-ptr)
  return reinterpret_cast<void*>(
      ::syscall(SYS_mmap, address, bytes, protection, flags, fd, offset));
}

// Not std::getenv() each time: others change the environment.
bool guards_mappings() {
  static const bool wish = ::getenv("WEIR_GUARD_MAPPINGS") != nullptr;
  return wish;
}

// The pages in front and behind stay when what is between them goes: it is a test's process.
void* map_between_guards(size_t bytes, int protection, int flags, int fd, off_t offset) {
  constexpr size_t kPage = 4096;
  const size_t inside = (bytes + kPage - 1) / kPage * kPage;
  constexpr int kNobody = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
  void* const all = map(nullptr, inside + 2 * kPage, PROT_NONE, kNobody, -1, 0);
  if (all == MAP_FAILED) return all;
  return map(static_cast<char*>(all) + kPage, bytes, protection, flags | MAP_FIXED, fd, offset);
}

}  // namespace

#pragma GCC visibility push(default)
extern "C" {

void* mmap(void* address, size_t bytes, int protection, int flags, int fd, off_t offset) noexcept {
  if (refused(Point::kMmap)) return MAP_FAILED;
  if (guards_mappings() && address == nullptr && (flags & MAP_FIXED) == 0) {
    return map_between_guards(bytes, protection, flags, fd, offset);
  }
  void* const made = map(address, bytes, protection, flags, fd, offset);
  // A fixed one takes the place of another.
  if (made != MAP_FAILED && (flags & MAP_FIXED) == 0) note_mapped(static_cast<int64_t>(bytes));
  return made;
}
void* mmap64(void* address, size_t bytes, int protection, int flags, int fd,
             off_t offset) noexcept {
  return mmap(address, bytes, protection, flags, fd, offset);
}
int munmap(void* address, size_t bytes) noexcept {
  note_mapped(-static_cast<int64_t>(bytes));
  return static_cast<int>(::syscall(SYS_munmap, address, bytes));
}
int mprotect(void* address, size_t bytes, int protection) noexcept {
  if (refused(Point::kMprotect)) return -1;
  return static_cast<int>(::syscall(SYS_mprotect, address, bytes, protection));
}
int memfd_create(const char* name, unsigned flags) noexcept {
  if (refused(Point::kMemfd)) return -1;
  return static_cast<int>(::syscall(SYS_memfd_create, name, flags));
}

int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return open_file(AT_FDCWD, path, flags, mode);
}
int open64(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return open_file(AT_FDCWD, path, flags, mode);
}
int openat(int folder, const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return open_file(folder, path, flags, mode);
}
int openat64(int folder, const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return open_file(folder, path, flags, mode);
}
FILE* fopen(const char* path, const char* mode) {
  static auto* const real = next<FILE*(const char*, const char*)>("fopen");
  return refused(Point::kOpen) ? nullptr : real(path, mode);
}
DIR* opendir(const char* path) {
  static auto* const real = next<DIR*(const char*)>("opendir");
  return refused(Point::kOpen) ? nullptr : real(path);
}

ssize_t read(int fd, void* data, size_t bytes) {
  if (refused(Point::kRead, &bytes)) return -1;
  return ::syscall(SYS_read, fd, data, bytes);
}
ssize_t pread(int fd, void* data, size_t bytes, off_t at) {
  if (refused(Point::kRead, &bytes)) return -1;
  return ::syscall(SYS_pread64, fd, data, bytes, at);
}
ssize_t pread64(int fd, void* data, size_t bytes, off_t at) {
  return pread(fd, data, bytes, at);
}
ssize_t write(int fd, const void* data, size_t bytes) {
  if (refused(Point::kWrite, &bytes)) return -1;
  return ::syscall(SYS_write, fd, data, bytes);
}
ssize_t pwrite(int fd, const void* data, size_t bytes, off_t at) {
  if (refused(Point::kWrite, &bytes)) return -1;
  return ::syscall(SYS_pwrite64, fd, data, bytes, at);
}
ssize_t pwrite64(int fd, const void* data, size_t bytes, off_t at) {
  return pwrite(fd, data, bytes, at);
}

int fsync(int fd) {
  return refused(Point::kSync) ? -1 : static_cast<int>(::syscall(SYS_fsync, fd));
}
int fdatasync(int fd) {
  return refused(Point::kSync) ? -1 : static_cast<int>(::syscall(SYS_fdatasync, fd));
}
int rename(const char* from, const char* to) noexcept {
  if (refused(Point::kRename)) return -1;
  return static_cast<int>(::syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0));
}
int renameat(int from_folder, const char* from, int to_folder, const char* to) noexcept {
  if (refused(Point::kRename)) return -1;
  return static_cast<int>(::syscall(SYS_renameat2, from_folder, from, to_folder, to, 0));
}
int linkat(int from_folder, const char* from, int to_folder, const char* to, int flags) noexcept {
  if (refused(Point::kRename)) return -1;
  return static_cast<int>(::syscall(SYS_linkat, from_folder, from, to_folder, to, flags));
}
int ftruncate(int fd, off_t bytes) noexcept {
  if (refused(Point::kTruncate)) return -1;
  return static_cast<int>(::syscall(SYS_ftruncate, fd, bytes));
}
int ftruncate64(int fd, off_t bytes) noexcept {
  return ftruncate(fd, bytes);
}
int posix_fallocate(int fd, off_t from, off_t bytes) {
  static auto* const real = next<int(int, off_t, off_t)>("posix_fallocate");
  return refused(Point::kTruncate) ? errno : real(fd, from, bytes);
}
int posix_fallocate64(int fd, off_t from, off_t bytes) {
  return posix_fallocate(fd, from, bytes);
}
int fstat(int fd, struct stat* info) noexcept {
  static auto* const real = next<int(int, struct stat*)>("fstat");
  return refused(Point::kStat) ? -1 : real(fd, info);
}
int fstatat(int folder, const char* path, struct stat* info, int flags) noexcept {
  static auto* const real = next<int(int, const char*, struct stat*, int)>("fstatat");
  return refused(Point::kStat) ? -1 : real(folder, path, info, flags);
}
int stat(const char* path, struct stat* info) noexcept {
  static auto* const real = next<int(const char*, struct stat*)>("stat");
  return refused(Point::kStat) ? -1 : real(path, info);
}
int fchmod(int fd, mode_t mode) noexcept {
  return refused(Point::kMode) ? -1 : static_cast<int>(::syscall(SYS_fchmod, fd, mode));
}
int mkdir(const char* path, mode_t mode) noexcept {
  if (refused(Point::kFolder)) return -1;
  return static_cast<int>(::syscall(SYS_mkdirat, AT_FDCWD, path, mode));
}
int mkdirat(int folder, const char* path, mode_t mode) noexcept {
  if (refused(Point::kFolder)) return -1;
  return static_cast<int>(::syscall(SYS_mkdirat, folder, path, mode));
}
int flock(int fd, int operation) noexcept {
  return refused(Point::kFlock) ? -1 : static_cast<int>(::syscall(SYS_flock, fd, operation));
}

pid_t fork() noexcept {
  static auto* const real = next<pid_t()>("fork");
  return refused(Point::kFork) ? -1 : real();
}
int posix_spawn(pid_t* pid, const char* path, const posix_spawn_file_actions_t* actions,
                const posix_spawnattr_t* attributes, char* const* arguments,
                char* const* environment) noexcept {
  static auto* const real =
      next<int(pid_t*, const char*, const posix_spawn_file_actions_t*, const posix_spawnattr_t*,
               char* const*, char* const*)>("posix_spawn");
  if (refused(Point::kFork)) return errno;
  return real(pid, path, actions, attributes, arguments, environment);
}
int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*start)(void*),
                   void* argument) noexcept {
  static auto* const real =
      next<int(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*)>("pthread_create");
  return refused(Point::kThread) ? errno : real(thread, attributes, start, argument);
}
int socket(int domain, int type, int protocol) noexcept {
  if (refused(Point::kSocket)) return -1;
  return static_cast<int>(::syscall(SYS_socket, domain, type, protocol));
}
int socketpair(int domain, int type, int protocol, int* ends) noexcept {
  if (refused(Point::kSocket)) return -1;
  return static_cast<int>(::syscall(SYS_socketpair, domain, type, protocol, ends));
}
int connect(int fd, const struct sockaddr* address, socklen_t bytes) {
  if (refused(Point::kSocket)) return -1;
  return static_cast<int>(::syscall(SYS_connect, fd, address, bytes));
}

}  // extern "C"
#pragma GCC visibility pop
