// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A message is its length (u32) and its bytes, over a pair of sockets. The length 0xffffffff asks
// for the farewell.
#include "tools/compile/worker_pool.h"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>

#include <fmt/format.h>

namespace weir::tool {

namespace {

constexpr uint32_t kFarewell = 0xffffffff;

bool send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    // No signal if the other side is gone.
    const ssize_t n = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

bool receive_all(int fd, char* data, size_t size) {
  while (size > 0) {
    const ssize_t n = ::recv(fd, data, size, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    data += n;
    size -= static_cast<size_t>(n);
  }
  return true;
}

bool send_message(int fd, std::string_view bytes) {
  const auto size = static_cast<uint32_t>(bytes.size());
  return send_all(fd, {reinterpret_cast<const char*>(&size), sizeof size}) && send_all(fd, bytes);
}

std::optional<std::string> receive_message(int fd) {
  uint32_t size = 0;
  if (!receive_all(fd, reinterpret_cast<char*>(&size), sizeof size)) return std::nullopt;
  std::string bytes(size, '\0');
  if (!receive_all(fd, bytes.data(), bytes.size())) return std::nullopt;
  return bytes;
}

void serve(int fd, WorkerBody& body) {
  for (;;) {
    uint32_t size = 0;
    if (!receive_all(fd, reinterpret_cast<char*>(&size), sizeof size)) return;
    if (size == kFarewell) {
      (void)send_message(fd, body.finish());
      return;
    }
    std::string request(size, '\0');
    if (!receive_all(fd, request.data(), request.size())) return;
    if (!send_message(fd, body.work(request))) return;
  }
}

}  // namespace

WorkerPool::~WorkerPool() {
  for (Worker& worker : workers_) {
    worker.fd.reset();  // it finds no more requests and ends
    if (worker.tag) ::kill(worker.pid, SIGKILL);
    (void)reap(worker);
  }
}

// Waits for the end of a worker and gives it in words.
std::string WorkerPool::reap(Worker& worker) {
  int status = 0;
  while (::waitpid(worker.pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFSIGNALED(status)) {
    const int number = WTERMSIG(status);
    return fmt::format("ended by signal {} ({})", number, ::strsignal(number));
  }
  return fmt::format("ended with exit code {}", WEXITSTATUS(status));
}

Result<WorkerPool::Worker*> WorkerPool::idle_worker() {
  for (Worker& worker : workers_) {
    if (!worker.tag) return &worker;
  }
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    return Error(ErrorCode::kIo, fmt::format("cannot start a worker: {}", std::strerror(errno)));
  }
  UniqueFd ours(ends[0]), theirs(ends[1]);
  // What is buffered would be written twice.
  std::fflush(nullptr);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) {
    return Error(ErrorCode::kIo, fmt::format("cannot start a worker: {}", std::strerror(errno)));
  }
  if (pid == 0) {
    // With the sockets of the others in hand they would not notice that the parent is gone.
    ours.reset();
    for (Worker& other : workers_) other.fd.reset();
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    int code = 1;
    if (::getppid() == parent) {
      try {
        const auto body = start_();
        serve(theirs.get(), *body);
        code = 0;
      } catch (const std::exception& error) {
        fmt::print(stderr, "error: a worker of weir compile: {}\n", error.what());
      }
    }
    std::fflush(nullptr);
    ::_exit(code);
  }
  workers_.push_back({.pid = pid, .fd = std::move(ours), .tag = std::nullopt});
  return &workers_.back();
}

Status WorkerPool::send(size_t tag, std::string_view request) {
  WEIR_TRY(Worker * worker, idle_worker());
  // If it is dead already, wait() finds that out.
  (void)send_message(worker->fd.get(), request);
  worker->tag = tag;
  return {};
}

size_t WorkerPool::busy() const {
  return static_cast<size_t>(
      std::ranges::count_if(workers_, [](const Worker& worker) { return worker.tag.has_value(); }));
}

std::optional<WorkerPool::Answer> WorkerPool::wait(int milliseconds) {
  std::vector<pollfd> entries;
  for (const Worker& worker : workers_) {
    entries.push_back({.fd = worker.tag ? worker.fd.get() : -1, .events = POLLIN, .revents = 0});
  }
  if (::poll(entries.data(), entries.size(), milliseconds) <= 0) return std::nullopt;
  for (size_t i = 0; i < entries.size(); ++i) {
    if (entries[i].revents == 0) continue;
    Worker& worker = workers_[i];
    Answer answer{.tag = *worker.tag};
    if (auto bytes = receive_message(worker.fd.get())) {
      answer.bytes = std::move(*bytes);
      worker.tag.reset();
    } else {
      answer.death = reap(worker);
      workers_.erase(workers_.begin() + static_cast<ptrdiff_t>(i));
    }
    return answer;
  }
  return std::nullopt;
}

std::vector<std::string> WorkerPool::finish() {
  std::vector<std::string> said;
  for (Worker& worker : workers_) {
    (void)send_all(worker.fd.get(), {reinterpret_cast<const char*>(&kFarewell), sizeof kFarewell});
  }
  for (Worker& worker : workers_) {
    if (auto bytes = receive_message(worker.fd.get())) said.push_back(std::move(*bytes));
    (void)reap(worker);
  }
  workers_.clear();
  return said;
}

}  // namespace weir::tool
