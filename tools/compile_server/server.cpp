// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/compile_server/server.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cache/size_text.h"
#include "runtime/abi/artifact.h"

namespace weir::tool {

namespace {

constexpr size_t kMaxClients = 256;
constexpr size_t kReadBytes = 64 * 1024;
constexpr uint64_t kMaxAnswer = kMaxNativeBytes + kMessageHeader;

bool is_allowed(int socket) {
  ucred peer{};
  socklen_t size = sizeof(peer);
  if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
  return peer.uid == geteuid() || peer.uid == 0;
}

void limit(int what, uint64_t to) {
  const rlimit both{to, to};
  setrlimit(static_cast<__rlimit_resource>(what), &both);
}

bool write_all(int fd, ByteSpan bytes) {
  while (!bytes.empty()) {
    const ssize_t count = write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    bytes = bytes.subspan(static_cast<size_t>(count));
  }
  return true;
}

// The message that the child has left, if it is one and whole.
std::vector<uint8_t> read_answer(int fd) {
  struct stat info{};
  if (fstat(fd, &info) != 0 || info.st_size < static_cast<off_t>(kMessageHeader) ||
      static_cast<uint64_t>(info.st_size) > kMaxAnswer) {
    return {};
  }
  std::vector<uint8_t> bytes(static_cast<size_t>(info.st_size));
  if (pread(fd, bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) return {};
  const auto header = read_header(ByteSpan(bytes).first(kMessageHeader), kMaxNativeBytes);
  if (!header || header->size != bytes.size() - kMessageHeader) return {};
  return bytes;
}

}  // namespace

CompileServer::~CompileServer() {
  if (listener_) loop_.forget(listener_.get());
  while (!clients_.empty()) close(clients_.begin());
}

Status CompileServer::listen(attach::Descriptor listener) {
  WEIR_CHECK(loop_.watch(listener.get(), EPOLLIN, [this](uint32_t) { accept_one(); }));
  listener_ = std::move(listener);
  return {};
}

void CompileServer::accept_one() {
  attach::Descriptor made(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!made || clients_.size() >= kMaxClients) return;
  if (!is_allowed(made.get())) {
    log_("a process of another user was turned away");
    return;
  }
  (void)serve(std::move(made));
}

Status CompileServer::serve(attach::Descriptor connection) {
  const Place client = clients_.emplace(clients_.end());
  client->socket = std::move(connection);
  Status watched = loop_.watch(client->socket.get(), EPOLLIN,
                               [this, client](uint32_t events) { ready(client, events); });
  if (!watched) clients_.erase(client);
  return watched;
}

void CompileServer::close(Place client) {
  if (client->job) {
    kill(client->job->pid, SIGKILL);
    waitpid(client->job->pid, nullptr, 0);
    if (!client->job->too_slow) loop_.cancel(client->job->deadline);
    loop_.forget(client->job->process.get());
  }
  loop_.forget(client->socket.get());
  clients_.erase(client);
  start_next();
  if (clients_.empty() && options_.ends_with_last) loop_.stop();
}

void CompileServer::ready(Place client, uint32_t events) {
  if (!client->output.empty()) {
    if ((events & (EPOLLHUP | EPOLLERR)) != 0) return close(client);
    return send(client);
  }
  // Who hangs up while it waits does not want the answer any more.
  if (client->waits || !read_more(*client)) return close(client);
  if (client->waits) {
    loop_.change(client->socket.get(), 0);
    start_next();
  }
}

bool CompileServer::read_more(Client& client) {
  // Grows with what has come, not with what was announced.
  const size_t before = client.input.size();
  client.input.resize(before + kReadBytes);
  const ssize_t count =
      recv(client.socket.get(), client.input.data() + before, kReadBytes, MSG_DONTWAIT);
  client.input.resize(before + static_cast<size_t>(std::max<ssize_t>(count, 0)));
  if (count < 0) return errno == EAGAIN || errno == EINTR;
  if (count == 0) return false;
  if (client.input.size() < kMessageHeader) return true;
  const auto header = read_header(ByteSpan(client.input).first(kMessageHeader), kMaxRequestBytes);
  if (!header || header->kind != MessageKind::kRequest) return false;
  const size_t whole = kMessageHeader + static_cast<size_t>(header->size);
  client.waits = client.input.size() == whole;
  return client.input.size() <= whole;
}

size_t CompileServer::running() const {
  return static_cast<size_t>(
      std::ranges::count_if(clients_, [](const Client& client) { return client.job.has_value(); }));
}

void CompileServer::start_next() {
  while (running() < options_.jobs) {
    const Place next = std::ranges::find_if(clients_, [](const Client& client) {
      return client.waits && !client.job && client.output.empty();
    });
    if (next == clients_.end()) return;
    Status started = prepare_();
    if (started) started = start(next);
    if (!started) {
      ++counts_.refused;
      answer(next, MessageKind::kError, started.error());
    }
  }
}

Status CompileServer::start(Place client) {
  Job job;
  job.answer = attach::Descriptor(memfd_create("weir-answer", MFD_CLOEXEC));
  if (!job.answer) return attach::io_error("get memory for an answer");
  std::fflush(nullptr);
  job.pid = fork();
  if (job.pid < 0) return attach::io_error("start a compilation");
  if (job.pid == 0) be_child(*client, job.answer.get());
  job.process =
      attach::Descriptor(static_cast<int>(syscall(SYS_pidfd_open, static_cast<long>(job.pid), 0L)));
  Status watched = job.process ? loop_.watch(job.process.get(), EPOLLIN,
                                             [this, client](uint32_t) { ended(client); })
                               : Status(attach::io_error("watch a compilation"));
  if (!watched) {
    kill(job.pid, SIGKILL);
    waitpid(job.pid, nullptr, 0);
    return watched;
  }
  job.deadline = loop_.after(2 * options_.max_time, [client] {
    client->job->too_slow = true;
    kill(client->job->pid, SIGKILL);
  });
  client->job = std::move(job);
  return {};
}

void CompileServer::be_child(const Client& client, int answer) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_AS, options_.max_memory);
  limit(RLIMIT_CPU, static_cast<uint64_t>(options_.max_time.count()));
  limit(RLIMIT_FSIZE, kMaxAnswer);
  const auto made = compile_(ByteSpan(client.input).subspan(kMessageHeader));
  const std::vector<uint8_t> bytes =
      made ? message(MessageKind::kObject, *made)
           : message(MessageKind::kError, error_to_bytes(made.error()));
  _exit(write_all(answer, bytes) ? 0 : 1);
}

void CompileServer::ended(Place client) {
  const Job job = std::move(*client->job);
  client->job.reset();
  loop_.forget(job.process.get());
  if (!job.too_slow) loop_.cancel(job.deadline);
  int status = 0;
  waitpid(job.pid, &status, 0);
  std::vector<uint8_t> bytes;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) bytes = read_answer(job.answer.get());
  if (!bytes.empty()) {
    const auto header = read_header(ByteSpan(bytes).first(kMessageHeader), kMaxNativeBytes);
    ++(header->kind == MessageKind::kObject ? counts_.compiled : counts_.refused);
    client->output = std::move(bytes);
    return send(client);
  }
  ++counts_.died;
  std::string why;
  if (job.too_slow) {
    why = fmt::format("took longer than {} s", 2 * options_.max_time.count());
  } else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU) {
    why = fmt::format("took more than {} s of CPU time", options_.max_time.count());
  } else if (WIFSIGNALED(status)) {
    why = fmt::format("was ended by signal {} ({})", WTERMSIG(status), strsignal(WTERMSIG(status)));
  } else {
    why = fmt::format("ended without an answer (exit code {})", WEXITSTATUS(status));
  }
  log_("a compilation " + why);
  answer(client, MessageKind::kDied,
         Error(ErrorCode::kCompilerFailed, "the process that compiled the program " + why)
             .with_hint(fmt::format("the compile server gives a compilation {} of memory and {} s: "
                                    "--max-memory, --max-time",
                                    format_size(options_.max_memory), options_.max_time.count())));
}

void CompileServer::answer(Place client, MessageKind kind, const Error& error) {
  client->output = message(kind, error_to_bytes(error));
  send(client);
}

bool CompileServer::write_more(Client& client) {
  while (client.sent < client.output.size()) {
    const ssize_t count = ::send(client.socket.get(), client.output.data() + client.sent,
                                 client.output.size() - client.sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno == EAGAIN;
    client.sent += static_cast<size_t>(count);
  }
  return true;
}

void CompileServer::send(Place client) {
  if (!write_more(*client)) return close(client);
  if (client->sent < client->output.size())
    return loop_.change(client->socket.get(), static_cast<uint32_t>(EPOLLOUT));
  client->input = {};
  client->output = {};
  client->sent = 0;
  client->waits = false;
  loop_.change(client->socket.get(), static_cast<uint32_t>(EPOLLIN));
  start_next();
}

}  // namespace weir::tool
