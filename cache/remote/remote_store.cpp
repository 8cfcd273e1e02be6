// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "cache/remote/remote_store.h"

#include <fmt/format.h>

#include "cache/entry.h"
#include "cache/no_throw.h"

namespace weir {

RemoteStore::RemoteStore(RemoteAddress address, TransportFactory factory)
    : address_(std::move(address)),
      factory_(factory),
      reads_(address_.rest),
      writes_(address_.rest),
      leases_(address_.rest) {}

// Borrows a connection for one call, and keeps the books on whether the server answers.
template <class Call>
auto RemoteStore::ask(Rest& rest, std::chrono::milliseconds time, Call call, bool* rests)
    -> decltype(call(std::declval<RemoteTransport&>(), Deadline())) {
  using Answer = decltype(call(std::declval<RemoteTransport&>(), Deadline()));
  return without_exceptions([&]() -> Answer {
    if (!rest.may_ask()) {
      ++counts_.rested;
      if (rests != nullptr) *rests = true;
      return Error(ErrorCode::kCacheUnavailable, "the store rests after a failure").in_file(name());
    }
    std::unique_ptr<RemoteTransport> transport;
    {
      const std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        transport = std::move(idle_.back());
        idle_.pop_back();
      }
    }
    // Whoever may ask must say how it went, also when there is no memory for asking.
    Answer answer = Error(ErrorCode::kOutOfMemory, "out of memory");
    if (!transport) {
      answer = without_exceptions([&]() -> Answer {
        transport = factory_(address_);
        return Error(ErrorCode::kOutOfMemory, "out of memory");
      });
    }
    if (transport) {
      answer = without_exceptions(
          [&] { return call(*transport, std::chrono::steady_clock::now() + time); });
      const std::lock_guard lock(mutex_);
      idle_.push_back(std::move(transport));
    }
    // A file that is too large says nothing of the server.
    if (answer || answer.error().code() == ErrorCode::kLimit) {
      rest.succeeded();
      if (answer) return answer;
      ++counts_.failures;
      return answer.take_error().in_file(name());
    }
    ++counts_.failures;
    Error error = answer.take_error().in_file(name());
    (void)rest.failed();
    return error;
  });
}

Result<RemoteStore::Got> RemoteStore::get(const Digest& key) {
  const auto start = std::chrono::steady_clock::now();
  bool rests = false;
  auto found = ask(
      reads_, address_.timeout,
      [&](RemoteTransport& transport, Deadline deadline) {
        return transport.get(key, kMaxEntrySize, deadline);
      },
      &rests);
  counts_.lookup_ns += static_cast<uint64_t>((std::chrono::steady_clock::now() - start).count());
  if (!found) {
    if (rests) return Got{Got::State::kRests, {}};
    return found.take_error();
  }
  if (!*found) {
    ++counts_.misses;
    return Got{Got::State::kAbsent, {}};
  }
  ++counts_.hits;
  counts_.bytes_down += (*found)->size();
  return Got{Got::State::kHit, std::move(**found)};
}

Result<bool> RemoteStore::has(const Digest& key) {
  return ask(reads_, address_.timeout, [&](RemoteTransport& transport, Deadline deadline) {
    return transport.has(key, deadline);
  });
}

Result<bool> RemoteStore::put(const Digest& key, ByteSpan file, std::chrono::milliseconds limit) {
  bool rests = false;
  Status sent = ask(
      writes_, std::min(limit, address_.upload_timeout),
      [&](RemoteTransport& transport, Deadline deadline) {
        return transport.put(key, file, deadline);
      },
      &rests);
  if (rests) return false;
  if (!sent) return sent.take_error();
  ++counts_.uploads;
  counts_.bytes_up += file.size();
  return true;
}

Result<LeaseReply> RemoteStore::acquire(const Digest& key, std::chrono::milliseconds duration) {
  return ask(leases_, address_.timeout, [&](RemoteTransport& transport, Deadline deadline) {
    return transport.acquire(key, duration, deadline);
  });
}

Result<bool> RemoteStore::renew(const Digest& key, const std::string& token,
                                std::chrono::milliseconds duration) {
  return ask(leases_, address_.timeout, [&](RemoteTransport& transport, Deadline deadline) {
    return transport.renew(key, token, duration, deadline);
  });
}

Status RemoteStore::release(const Digest& key, const std::string& token) {
  return ask(leases_, address_.timeout, [&](RemoteTransport& transport, Deadline deadline) {
    return transport.release(key, token, deadline);
  });
}

RemoteStats RemoteStore::stats() const {
  return {.hits = counts_.hits,
          .misses = counts_.misses,
          .refused = counts_.refused,
          .failures = counts_.failures,
          .rested = counts_.rested,
          .uploads = counts_.uploads,
          .bytes_down = counts_.bytes_down,
          .bytes_up = counts_.bytes_up,
          .lookup_ns = counts_.lookup_ns};
}

}  // namespace weir
