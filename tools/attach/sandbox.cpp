// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What stays: files, memory, sockets, threads, time; loading a program takes nothing else, compiled
// or from the cache. What goes: starting programs, other processes, the kernel's own programs and
// modules, mounts, devices' settings. A call that went fails with EPERM, as for lack of a right.
#include "tools/attach/sandbox.h"

#include <sys/prctl.h>

#include "tools/attach/event_loop.h"

#if WEIR_HAS_SECCOMP
#include <cerrno>
#include <memory>

#include <fmt/format.h>
#include <linux/sched.h>
#include <seccomp.h>
#endif

namespace weir::attach {

#if WEIR_HAS_SECCOMP
namespace {

constexpr const char* kCalls[] = {
    // files
    "access", "chmod", "close", "close_range", "copy_file_range", "dup", "dup2", "dup3",
    "faccessat", "faccessat2", "fadvise64", "fallocate", "fchmod", "fchmodat", "fchown", "fcntl",
    "fdatasync", "fgetxattr", "flock", "fstat", "fstatfs", "fsync", "ftruncate", "getcwd",
    "getdents64", "getxattr", "ioctl", "link", "linkat", "lseek", "lstat", "mkdir", "mkdirat",
    "newfstatat", "open", "openat", "pipe2", "pread64", "preadv", "pwrite64", "pwritev", "read",
    "readlink", "readlinkat", "readv", "rename", "renameat", "renameat2", "rmdir", "stat", "statfs",
    "statx", "symlink", "sync_file_range", "umask", "unlink", "unlinkat", "utimensat", "write",
    "writev",
    // memory
    "brk", "madvise", "memfd_create", "mincore", "mlock", "mmap", "mprotect", "mremap", "msync",
    "munlock", "munmap",
    // sockets
    "accept", "accept4", "bind", "connect", "getpeername", "getsockname", "getsockopt", "listen",
    "recvfrom", "recvmmsg", "recvmsg", "sendmmsg", "sendmsg", "sendto", "setsockopt", "shutdown",
    "socket", "socketpair",
    // waiting
    "clock_getres", "clock_gettime", "clock_nanosleep", "epoll_create1", "epoll_ctl", "epoll_pwait",
    "epoll_pwait2", "epoll_wait", "eventfd2", "futex", "gettimeofday", "nanosleep", "poll", "ppoll",
    "pselect6", "restart_syscall", "select", "signalfd4", "time",
    // threads, and this process
    "arch_prctl", "capget", "exit", "exit_group", "get_mempolicy", "getcpu", "getegid", "geteuid",
    "getgid", "getgroups", "getpgrp", "getpid", "getppid", "getpriority", "getrandom", "getresgid",
    "getresuid", "getrlimit", "getrusage", "gettid", "getuid", "membarrier", "prctl", "prlimit64",
    "rseq", "rt_sigaction", "rt_sigpending", "rt_sigprocmask", "rt_sigreturn", "rt_sigsuspend",
    "rt_sigtimedwait", "sched_getaffinity", "sched_getparam", "sched_getscheduler",
    "sched_setaffinity", "sched_yield", "set_robust_list", "set_tid_address", "sigaltstack",
    "sysinfo", "tgkill", "times", "uname"};

Error refused(std::string_view what, int error) {
  errno = -error;
  return io_error(fmt::format("restrict system calls ({})", what))
      .with_hint("--no-sandbox does without");
}

}  // namespace

Status enter_sandbox() {
  const std::unique_ptr<void, void (*)(void*)> filter(seccomp_init(SCMP_ACT_ERRNO(EPERM)),
                                                      [](void* made) {
                                                        if (made != nullptr) seccomp_release(made);
                                                      });
  if (filter == nullptr) return refused("start", -ENOMEM);
  for (const char* name : kCalls) {
    const int number = seccomp_syscall_resolve_name(name);
    // Of another architecture.
    if (number == __NR_SCMP_ERROR || number < 0) continue;
    if (const int failed = seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, number, 0); failed != 0)
      return refused(name, failed);
  }
  // New threads, and no new processes. What clone3 is asked for cannot be seen: glibc takes clone
  // where it is not there.
  const scmp_arg_cmp is_thread{
      .arg = 0, .op = SCMP_CMP_MASKED_EQ, .datum_a = CLONE_THREAD, .datum_b = CLONE_THREAD};
  int failed = seccomp_rule_add_array(filter.get(), SCMP_ACT_ALLOW, SCMP_SYS(clone), 1, &is_thread);
  if (failed == 0)
    failed = seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
  if (failed == 0) failed = seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_TSYNC, 1);
  // It sets no_new_privs first.
  if (failed == 0) failed = seccomp_load(filter.get());
  if (failed != 0) return refused("all of them", failed);
  return {};
}

#else

Status enter_sandbox() {
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return io_error("give up gaining privileges");
  return {};
}

#endif

}  // namespace weir::attach
