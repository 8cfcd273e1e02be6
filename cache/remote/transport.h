// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a protocol has to be able to do to carry a remote store: move whole files under a key, and
// hand out leases. One transport is one connection, used by one thread at a time (RemoteStore keeps
// as many as there are threads). It judges nothing: bytes are checked by RemoteStore, and how often
// a server may fail is its business too.
//
// Every call ends by its deadline, whatever the server or the network does, and reads no more bytes
// than it was allowed to.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cache/digest.h"
#include "cache/remote/address.h"
#include "frontend/support/bytes.h"
#include "frontend/support/result.h"

namespace weir {

using Deadline = std::chrono::steady_clock::time_point;

// Somebody's right to compile a key alone, for a while. A lease that its holder does not release
// ends by itself, so the dead hold up nobody.
struct LeaseReply {
  enum class State : uint8_t {
    kHeld,         // it is ours; `token` ends it
    kBusy,         // somebody has it
    kUnsupported,  // this server has no leases
  };
  State state = State::kUnsupported;
  std::string token;
};

// Errors of all calls: CacheUnavailable (the server cannot be asked: it should rest), Limit (this
// file is too large, for us or for the server).
class RemoteTransport {
 public:
  virtual ~RemoteTransport() = default;
  RemoteTransport(const RemoteTransport&) = delete;
  RemoteTransport& operator=(const RemoteTransport&) = delete;

  // The file of a key, at most `max_size` bytes; nothing if there is none.
  virtual Result<std::optional<std::vector<uint8_t>>> get(const Digest& key, uint64_t max_size,
                                                          Deadline deadline) = 0;
  virtual Result<bool> has(const Digest& key, Deadline deadline) = 0;
  // Replaces what is there. A reader sees the old file, the new one or none.
  virtual Status put(const Digest& key, ByteSpan file, Deadline deadline) = 0;

  virtual Result<LeaseReply> acquire(const Digest& key, std::chrono::milliseconds duration,
                                     Deadline deadline) = 0;
  // False: it is not ours any more.
  virtual Result<bool> renew(const Digest& key, const std::string& token,
                             std::chrono::milliseconds duration, Deadline deadline) = 0;
  virtual Status release(const Digest& key, const std::string& token, Deadline deadline) = 0;

 protected:
  RemoteTransport() = default;
};

// Connects when it is first used.
std::unique_ptr<RemoteTransport> make_http_transport(const RemoteAddress& address);
std::unique_ptr<RemoteTransport> make_redis_transport(const RemoteAddress& address);
// One of the two above.
std::unique_ptr<RemoteTransport> make_transport(const RemoteAddress& address);

// RemoteStore gets this function from whoever links the libraries of the protocols
// (transport_plugin.h), so that a process without remote stores loads neither.
using TransportFactory = std::unique_ptr<RemoteTransport> (*)(const RemoteAddress&);

}  // namespace weir
