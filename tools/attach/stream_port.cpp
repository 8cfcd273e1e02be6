// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/attach/stream_port.h"

namespace weir::attach {

StreamPort::StreamPort(std::string path, Connects connects, size_t queue_bytes)
    : Port(queue_bytes, Framing::kLength),
      connects_(connects),
      end_(std::move(path), connects, Framing::kLength,
           {.received = [this](Frame& frame) { receiver_->received(frame); },
            .batch_ended = [this] { receiver_->batch_ended(); },
            .happened = [this](std::string_view what) { receiver_->happened(what); },
            .queue = &queue_,
            .sent = [this] { tell_room(); },
            .counters = &counters_}) {}

Status StreamPort::start(EventLoop& loop, Receiver& receiver) {
  loop_ = &loop;
  receiver_ = &receiver;
  return end_.start(loop);
}

std::string StreamPort::text() const {
  return (connects_ == Connects::kToPath ? "stream-connect:" : "stream:") + end_.path();
}

RedirectorPort::RedirectorPort(std::string outdev, std::string indev, size_t queue_bytes)
    : Port(queue_bytes, Framing::kLengthAndVnet),
      outdev_(std::move(outdev)),
      indev_(std::move(indev)) {}

Status RedirectorPort::start(EventLoop& loop, Receiver& receiver) {
  loop_ = &loop;
  receiver_ = &receiver;
  auto happened = [this](std::string_view what) { receiver_->happened(what); };
  if (!outdev_.empty()) {
    from_.emplace(outdev_, Connects::kToPath, Framing::kLengthAndVnet,
                  StreamEnd::Owner{.received = [this](Frame& f) { receiver_->received(f); },
                                   .batch_ended = [this] { receiver_->batch_ended(); },
                                   .happened = happened,
                                   .counters = &counters_});
    WEIR_CHECK(from_->start(loop));
  }
  if (!indev_.empty()) {
    to_.emplace(indev_, Connects::kToPath, Framing::kLengthAndVnet,
                StreamEnd::Owner{.batch_ended = [] {},
                                 .happened = happened,
                                 .queue = &queue_,
                                 .sent = [this] { tell_room(); },
                                 .counters = &counters_});
    WEIR_CHECK(to_->start(loop));
  }
  return {};
}

void RedirectorPort::flush() {
  if (to_) to_->flush();
}

void RedirectorPort::drain() {
  if (from_) from_->drain();
}

std::string RedirectorPort::text() const {
  return "redirector:" + outdev_ + ">" + indev_;
}

}  // namespace weir::attach
