// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/attach/event_loop.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <thread>

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

namespace weir::attach {

namespace {

uint64_t this_thread() {
  return std::hash<std::thread::id>()(std::this_thread::get_id());
}

}  // namespace

Error io_error(std::string_view action) {
  const int error = errno;
  return Error(error == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo,
               fmt::format("cannot {}: {}", action, std::strerror(error)));
}

Result<std::unique_ptr<EventLoop>> EventLoop::create() {
  std::unique_ptr<EventLoop> loop(new EventLoop());
  loop->epoll_ = Descriptor(epoll_create1(EPOLL_CLOEXEC));
  loop->wake_ = Descriptor(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!loop->epoll_ || !loop->wake_) return io_error("make an event loop");
  EventLoop* const self = loop.get();
  WEIR_CHECK(self->watch(self->wake_.get(), EPOLLIN, [self](uint32_t) {
    uint64_t count;
    if (read(self->wake_.get(), &count, sizeof(count)) < 0) return;
  }));
  return loop;
}

EventLoop::~EventLoop() = default;

Status EventLoop::watch(int fd, uint32_t events, Ready ready) {
  epoll_event event{.events = events, .data = {.fd = fd}};
  if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) return io_error("watch a socket");
  watched_[fd] = std::make_shared<Ready>(std::move(ready));
  return {};
}

void EventLoop::change(int fd, uint32_t events) {
  epoll_event event{.events = events, .data = {.fd = fd}};
  epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event);
}

void EventLoop::forget(int fd) {
  if (watched_.erase(fd) != 0) epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
}

EventLoop::Timer EventLoop::after(std::chrono::milliseconds delay, std::function<void()> then) {
  return timers_.emplace(Clock::now() + delay, std::move(then));
}

void EventLoop::cancel(Timer timer) {
  timers_.erase(timer);
}

void EventLoop::run_timers() {
  const auto now = Clock::now();
  while (!timers_.empty() && timers_.begin()->first <= now) {
    auto then = std::move(timers_.begin()->second);
    timers_.erase(timers_.begin());
    then();
  }
}

void EventLoop::run_calls() {
  std::vector<Call> calls;
  {
    const std::lock_guard lock(mutex_);
    calls.swap(calls_);
  }
  for (const Call& call : calls) {
    (*call.function)();
    call.done->store(true, std::memory_order_release);
    call.done->notify_one();
  }
}

int EventLoop::wait_milliseconds() const {
  if (timers_.empty()) return -1;
  const auto left = timers_.begin()->first - Clock::now();
  if (left <= Clock::duration::zero()) return 0;
  return static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(left).count());
}

void EventLoop::beat() {
  const auto now = Clock::now();
  const auto late = std::chrono::duration_cast<std::chrono::milliseconds>(now - last_beat_) - kBeat;
  if (late > kStall) {
    ++stalls_;
    longest_stall_ = std::max(longest_stall_, late);
  }
  last_beat_ = now;
  after(kBeat, [this] { beat(); });
}

void EventLoop::run() {
  {
    const std::lock_guard lock(mutex_);
    thread_ = this_thread();
    running_ = true;
  }
  last_beat_ = Clock::now();
  const Timer heart = after(kBeat, [this] { beat(); });
  static_cast<void>(heart);
  epoll_event events[64];
  while (!stop_) {
    const int count = epoll_wait(epoll_.get(), events, std::size(events), wait_milliseconds());
    for (int i = 0; i < count; ++i) {
      const auto found = watched_.find(events[i].data.fd);
      if (found == watched_.end()) continue;  // forgotten by one of those before
      const std::shared_ptr<Ready> ready = found->second;
      (*ready)(events[i].events);
    }
    run_timers();
    run_calls();
  }
  {
    const std::lock_guard lock(mutex_);
    running_ = false;
  }
  run_calls();  // of those that asked in between
}

void EventLoop::stop() {
  stop_ = true;
  const uint64_t one = 1;
  if (write(wake_.get(), &one, sizeof(one)) < 0) return;  // full: it is awake
}

void EventLoop::call(const std::function<void()>& function) {
  std::atomic<bool> done = false;
  bool asked = false;
  {
    const std::lock_guard lock(mutex_);
    asked = running_ && thread_ != this_thread();
    if (asked) calls_.push_back({&function, &done});
  }
  if (!asked) {
    function();
    return;
  }
  const uint64_t one = 1;
  if (write(wake_.get(), &one, sizeof(one)) < 0) {
    // The counter is full: the loop is about to wake up anyway.
  }
  done.wait(false, std::memory_order_acquire);
}

}  // namespace weir::attach
