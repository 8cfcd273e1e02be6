// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/compile/process_compiler.h"

#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "frontend/support/text.h"
#include "runtime/abi/artifact.h"

namespace weir {

namespace {

using Clock = std::chrono::steady_clock;

Error failed(std::string_view what) {
  return Error(ErrorCode::kCompilerFailed, std::string(what));
}
Error failed_errno(std::string_view what) {
  return failed(fmt::format("{}: {}", what, std::strerror(errno)));
}

// Until `events` or an error is there; false when the time is over.
bool wait_for(int fd, short events, Clock::time_point deadline) {
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) return false;
    pollfd item{fd, events, 0};
    const int ready = ::poll(&item, 1, static_cast<int>(std::min<int64_t>(left, 1'000'000)));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

// Of a server that is gone or was restarted: nothing is expected between two requests.
bool has_ended(int fd) {
  uint8_t byte;
  const ssize_t got = ::recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got >= 0 || (errno != EAGAIN && errno != EINTR);
}

Error too_slow(std::chrono::milliseconds patience) {
  return failed(
      fmt::format("the compile server has not answered for {} s", patience.count() / 1000));
}

Status send_all(int fd, ByteSpan bytes, Clock::time_point deadline,
                std::chrono::milliseconds patience) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) {
      bytes = bytes.subspan(static_cast<size_t>(sent));
    } else if (errno == EAGAIN) {
      if (!wait_for(fd, POLLOUT, deadline)) return too_slow(patience);
    } else if (errno != EINTR) {
      return failed_errno("the compile server takes no request");
    }
  }
  return {};
}

Status receive_all(int fd, std::span<uint8_t> bytes, Clock::time_point deadline,
                   std::chrono::milliseconds patience) {
  while (!bytes.empty()) {
    const ssize_t got = ::recv(fd, bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (got > 0) {
      bytes = bytes.subspan(static_cast<size_t>(got));
    } else if (got == 0) {
      return failed("the compile server has gone");
    } else if (errno == EAGAIN) {
      if (!wait_for(fd, POLLIN, deadline)) return too_slow(patience);
    } else if (errno != EINTR) {
      return failed_errno("the compile server gives no answer");
    }
  }
  return {};
}

Status check_peer(int fd, const std::string& path) {
  ucred peer{};
  socklen_t size = sizeof(peer);
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
    return failed_errno("who runs the compile server cannot be told");
  if (peer.uid == ::geteuid() || peer.uid == 0) return {};
  return Error(ErrorCode::kCompilerFailed,
               fmt::format("the compile server belongs to user {}: its code is not run here",
                           peer.uid))
      .in_file(path)
      .with_hint(fmt::format("use one that user {} or root runs", ::geteuid()));
}

}  // namespace

Result<std::unique_ptr<ProcessCompiler>> ProcessCompiler::start(
    const std::string& weir, const ProcessCompilerOptions& options) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    return failed_errno("cannot start a compile server");
  UniqueFd ours(ends[0]), theirs(ends[1]);
  // In the child it is standard input: there it needs no number and is not closed on exec.
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, theirs.get(), STDIN_FILENO);
  // Signals for the host's group (^C) are not for it: it ends when the host does.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setpgroup(&attributes, 0);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
  const std::string memory = fmt::format("{}", options.max_memory);
  const std::string time = fmt::format("{}", options.max_time.count());
  const char* arguments[] = {weir.c_str(),   "compile-server", "--stdin",    "--jobs",     "1",
                             "--max-memory", memory.c_str(),   "--max-time", time.c_str(), nullptr};
  pid_t pid = -1;
  const int error = ::posix_spawn(&pid, weir.c_str(), &actions, &attributes,
                                  const_cast<char* const*>(arguments), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) {
    return Error(ErrorCode::kCompilerFailed,
                 fmt::format("cannot start a compile server: {}", std::strerror(error)))
        .in_file(weir)
        .with_hint("give the path of the weir command");
  }
  std::unique_ptr<ProcessCompiler> made(new ProcessCompiler(options));
  made->server_ = pid;
  made->connection_ = std::move(ours);
  return made;
}

std::unique_ptr<ProcessCompiler> ProcessCompiler::at(std::string socket,
                                                     const ProcessCompilerOptions& options) {
  std::unique_ptr<ProcessCompiler> made(new ProcessCompiler(options));
  made->socket_path_ = std::move(socket);
  return made;
}

ProcessCompiler::~ProcessCompiler() {
  connection_.reset();
  // A child after fork() leaves its parent's server alone.
  if (server_ > 0 && process_ == ::getpid()) {
    // Without its one connection it ends by itself; a compilation of it need not be waited for.
    ::kill(server_, SIGTERM);
    while (::waitpid(server_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
}

// With mutex_ held.
Status ProcessCompiler::connect_again() {
  if (socket_path_.empty()) {
    return Error(ErrorCode::kCompilerFailed, "the compile server of this process has ended")
        .with_hint(
            "programs that are not in the cache stay in the interpreter until it is "
            "restarted");
  }
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_path_.size() >= sizeof(address.sun_path))
    return failed("the path is too long for a socket").in_file(socket_path_);
  std::memcpy(address.sun_path, socket_path_.data(), socket_path_.size());
  UniqueFd made(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!made) return failed_errno("no socket");
  if (::connect(made.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    return failed_errno("no compile server answers")
        .in_file(socket_path_)
        .with_hint("start one: weir compile-server --socket PATH");
  }
  WEIR_CHECK(check_peer(made.get(), socket_path_));
  connection_ = std::move(made);
  return {};
}

Result<ProcessCompiler::Answer> ProcessCompiler::ask(ByteSpan request) {
  int fd = -1;
  {
    const std::scoped_lock lock(mutex_);
    if (cancelled_) return failed("compiling was called off");
    // A child after fork(): what two processes say over one connection would be mixed up.
    if (process_ != ::getpid()) {
      connection_.reset();
      server_ = -1;
      process_ = ::getpid();
    }
    if (connection_ && has_ended(connection_.get())) connection_.reset();
    if (!connection_) WEIR_CHECK(connect_again());
    fd = connection_.get();
  }
  // cancel() shuts the connection down but leaves it open: `fd` stays this one's number.
  const auto deadline = Clock::now() + options_.patience;
  auto exchange = [&]() -> Result<Answer> {
    WEIR_CHECK(send_all(fd, message(MessageKind::kRequest, request), deadline, options_.patience));
    std::array<uint8_t, kMessageHeader> start;
    WEIR_CHECK(receive_all(fd, start, deadline, options_.patience));
    WEIR_TRY(const MessageHeader header, read_header(start, kMaxNativeBytes));
    Answer answer{header.kind, std::vector<uint8_t>(header.size)};
    WEIR_CHECK(receive_all(fd, answer.body, deadline, options_.patience));
    return answer;
  };
  auto answer = exchange();
  if (!answer) {
    // Half an answer may still be under way: the connection is of no more use.
    const std::scoped_lock lock(mutex_);
    connection_.reset();
  }
  return answer;
}

Result<std::vector<uint8_t>> ProcessCompiler::compile_object(
    std::span<const VerifiedProgram> programs) {
  if (programs.size() != 1) return failed("a compile server takes one program at a time");
  const std::vector<uint8_t> request =
      request_to_bytes(programs.front().source(), programs.front().options());
  if (request.size() > kMaxRequestBytes) {
    return Error(ErrorCode::kLimit,
                 fmt::format("the program has {} bytes: a compile server takes {}", request.size(),
                             kMaxRequestBytes));
  }
  const std::scoped_lock lock(one_at_a_time_);
  WEIR_TRY(Answer answer, ask(request));
  if (answer.kind == MessageKind::kObject) return std::move(answer.body);
  if (answer.kind == MessageKind::kRequest)
    return failed("the compile server asks instead of answering");
  if (answer.kind == MessageKind::kDied) deaths_.fetch_add(1, std::memory_order_relaxed);
  return error_from_bytes(answer.body);
}

Result<JitEntry> ProcessCompiler::compile_jit(const VerifiedProgram& program) {
  return failed("the compiler is another process, and code for this one has to be made in it")
      .in_program(program.program().name)
      .with_hint("use engine aot, auto or interp");
}

void ProcessCompiler::cancel() {
  const std::scoped_lock lock(mutex_);
  cancelled_ = true;
  if (connection_) ::shutdown(connection_.get(), SHUT_RDWR);
}

}  // namespace weir
