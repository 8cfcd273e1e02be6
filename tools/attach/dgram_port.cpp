// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/attach/dgram_port.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/socket.h>

namespace weir::attach {

namespace {
// net.unix.max_dgram_qlen is 10 where nobody changed it: more rarely wait.
constexpr size_t kBatch = 16;
}  // namespace

DgramPort::DgramPort(std::string local, std::string remote, size_t queue_bytes)
    : Port(queue_bytes, std::nullopt),
      local_(std::move(local)),
      remote_(std::move(remote)),
      memory_(kBatch * kMaxFrameBytes) {}

DgramPort::~DgramPort() {
  if (loop_ == nullptr) return;
  if (retry_) loop_->cancel(*retry_);
  if (sender_) loop_->forget(sender_.get());
  if (listener_) {
    loop_->forget(listener_.get());
    unlink(local_.c_str());
  }
}

Status DgramPort::start(EventLoop& loop, Receiver& receiver) {
  loop_ = &loop;
  receiver_ = &receiver;
  WEIR_TRY(listener_, bind_unix(local_, SocketType::kDatagram));
  WEIR_CHECK(loop.watch(listener_.get(), EPOLLIN, [this](uint32_t) { on_ready(); }));
  try_connect();
  return {};
}

void DgramPort::try_connect() {
  retry_.reset();
  auto made = connect_unix(remote_, SocketType::kDatagram);
  if (made && loop_->watch(made->get(), 0, [this](uint32_t events) {
        if ((events & (EPOLLERR | EPOLLHUP)) != 0) return give_up("the other side has gone");
        flush();
      })) {
    sender_ = std::move(*made);
    waits_to_write_ = told_absent_ = false;
    ++counters_.connects;
    receiver_->happened(fmt::format("connected with {}", remote_));
    return;
  }
  if (!told_absent_) receiver_->happened(fmt::format("waits for {}", remote_));
  told_absent_ = true;
  retry_ = loop_->after(kRetry, [this] { try_connect(); });
}

void DgramPort::give_up(std::string_view why) {
  loop_->forget(sender_.get());
  sender_.close();
  ++counters_.disconnects;
  receiver_->happened(fmt::format("{}: {}", remote_, why));
  // Where the other side was started anew, what waits is still for it.
  try_connect();
  if (sender_) return;
  const size_t lost = queue_.clear();
  counters_.sent -= lost;
  counters_.lost += lost;
  tell_room();
}

void DgramPort::read_on(bool on) {
  if (reads_ == on || !listener_) return;
  reads_ = on;
  loop_->change(listener_.get(), on ? static_cast<uint32_t>(EPOLLIN) : 0);
}

size_t DgramPort::read_some() {
  mmsghdr messages[kBatch];
  iovec places[kBatch];
  for (size_t i = 0; i < kBatch; ++i) {
    places[i] = {memory_.data() + i * kMaxFrameBytes, kMaxFrameBytes};
    messages[i] = {};
    messages[i].msg_hdr.msg_iov = &places[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  const int count = recvmmsg(listener_.get(), messages, kBatch, MSG_DONTWAIT, nullptr);
  for (int i = 0; i < count; ++i) {
    if ((messages[i].msg_hdr.msg_flags & MSG_TRUNC) != 0 || messages[i].msg_len < kMinFrameBytes) {
      ++counters_.malformed;
      continue;
    }
    Frame frame{{}, {static_cast<uint8_t*>(places[i].iov_base), messages[i].msg_len}};
    ++counters_.received;
    counters_.received_bytes += frame.bytes.size();
    receiver_->received(frame);
  }
  return count < 0 ? 0 : static_cast<size_t>(count);
}

void DgramPort::on_ready() {
  // A queue of datagrams is short: what waits in it keeps the sender waiting.
  for (int i = 0; i < kReadsInARow && reads_; ++i) {
    const size_t count = read_some();
    receiver_->batch_ended();
    if (count < kBatch) break;
  }
}

void DgramPort::flush() {
  while (sender_ && !queue_.empty()) {
    mmsghdr messages[kBatch];
    iovec places[kBatch];
    const size_t batch = std::min(kBatch, queue_.frames());
    for (size_t i = 0; i < batch; ++i) {
      const ByteSpan frame = queue_.frame(i);
      places[i] = {const_cast<uint8_t*>(frame.data()), frame.size()};
      messages[i] = {};
      messages[i].msg_hdr.msg_iov = &places[i];
      messages[i].msg_hdr.msg_iovlen = 1;
    }
    const int count = sendmmsg(sender_.get(), messages, static_cast<unsigned>(batch),
                               MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count > 0) {
      queue_.take_frames(static_cast<size_t>(count));
    } else if (errno == EMSGSIZE) {
      queue_.take_frames(1);
      --counters_.sent;
      ++counters_.lost;
    } else if (errno == EAGAIN || errno == ENOBUFS) {
      break;
    } else if (errno != EINTR) {
      give_up(std::strerror(errno));
    }
  }
  if (sender_ && waits_to_write_ == queue_.empty()) {
    waits_to_write_ = !queue_.empty();
    loop_->change(sender_.get(), waits_to_write_ ? static_cast<uint32_t>(EPOLLOUT) : 0);
  }
  tell_room();
}

void DgramPort::drain() {
  if (!listener_) return;
  unlink(local_.c_str());  // nobody finds the way here from now on
  constexpr int kMostReads = 64;
  for (int i = 0; i < kMostReads && read_some() != 0; ++i) receiver_->batch_ended();
  receiver_->batch_ended();
  loop_->forget(listener_.get());
  listener_.close();
}

std::string DgramPort::text() const {
  return "dgram:" + local_ + "," + remote_;
}

}  // namespace weir::attach
