// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One remote store: a place that keeps entry files (entry.h) under their keys. It hands out files
// as they came; whether they may be believed is decided by whoever opens them (EntryCodec in
// stacked_store.h).
//
// What a bad server can cost: each call ends within the times of its address, and after a failure
// the server is left alone (rest.h) - apart for reading, writing and leases, so that a server that
// lets nobody write still serves.
#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <vector>

#include "cache/remote/rest.h"
#include "cache/remote/transport.h"

namespace weir {

struct RemoteStats {
  uint64_t hits = 0;        // files that were there
  uint64_t misses = 0;      // files that were not
  uint64_t refused = 0;     // files that were there and not believed
  uint64_t failures = 0;    // requests that ended in an Error
  uint64_t rested = 0;      // requests that were not made, because the server rests
  uint64_t uploads = 0;     // files that were sent
  uint64_t bytes_down = 0;  // of files
  uint64_t bytes_up = 0;
  uint64_t lookup_ns = 0;  // waited for get(), together
};

class RemoteStore {
 public:
  RemoteStore(RemoteAddress address, TransportFactory factory);

  // All calls from any thread. Errors carry the store's name. While it rests, get() and put() say
  // so, and the others are an Error that is not worth a word.
  struct Got {
    enum class State : uint8_t { kHit, kAbsent, kRests } state = State::kAbsent;
    std::vector<uint8_t> file;
  };
  Result<Got> get(const Digest& key);
  Result<bool> has(const Digest& key);
  // Takes at most `limit`, and the upload time of the address. False: the store rests.
  Result<bool> put(const Digest& key, ByteSpan file, std::chrono::milliseconds limit);

  Result<LeaseReply> acquire(const Digest& key, std::chrono::milliseconds duration);
  Result<bool> renew(const Digest& key, const std::string& token,
                     std::chrono::milliseconds duration);
  Status release(const Digest& key, const std::string& token);

  const RemoteAddress& address() const { return address_; }
  const std::string& name() const { return address_.url; }
  void count_refused() { ++counts_.refused; }
  RemoteStats stats() const;

 private:
  struct Counts {
    std::atomic<uint64_t> hits, misses, refused, failures, rested, uploads, bytes_down, bytes_up,
        lookup_ns;
  };
  template <class Call>
  auto ask(Rest& rest, std::chrono::milliseconds time, Call call, bool* rests = nullptr)
      -> decltype(call(std::declval<RemoteTransport&>(), Deadline()));

  const RemoteAddress address_;
  const TransportFactory factory_;
  Rest reads_, writes_, leases_;
  Counts counts_{};
  std::mutex mutex_;
  std::vector<std::unique_ptr<RemoteTransport>> idle_;
};

}  // namespace weir
