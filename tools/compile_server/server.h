// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Compiles for other processes (runtime/compile/request.h is what they say to each other).
//
// One thread waits for all connections. Each compilation is a child of its own, forked from this
// process, which has the compiler loaded already: the child may use so much memory and time, writes
// its answer into memory that both have, and ends. If it dies instead, the client is told so, and
// nobody else notices.
//
//   client ──request──▶ server ──fork──▶ child: verify, compile ──▶ memory ──▶ server ──▶ client
#pragma once

#include <deque>
#include <list>

#include <sys/types.h>

#include "runtime/compile/request.h"
#include "tools/attach/event_loop.h"

namespace weir::tool {

struct CompileServerOptions {
  unsigned jobs = 1;  // children at once; further requests wait
  uint64_t max_memory = uint64_t{2} << 30;
  std::chrono::seconds max_time = std::chrono::seconds(60);  // of CPU; of the clock, twice that
  bool ends_with_last = false;  // stops the loop when its last connection is closed
};

struct CompileServerCounts {
  uint64_t compiled = 0;
  uint64_t refused = 0;  // an error was the answer
  uint64_t died = 0;
};

class CompileServer {
 public:
  // In the child: a request's bytes into the bytes of a native object.
  using Compile = std::function<Result<std::vector<uint8_t>>(ByteSpan request)>;
  using Log = std::function<void(std::string_view what)>;

  // Before the first child: what all of them need.
  using Prepare = std::function<Status()>;

  CompileServer(attach::EventLoop& loop, const CompileServerOptions& options, Prepare prepare,
                Compile compile, Log log)
      : loop_(loop),
        options_(options),
        prepare_(std::move(prepare)),
        compile_(std::move(compile)),
        log_(std::move(log)) {}
  // Kills what compiles.
  ~CompileServer();
  CompileServer(const CompileServer&) = delete;
  CompileServer& operator=(const CompileServer&) = delete;

  // A socket that listens. Others than this process's own user and root are not served.
  Status listen(attach::Descriptor listener);
  Status serve(attach::Descriptor connection);

  const CompileServerCounts& counts() const { return counts_; }

 private:
  struct Job {
    pid_t pid = -1;
    attach::Descriptor process;  // a pidfd
    attach::Descriptor answer;   // a memfd
    attach::EventLoop::Timer deadline;
    bool too_slow = false;
  };
  struct Client {
    attach::Descriptor socket;
    std::vector<uint8_t> input;   // the message that comes
    std::vector<uint8_t> output;  // the answer that goes
    size_t sent = 0;
    bool waits = false;  // its request is whole
    std::optional<Job> job;
  };
  using Place = std::list<Client>::iterator;

  void accept_one();
  void ready(Place client, uint32_t events);
  bool read_more(Client& client);
  bool write_more(Client& client);
  void close(Place client);
  void start_next();
  Status start(Place client);
  [[noreturn]] void be_child(const Client& client, int answer);
  void ended(Place client);
  void answer(Place client, MessageKind kind, const Error& error);
  void send(Place client);
  size_t running() const;

  attach::EventLoop& loop_;
  const CompileServerOptions options_;
  const Prepare prepare_;
  const Compile compile_;
  const Log log_;
  attach::Descriptor listener_;
  std::list<Client> clients_;
  CompileServerCounts counts_;
};

}  // namespace weir::tool
