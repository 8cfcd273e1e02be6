// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A store in Redis. An entry file is the string weir:KEY; a lease is weir:lease:KEY, set if it was
// not there, with a time after which the server removes it.
//
// hiredis formats commands and parses replies. Its own waiting knows a timeout for each read, so a
// server that sends a byte now and then could hold us for ever: here the socket does not block, and
// all waiting is against one deadline. Names that are no numbers are resolved by getaddrinfo_a(),
// for the same reason.
#include <fcntl.h>
#include <hiredis/hiredis.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>
#include <sodium.h>

#include "cache/file_io.h"
#include "cache/remote/transport.h"
#include "frontend/support/text.h"

namespace weir {

namespace {

using Clock = std::chrono::steady_clock;

// Only the holder may end or prolong a lease.
constexpr std::string_view kReleaseScript =
    "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0";
constexpr std::string_view kRenewScript =
    "if redis.call('get', KEYS[1]) == ARGV[1] then "
    "return redis.call('pexpire', KEYS[1], ARGV[2]) end return 0";

// Milliseconds that are left, at least 0, rounded up.
int left(Deadline deadline) {
  const auto rest = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
  return static_cast<int>(std::clamp<int64_t>(rest, 0, 3'600'000));
}

// A request of getaddrinfo_a(). The resolver may still be at it when we have stopped waiting: then
// it is left to it, a few hundred bytes for each server whose name server is dead.
struct NameQuery {
  std::string host, port;
  addrinfo hints{};
  gaicb request{};
};

Result<addrinfo*> resolve(const std::string& host, uint16_t port, Deadline deadline) {
  // Digits need nobody to be asked, and no thread of the resolver.
  const addrinfo digits = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM};
  addrinfo* address = nullptr;
  if (::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &digits, &address) == 0) {
    return address;
  }
  auto query = std::make_unique<NameQuery>();
  query->host = host;
  query->port = std::to_string(port);
  query->hints.ai_socktype = SOCK_STREAM;
  query->hints.ai_flags = AI_NUMERICSERV;
  query->request.ar_name = query->host.c_str();
  query->request.ar_service = query->port.c_str();
  query->request.ar_request = &query->hints;
  gaicb* list[] = {&query->request};
  int status = ::getaddrinfo_a(GAI_NOWAIT, list, 1, nullptr);
  while (status == 0 && (status = ::gai_error(&query->request)) == EAI_INPROGRESS) {
    const int ms = left(deadline);
    if (ms == 0) {
      if (::gai_cancel(&query->request) != EAI_CANCELED) (void)query.release();
      return Error(ErrorCode::kCacheUnavailable, "the name was not resolved in time");
    }
    const timespec wait = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1'000'000L};
    (void)::gai_suspend(list, 1, &wait);
    status = 0;
  }
  if (status != 0) {
    return Error(ErrorCode::kCacheUnavailable,
                 fmt::format("cannot resolve the name: {}", ::gai_strerror(status)));
  }
  return query->request.ar_result;
}

Status wait_for(int fd, short events, Deadline deadline) {
  for (;;) {
    pollfd entry = {.fd = fd, .events = events, .revents = 0};
    const int ms = left(deadline);
    const int ready = ::poll(&entry, 1, ms);
    if (ready > 0) return {};
    if (ready == 0) return Error(ErrorCode::kCacheUnavailable, "no answer in time");
    if (errno != EINTR) return Error(ErrorCode::kCacheUnavailable, std::strerror(errno));
  }
}

Result<UniqueFd> connect_to(const addrinfo& address, Deadline deadline) {
  auto failed = [](int error) {
    return Error(ErrorCode::kCacheUnavailable,
                 fmt::format("cannot connect: {}", std::strerror(error)));
  };
  UniqueFd fd(::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return failed(errno);
  if (::connect(fd.get(), address.ai_addr, address.ai_addrlen) != 0) {
    if (errno != EINPROGRESS) return failed(errno);
    WEIR_CHECK(wait_for(fd.get(), POLLOUT, deadline));
    int error = 0;
    socklen_t size = sizeof error;
    if (::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0) {
      return failed(error);
    }
  }
  const int on = 1;
  (void)::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

struct FreeReply {
  void operator()(redisReply* reply) const { ::freeReplyObject(reply); }
};
using Reply = std::unique_ptr<redisReply, FreeReply>;

// No command of ours is answered with a list, and a hostile one would ask for memory for 2^31
// elements.
void* refuse_array(const redisReadTask*, int) {
  return nullptr;
}

std::string_view text_of(const redisReply& reply) {
  return {reply.str, static_cast<size_t>(reply.len)};
}

std::string random_token() {
  unsigned char bytes[16];
  ::randombytes_buf(bytes, sizeof bytes);
  std::string token;
  for (const unsigned char byte : bytes) token += fmt::format("{:02x}", byte);
  return token;
}

class RedisTransport final : public RemoteTransport {
 public:
  explicit RedisTransport(const RemoteAddress& address) : address_(address) {}
  ~RedisTransport() override { disconnect(); }

  Result<std::optional<std::vector<uint8_t>>> get(const Digest& key, uint64_t max_size,
                                                  Deadline deadline) override {
    WEIR_TRY(const Reply reply, command({"GET", entry(key)}, max_size, deadline));
    if (reply->type == REDIS_REPLY_NIL) return std::nullopt;
    if (reply->type != REDIS_REPLY_STRING) return unexpected(*reply);
    const ByteSpan bytes = as_bytes(text_of(*reply));
    if (bytes.size() > max_size) return too_large(max_size);
    return std::vector<uint8_t>(bytes.begin(), bytes.end());
  }

  Result<bool> has(const Digest& key, Deadline deadline) override {
    WEIR_TRY(const Reply reply, command({"EXISTS", entry(key)}, 0, deadline));
    if (reply->type != REDIS_REPLY_INTEGER) return unexpected(*reply);
    return reply->integer == 1;
  }

  Status put(const Digest& key, ByteSpan file, Deadline deadline) override {
    WEIR_TRY(const Reply reply, command({"SET", entry(key), as_text(file)}, 0, deadline));
    if (reply->type != REDIS_REPLY_STATUS) return unexpected(*reply);
    return {};
  }

  Result<LeaseReply> acquire(const Digest& key, std::chrono::milliseconds duration,
                             Deadline deadline) override {
    std::string token = random_token();
    const std::string ms = std::to_string(duration.count());
    WEIR_TRY(const Reply reply, command({"SET", lease(key), token, "NX", "PX", ms}, 0, deadline));
    if (reply->type == REDIS_REPLY_NIL) return LeaseReply{LeaseReply::State::kBusy, {}};
    if (reply->type != REDIS_REPLY_STATUS) return unexpected(*reply);
    return LeaseReply{LeaseReply::State::kHeld, std::move(token)};
  }

  Result<bool> renew(const Digest& key, const std::string& token,
                     std::chrono::milliseconds duration, Deadline deadline) override {
    const std::string ms = std::to_string(duration.count());
    WEIR_TRY(const Reply reply,
             command({"EVAL", kRenewScript, "1", lease(key), token, ms}, 0, deadline));
    if (reply->type != REDIS_REPLY_INTEGER) return unexpected(*reply);
    return reply->integer == 1;
  }

  Status release(const Digest& key, const std::string& token, Deadline deadline) override {
    WEIR_TRY(const Reply reply,
             command({"EVAL", kReleaseScript, "1", lease(key), token}, 0, deadline));
    if (reply->type != REDIS_REPLY_INTEGER) return unexpected(*reply);
    return {};
  }

 private:
  // Strings must outlive the call that takes them: kept here.
  struct Argument {
    std::string own;
    std::string_view view;
    Argument(const char* text) : view(text) {}
    Argument(std::string_view text) : view(text) {}
    Argument(std::string text) : own(std::move(text)) {}
    std::string_view get() const { return own.empty() ? view : std::string_view(own); }
  };

  static std::string entry(const Digest& key) { return "weir:" + key.hex(); }
  static std::string lease(const Digest& key) { return "weir:lease:" + key.hex(); }

  static Error too_large(uint64_t max_size) {
    return Error(ErrorCode::kLimit,
                 fmt::format("an answer of more than the {} bytes that are allowed", max_size));
  }

  // An error reply is the server's word: "OOM command not allowed", "NOAUTH", "LOADING". It comes
  // from outside and is shown as such.
  static Error unexpected(const redisReply& reply) {
    const bool is_text = reply.type == REDIS_REPLY_ERROR || reply.type == REDIS_REPLY_STRING ||
                         reply.type == REDIS_REPLY_STATUS;
    return Error(ErrorCode::kCacheUnavailable,
                 fmt::format("the server says: {}", is_text ? printable(text_of(reply), 100)
                                                            : std::string("something else")));
  }

  void disconnect() {
    if (context_ != nullptr) ::redisFree(context_);
    context_ = nullptr;
  }

  Status connect(Deadline deadline) {
    const Deadline until = std::min(deadline, Clock::now() + address_.connect_timeout);
    WEIR_TRY(addrinfo * found, resolve(address_.host, address_.port, until));
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
    Result<UniqueFd> fd = Error(ErrorCode::kCacheUnavailable, "the name has no address");
    for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
      fd = connect_to(*at, until);
      if (fd || left(until) == 0) break;
    }
    if (!fd) return fd.take_error();
    context_ = ::redisConnectFd(fd->get());
    if (context_ == nullptr) return Error(ErrorCode::kOutOfMemory, "out of memory");
    (void)fd->release();
    functions_ = *context_->reader->fn;
    functions_.createArray = refuse_array;
    context_->reader->fn = &functions_;
    if (!address_.secret.empty()) {
      Result<Reply> reply = address_.user.empty()
                                ? exchange({"AUTH", std::string_view(address_.secret)}, 0, deadline)
                                : exchange({"AUTH", std::string_view(address_.user),
                                            std::string_view(address_.secret)},
                                           0, deadline);
      if (!reply) return reply.take_error();
      if ((*reply)->type != REDIS_REPLY_STATUS) return unexpected(**reply);
    }
    if (address_.database != 0) {
      WEIR_TRY(const Reply reply,
               exchange({"SELECT", std::to_string(address_.database)}, 0, deadline));
      if (reply->type != REDIS_REPLY_STATUS) return unexpected(*reply);
    }
    return {};
  }

  // An idle connection that the server has closed meanwhile is made anew, once.
  Result<Reply> command(std::initializer_list<Argument> arguments, uint64_t max_size,
                        Deadline deadline) {
    const bool reused = context_ != nullptr;
    auto reply = attempt(arguments, max_size, deadline);
    if (!reply && reused && closed_by_server_) reply = attempt(arguments, max_size, deadline);
    return reply;
  }

  Result<Reply> attempt(std::initializer_list<Argument> arguments, uint64_t max_size,
                        Deadline deadline) {
    closed_by_server_ = false;
    if (context_ == nullptr) {
      Status connected = connect(deadline);
      if (!connected) {
        disconnect();
        return connected.take_error();
      }
    }
    auto reply = exchange(arguments, max_size, deadline);
    // What is still on its way would be taken for the next answer.
    if (!reply) disconnect();
    return reply;
  }

  Result<Reply> exchange(std::initializer_list<Argument> arguments, uint64_t max_size,
                         Deadline deadline) {
    std::vector<const char*> data;
    std::vector<size_t> sizes;
    for (const Argument& argument : arguments) {
      data.push_back(argument.get().data());
      sizes.push_back(argument.get().size());
    }
    char* text = nullptr;
    const int size =
        ::redisFormatCommandArgv(&text, static_cast<int>(data.size()), data.data(), sizes.data());
    if (size < 0) return Error(ErrorCode::kOutOfMemory, "out of memory");
    const std::unique_ptr<char, decltype(&::redisFreeCommand)> owner(text, &::redisFreeCommand);
    WEIR_CHECK(send_all({text, static_cast<size_t>(size)}, deadline));
    // The answer's own size beside that of the file.
    constexpr uint64_t kFraming = 64 << 10;
    for (;;) {
      void* reply = nullptr;
      if (::redisGetReplyFromReader(context_, &reply) != REDIS_OK) return connection_error();
      if (reply != nullptr) return Reply(static_cast<redisReply*>(reply));
      if (context_->reader->len > max_size + kFraming) return too_large(max_size);
      WEIR_CHECK(wait_for(context_->fd, POLLIN, deadline));
      if (::redisBufferRead(context_) != REDIS_OK) return connection_error();
    }
  }

  // Not hiredis's own way: its write() raises SIGPIPE where the server has hung up.
  Status send_all(std::string_view bytes, Deadline deadline) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(context_->fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent >= 0) {
        bytes.remove_prefix(static_cast<size_t>(sent));
      } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
        WEIR_CHECK(wait_for(context_->fd, POLLOUT, deadline));
      } else if (errno != EINTR) {
        closed_by_server_ = true;
        return Error(ErrorCode::kCacheUnavailable,
                     fmt::format("cannot send: {}", std::strerror(errno)));
      }
    }
    return {};
  }

  Error connection_error() {
    closed_by_server_ = context_->err == REDIS_ERR_EOF || context_->err == REDIS_ERR_IO;
    return Error(ErrorCode::kCacheUnavailable, printable(context_->errstr, 100));
  }

  const RemoteAddress address_;
  redisContext* context_ = nullptr;
  redisReplyObjectFunctions functions_{};
  bool closed_by_server_ = false;
};

}  // namespace

std::unique_ptr<RemoteTransport> make_redis_transport(const RemoteAddress& address) {
  return std::make_unique<RedisTransport>(address);
}

}  // namespace weir
