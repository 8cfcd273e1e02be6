// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Waits for sockets, timers and calls from other threads. One thread runs a loop, and all that
// belongs to it (ports, links, their programs' contexts) is touched by that thread alone: that is
// why nothing on a frame's way needs a lock. Other threads come in through call().
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#include <unistd.h>

#include "frontend/support/result.h"

namespace weir::attach {

// A file descriptor that is closed with its owner.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() { close(); }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

// "cannot ACTION: No such file or directory", of errno. kNotFound for ENOENT.
Error io_error(std::string_view action);

class EventLoop {
 public:
  using Clock = std::chrono::steady_clock;
  using Ready = std::function<void(uint32_t events)>;  // EPOLLIN, ...
  using Timer = std::multimap<Clock::time_point, std::function<void()>>::iterator;

  static Result<std::unique_ptr<EventLoop>> create();
  ~EventLoop();

  // `ready` is called while one of `events` holds (EPOLLHUP and EPOLLERR always count).
  Status watch(int fd, uint32_t events, Ready ready);
  void change(int fd, uint32_t events);
  // Before the descriptor is closed. It may be called from within `ready`.
  void forget(int fd);

  // Once, not before that time has passed. The timer is gone when it is called.
  Timer after(std::chrono::milliseconds delay, std::function<void()> then);
  void cancel(Timer timer);

  // Until stop(). The thread that calls it is the loop's.
  void run();
  // From any thread.
  void stop();
  // Has the loop's thread call it, and waits for that; calls it at once if this is that thread or
  // no thread runs the loop.
  void call(const std::function<void()>& function);

  // How often this process was kept from running for longer than kStall (stopped, or starved), and
  // for how long at most.
  uint64_t stalls() const { return stalls_; }
  std::chrono::milliseconds longest_stall() const { return longest_stall_; }
  static constexpr std::chrono::milliseconds kBeat{250}, kStall{1000};

 private:
  EventLoop() = default;
  void run_timers();
  void run_calls();
  void beat();
  int wait_milliseconds() const;

  struct Call {
    const std::function<void()>* function;
    std::atomic<bool>* done;
  };
  Descriptor epoll_, wake_;
  // Kept until the events at hand are dealt with: a callback may forget itself.
  std::unordered_map<int, std::shared_ptr<Ready>> watched_;
  std::multimap<Clock::time_point, std::function<void()>> timers_;
  std::mutex mutex_;
  std::vector<Call> calls_;
  bool running_ = false;
  uint64_t thread_ = 0;
  std::atomic<bool> stop_ = false;
  Clock::time_point last_beat_;
  std::atomic<uint64_t> stalls_ = 0;
  std::chrono::milliseconds longest_stall_{};
};

}  // namespace weir::attach
