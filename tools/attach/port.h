// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A port is one side of a link: it gives frames and takes frames, whatever lies behind it. Nothing
// in it ever blocks. What the other side does not take at once waits in a queue with a bound;
// what does not fit is dropped and counted. A port whose other side has gone counts what it would
// have sent as lost and tries to come back by itself.
#pragma once

#include <memory>
#include <string>

#include "tools/attach/event_loop.h"
#include "tools/attach/frame_queue.h"

namespace weir::attach {

struct PortCounters {
  uint64_t received = 0, received_bytes = 0;
  uint64_t sent = 0, sent_bytes = 0;  // given to the other side, or still in the queue
  uint64_t queue_full = 0;            // not sent: the other side does not keep up
  uint64_t lost = 0;                  // not sent: there is no other side
  uint64_t malformed = 0;             // received, but no frame
  uint64_t connects = 0, disconnects = 0;
};

// Who gets a port's frames.
class Receiver {
 public:
  virtual ~Receiver() = default;
  virtual void received(Frame& frame) = 0;
  // No more for now: what was sent on can be flushed.
  virtual void batch_ended() = 0;
  // The port has room again, after queue_is_high() was true.
  virtual void has_room() = 0;
  // "connected", "the other side has closed the connection", ...
  virtual void happened(std::string_view what) = 0;
};

class Port {
 public:
  explicit Port(size_t queue_bytes, std::optional<Framing> framing)
      : queue_(queue_bytes, framing) {}
  virtual ~Port() = default;

  // Both outlive the port. An error if it can never work; another side that is not there yet is
  // none.
  virtual Status start(EventLoop& loop, Receiver& receiver) = 0;

  // Takes a copy of the frame. It may be kept until flush().
  void send(const Frame& frame);
  virtual void flush() = 0;

  // Whether to read. A port that must not be kept waiting (its other side would hang) goes on.
  virtual void read_on(bool on) = 0;
  // Reads what has come until now, and then nothing any more.
  virtual void drain() = 0;

  // Frames that are sent now have somewhere to go.
  virtual bool connected() const = 0;
  // All connections that the port is made of are there.
  virtual bool ready() const { return connected(); }
  // "stream:vm.sock"
  virtual std::string text() const = 0;
  // Bytes of the virtio-net header that its frames must have; 0: none; nothing: any.
  virtual std::optional<size_t> vnet_bytes() const { return 0; }

  bool queue_is_high() const { return queue_.bytes() > queue_.limit() / 2; }
  size_t queued() const { return queue_.frames(); }
  const PortCounters& counters() const { return counters_; }

 protected:
  // Under half of what queue_is_high() means, after it was reported as such.
  void tell_room();

  EventLoop* loop_ = nullptr;
  Receiver* receiver_ = nullptr;
  FrameQueue queue_;
  PortCounters counters_;
  bool was_high_ = false;
};

// How often a port looks for its other side.
inline constexpr std::chrono::milliseconds kRetry{100};
// Reads of one port before others get their turn.
inline constexpr int kReadsInARow = 8;

}  // namespace weir::attach
