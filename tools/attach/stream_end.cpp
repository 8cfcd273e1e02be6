// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/attach/stream_end.h"

#include <cerrno>
#include <cstring>

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/socket.h>

namespace weir::attach {

StreamEnd::StreamEnd(std::string path, Connects connects, Framing framing, Owner owner)
    : path_(std::move(path)), connects_(connects), owner_(std::move(owner)), decoder_(framing) {}

StreamEnd::~StreamEnd() {
  if (loop_ == nullptr) return;
  if (retry_) loop_->cancel(*retry_);
  if (connection_) loop_->forget(connection_.get());
  if (listener_) {
    loop_->forget(listener_.get());
    unlink(path_.c_str());
  }
}

Status StreamEnd::start(EventLoop& loop) {
  loop_ = &loop;
  if (connects_ == Connects::kToPath) {
    try_connect();
    return {};
  }
  WEIR_TRY(listener_, bind_unix(path_, SocketType::kStream));
  return loop.watch(listener_.get(), EPOLLIN, [this](uint32_t) { accept_one(); });
}

void StreamEnd::try_connect() {
  retry_.reset();
  auto made = connect_unix(path_, SocketType::kStream);
  if (made) {
    take(std::move(*made));
    return;
  }
  if (!told_absent_) owner_.happened(fmt::format("waits for {}", path_));
  told_absent_ = true;
  retry_ = loop_->after(kRetry, [this] { try_connect(); });
}

void StreamEnd::accept_one() {
  Descriptor made(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!made) return;
  // A peer that connects again has gone, whether or not the kernel has said so yet.
  if (connection_) give_up("another peer has connected");
  take(std::move(made));
}

void StreamEnd::take(Descriptor connection) {
  connection_ = std::move(connection);
  decoder_.reset();
  waits_to_write_ = closed_ = false;
  told_absent_ = false;
  ++owner_.counters->connects;
  if (!loop_->watch(connection_.get(), EPOLLIN, [this](uint32_t events) { ready(events); })) {
    connection_.close();
    return;
  }
  if (!reads_) set_events();
  owner_.happened(fmt::format("connected with {}", path_));
}

void StreamEnd::give_up(std::string_view why) {
  loop_->forget(connection_.get());
  connection_.close();
  ++owner_.counters->disconnects;
  if (owner_.queue != nullptr) {
    const size_t lost = owner_.queue->clear();
    owner_.counters->sent -= lost;
    owner_.counters->lost += lost;
    owner_.sent();
  }
  owner_.happened(fmt::format("{}: {}", path_, why));
  if (connects_ == Connects::kToPath && !draining_ && !retry_)
    retry_ = loop_->after(kRetry, [this] { try_connect(); });
}

void StreamEnd::set_events() {
  loop_->change(connection_.get(), (reads_ ? static_cast<uint32_t>(EPOLLIN) : 0) |
                                       (waits_to_write_ ? static_cast<uint32_t>(EPOLLOUT) : 0));
}

void StreamEnd::read_on(bool on) {
  if (reads_ == on) return;
  reads_ = on;
  if (!connection_) return;
  if (on && !delivering_) {
    // What was left when it was told to stop.
    deliver(false);
    owner_.batch_ended();
  }
  if (connection_) set_events();
}

void StreamEnd::ready(uint32_t events) {
  if ((events & EPOLLOUT) != 0) flush();
  if (!connection_) return;
  // After a hang-up it is read to its end, also where nothing was to be read for now: what the peer
  // had sent before is not lost, and the queue has room for what a socket holds.
  closed_ = (events & (EPOLLHUP | EPOLLERR)) != 0;
  if (closed_) deliver(true);
  for (int i = 0; connection_ && (closed_ || (reads_ && i < kReadsInARow)); ++i) {
    const Read read = read_once();
    if (read == Read::kNothing || (read == Read::kShort && !closed_)) break;
  }
  owner_.batch_ended();
}

StreamEnd::Read StreamEnd::read_once() {
  const std::span<uint8_t> room = decoder_.room();
  const ssize_t count = ::read(connection_.get(), room.data(), room.size());
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return Read::kNothing;
  if (count <= 0) {
    give_up(count == 0 ? "the other side has closed the connection" : std::strerror(errno));
    return Read::kNothing;
  }
  if (!owner_.received) return Read::kFull;
  decoder_.filled(static_cast<size_t>(count));
  deliver(closed_);
  if (!connection_) return Read::kNothing;
  return static_cast<size_t>(count) == room.size() ? Read::kFull : Read::kShort;
}

void StreamEnd::deliver(bool all) {
  if (delivering_) return;
  delivering_ = true;
  Frame frame;
  while (connection_ && (reads_ || all) && decoder_.next(frame)) {
    ++owner_.counters->received;
    owner_.counters->received_bytes += frame.bytes.size();
    owner_.received(frame);
  }
  delivering_ = false;
  owner_.counters->malformed += decoder_.runts() - std::exchange(runts_, decoder_.runts());
  if (connection_ && !decoder_.broken().empty()) {
    ++owner_.counters->malformed;
    give_up(decoder_.broken());
  }
}

void StreamEnd::flush() {
  if (!connection_ || owner_.queue == nullptr) return;
  FrameQueue& queue = *owner_.queue;
  while (!queue.empty()) {
    const ByteSpan bytes = queue.pending();
    const ssize_t count =
        ::send(connection_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count > 0) {
      queue.take_bytes(static_cast<size_t>(count));
      continue;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN) {
      give_up(std::strerror(errno));
      return;
    }
    break;
  }
  if (waits_to_write_ == queue.empty()) {
    waits_to_write_ = !queue.empty();
    set_events();
  }
  owner_.sent();
}

void StreamEnd::drain() {
  draining_ = true;
  if (listener_) {
    loop_->forget(listener_.get());
    listener_.close();
    unlink(path_.c_str());
  }
  // What is in the socket now, and not what a peer that never stops would add.
  constexpr int kMostReads = 64;
  for (int i = 0; i < kMostReads && connection_ && reads_; ++i)
    if (read_once() == Read::kNothing) break;
  if (connection_ && owner_.received) deliver(true);
  owner_.batch_ended();
  read_on(false);
}

}  // namespace weir::attach
