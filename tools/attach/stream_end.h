// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One connection that carries frames in a byte stream: what stream ports and redirector ports are
// made of. It comes back by itself: listening, it waits for the next peer; connecting, it tries
// again. After bytes that cannot be frames the connection is given up and made anew.
#pragma once

#include <functional>

#include "tools/attach/port.h"
#include "tools/attach/unix_socket.h"

namespace weir::attach {

enum class Connects { kToPath, kFromPath };

class StreamEnd {
 public:
  // What it has to do with its port.
  struct Owner {
    std::function<void(Frame&)> received;  // none: what comes is thrown away
    std::function<void()> batch_ended;
    std::function<void(std::string_view)> happened;
    FrameQueue* queue = nullptr;  // null: it only receives
    std::function<void()> sent;   // some of the queue
    PortCounters* counters = nullptr;
  };
  StreamEnd(std::string path, Connects connects, Framing framing, Owner owner);
  ~StreamEnd();

  Status start(EventLoop& loop);
  void flush();
  void read_on(bool on);
  void drain();
  bool connected() const { return static_cast<bool>(connection_); }
  const std::string& path() const { return path_; }

 private:
  void try_connect();
  void accept_one();
  void take(Descriptor connection);
  void give_up(std::string_view why);
  void ready(uint32_t events);
  // kShort: less than there was room for.
  enum class Read { kNothing, kShort, kFull };
  Read read_once();
  // Hands on the frames that have come whole: while they are wanted, or all.
  void deliver(bool all);
  void set_events();

  std::string path_;
  Connects connects_;
  Owner owner_;
  EventLoop* loop_ = nullptr;
  Descriptor listener_, connection_;
  FrameDecoder decoder_;
  uint64_t runts_ = 0;
  bool reads_ = true, waits_to_write_ = false, draining_ = false, delivering_ = false,
       closed_ = false;
  bool told_absent_ = false;
  std::optional<EventLoop::Timer> retry_;
};

}  // namespace weir::attach
