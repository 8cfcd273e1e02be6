// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A store behind HTTP: GET, HEAD and PUT of files, as nginx with WebDAV, an S3-compatible gateway
// or a cache of Bazel's kind serve them. libcurl does the talking, with one deadline over name
// resolution, connection, TLS and answer.
//
// Redirects are not followed: they would carry requests, and with them credentials, to a host that
// nobody named. Certificates are verified, always.
//
// Leases, whichever the server has:
//   - WebDAV's LOCK of KEY.lease (RFC 4918): the server ends it by itself;
//   - PUT of KEY.lease with If-None-Match: *. Many servers do not look at that header, so it counts
//     only if a second such PUT fails. The lease says how long it is good; one that is older than
//     that by the server's own clock is removed by whoever finds it.
#include <curl/curl.h>
#include <sodium.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <ctime>

#include <fmt/format.h>

#include "cache/layout.h"
#include "cache/remote/transport.h"
#include "frontend/support/text.h"

namespace weir {

namespace {

using Clock = std::chrono::steady_clock;

constexpr uint64_t kMaxSmallAnswer = 16 << 10;  // what a server says beside files

constexpr std::string_view kLockBody =
    R"(<?xml version="1.0" encoding="utf-8"?><D:lockinfo xmlns:D="DAV:">)"
    R"(<D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>)";

struct Request {
  const char* method = "GET";
  std::string path;  // behind the store's URL
  std::vector<std::string> headers = {};
  std::optional<ByteSpan> body = {};
  uint64_t max_size = kMaxSmallAnswer;
};

struct Answer {
  long status = 0;
  std::vector<uint8_t> body;
  std::string lock_token, etag;
  std::optional<int64_t> date, last_modified;  // seconds since 1970, by the server's clock

  bool ok() const { return status >= 200 && status < 300; }
};

// Where an answer is collected. curl is C: nothing may be thrown through it.
struct Sink {
  std::vector<uint8_t>* bytes;
  uint64_t max_size;
  bool too_large = false;
};

size_t collect(char* data, size_t size, size_t count, void* user) noexcept {
  auto& sink = *static_cast<Sink*>(user);
  const size_t total = size * count;
  if (total > sink.max_size - sink.bytes->size()) {
    sink.too_large = true;
    return 0;
  }
  try {
    sink.bytes->insert(sink.bytes->end(), data, data + total);
  } catch (const std::bad_alloc&) {
    return 0;
  }
  return total;
}

std::string random_token() {
  unsigned char bytes[16];
  ::randombytes_buf(bytes, sizeof bytes);
  std::string token;
  for (const unsigned char byte : bytes) token += fmt::format("{:02x}", byte);
  return token;
}

std::string header_of(CURL* curl, const char* name) {
  curl_header* found = nullptr;
  if (::curl_easy_header(curl, name, 0, CURLH_HEADER, -1, &found) != CURLHE_OK) return {};
  return found->value;
}

std::optional<int64_t> time_of(CURL* curl, const char* name) {
  const std::string text = header_of(curl, name);
  if (text.empty()) return std::nullopt;
  const time_t time = ::curl_getdate(text.c_str(), nullptr);
  if (time == -1) return std::nullopt;
  return time;
}

class HttpTransport final : public RemoteTransport {
 public:
  explicit HttpTransport(const RemoteAddress& address) : address_(address) {
    // Once a process; thread-safe since 7.84.
    (void)::curl_global_init(CURL_GLOBAL_DEFAULT);
    curl_ = ::curl_easy_init();
  }
  ~HttpTransport() override {
    if (curl_ != nullptr) ::curl_easy_cleanup(curl_);
  }

  Result<std::optional<std::vector<uint8_t>>> get(const Digest& key, uint64_t max_size,
                                                  Deadline deadline) override {
    WEIR_TRY(Answer answer, perform({.path = entry(key), .max_size = max_size}, deadline));
    if (answer.status == 404 || answer.status == 410) return std::nullopt;
    if (answer.status != 200) return refused(answer);
    return std::move(answer.body);
  }

  Result<bool> has(const Digest& key, Deadline deadline) override {
    WEIR_TRY(const Answer answer, perform({.method = "HEAD", .path = entry(key)}, deadline));
    if (answer.status == 404 || answer.status == 410) return false;
    if (answer.status != 200) return refused(answer);
    return true;
  }

  Status put(const Digest& key, ByteSpan file, Deadline deadline) override {
    WEIR_TRY(const Answer answer,
             perform({.method = "PUT", .path = entry(key), .body = file}, deadline));
    if (answer.status == 413) {
      return Error(ErrorCode::kLimit, "the file is larger than the server takes");
    }
    if (!answer.ok()) return refused(answer);
    return {};
  }

  Result<LeaseReply> acquire(const Digest& key, std::chrono::milliseconds duration,
                             Deadline deadline) override {
    if (leases_ == Leases::kUnknown || leases_ == Leases::kLock) {
      WEIR_TRY(LeaseReply reply, lock(key, duration, deadline));
      if (reply.state != LeaseReply::State::kUnsupported) {
        leases_ = Leases::kLock;
        return reply;
      }
      leases_ = Leases::kUntriedPut;
    }
    if (leases_ == Leases::kNone) return LeaseReply{};
    WEIR_TRY(LeaseReply reply, put_lease(key, duration, deadline));
    if (reply.state == LeaseReply::State::kUnsupported) leases_ = Leases::kNone;
    return reply;
  }

  Result<bool> renew(const Digest& key, const std::string& token,
                     std::chrono::milliseconds duration, Deadline deadline) override {
    if (leases_of(token) == Leases::kLock) {
      WEIR_TRY(const Answer answer,
               perform({.method = "LOCK",
                        .path = lease(key),
                        .headers = {fmt::format("If: ({})", token), timeout_header(duration)},
                        .body = ByteSpan()},
                       deadline));
      return answer.ok();
    }
    WEIR_TRY(const Answer answer, perform({.path = lease(key)}, deadline));
    if (!answer.ok() || !as_text(answer.body).starts_with(token)) return false;
    const std::string body = lease_body(token, duration);
    WEIR_TRY(const Answer put, perform({.method = "PUT",
                                        .path = lease(key),
                                        .headers = match_header(answer),
                                        .body = as_bytes(body)},
                                       deadline));
    return put.ok();
  }

  Status release(const Digest& key, const std::string& token, Deadline deadline) override {
    if (leases_of(token) == Leases::kLock) {
      WEIR_TRY(
          const Answer answer,
          perform({.method = "UNLOCK", .path = lease(key), .headers = {"Lock-Token: " + token}},
                  deadline));
      // LOCK makes an empty file of a name that is not there. If somebody has a lock again, the
      // server keeps it.
      WEIR_CHECK(perform({.method = "DELETE", .path = lease(key)}, deadline));
      if (!answer.ok()) return refused(answer);
      return {};
    }
    WEIR_TRY(const Answer answer, perform({.path = lease(key)}, deadline));
    if (!answer.ok() || !as_text(answer.body).starts_with(token)) return {};
    WEIR_CHECK(perform({.method = "DELETE", .path = lease(key), .headers = match_header(answer)},
                       deadline));
    return {};
  }

 private:
  enum class Leases : uint8_t { kUnknown, kLock, kUntriedPut, kPut, kNone };

  // A token of WebDAV stands in angle brackets, ours is hex digits.
  static Leases leases_of(const std::string& token) {
    return token.starts_with('<') ? Leases::kLock : Leases::kPut;
  }

  std::string entry(const Digest& key) const {
    switch (address_.layout) {
      case RemoteAddress::Layout::kFlat: return key.hex() + std::string(kEntrySuffix);
      case RemoteAddress::Layout::kBazel: return "ac/" + key.hex();
      case RemoteAddress::Layout::kSubdirs: break;
    }
    return entry_name(key).relative();
  }
  // In the folder that is there in any case.
  static std::string lease(const Digest& key) { return key.hex() + ".lease"; }

  static std::string timeout_header(std::chrono::milliseconds duration) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(duration).count();
    return fmt::format("Timeout: Second-{}", seconds);
  }
  static std::string lease_body(const std::string& token, std::chrono::milliseconds duration) {
    return fmt::format("{} {}\n", token, std::chrono::ceil<std::chrono::seconds>(duration).count());
  }
  // A weak tag matches nothing here (RFC 9110, 13.1.1); servers give one to a file that has only
  // just been written.
  static std::vector<std::string> match_header(const Answer& answer) {
    if (!answer.etag.starts_with('"')) return {};
    return {"If-Match: " + answer.etag};
  }

  Result<LeaseReply> lock(const Digest& key, std::chrono::milliseconds duration,
                          Deadline deadline) {
    WEIR_TRY(
        Answer answer,
        perform({.method = "LOCK",
                 .path = lease(key),
                 .headers = {timeout_header(duration), "Depth: 0", "Content-Type: application/xml"},
                 .body = as_bytes(kLockBody)},
                deadline));
    if (answer.status == 423) return LeaseReply{LeaseReply::State::kBusy, {}};
    if (answer.ok() && answer.lock_token.starts_with('<')) {
      return LeaseReply{LeaseReply::State::kHeld, std::move(answer.lock_token)};
    }
    if (answer.status >= 500 && answer.status != 501) return refused(answer);
    return LeaseReply{};
  }

  Result<LeaseReply> put_lease(const Digest& key, std::chrono::milliseconds duration,
                               Deadline deadline) {
    const std::string token = random_token();
    const std::string body = lease_body(token, duration);
    const Request create = {.method = "PUT",
                            .path = lease(key),
                            .headers = {"If-None-Match: *"},
                            .body = as_bytes(body)};
    auto is_taken = [](const Answer& answer) {
      return answer.status == 412 || answer.status == 409;
    };
    for (int attempt = 0; attempt < 2; ++attempt) {
      WEIR_TRY(const Answer answer, perform(create, deadline));
      if (answer.status >= 500 && answer.status != 501) return refused(answer);
      if (!answer.ok() && !is_taken(answer)) return LeaseReply{};
      if (answer.ok()) {
        if (leases_ == Leases::kPut) return LeaseReply{LeaseReply::State::kHeld, token};
        WEIR_TRY(const Answer again, perform(create, deadline));
        if (is_taken(again)) {
          leases_ = Leases::kPut;
          return LeaseReply{LeaseReply::State::kHeld, token};
        }
        WEIR_CHECK(perform({.method = "DELETE", .path = lease(key)}, deadline));
        return LeaseReply{};
      }
      leases_ = Leases::kPut;
      WEIR_TRY(const bool ended, end_stale(key, deadline));
      if (!ended) break;
    }
    return LeaseReply{LeaseReply::State::kBusy, {}};
  }

  // Removes a lease whose holder has not renewed it in the time it gave itself.
  Result<bool> end_stale(const Digest& key, Deadline deadline) {
    WEIR_TRY(const Answer answer, perform({.path = lease(key)}, deadline));
    if (answer.status == 404) return true;
    if (!answer.ok() || !answer.date || !answer.last_modified) return false;
    const std::string_view text = as_text(answer.body);
    const size_t blank = std::min(text.find(' '), text.size() - 1);
    int64_t seconds = 0;
    (void)std::from_chars(text.data() + blank + 1, text.data() + text.size(), seconds);
    constexpr int64_t kMost = 3600;
    // A second for the resolution of the header.
    if (*answer.date - *answer.last_modified <= std::clamp<int64_t>(seconds, 1, kMost) + 1) {
      return false;
    }
    WEIR_TRY(const Answer removed,
             perform({.method = "DELETE", .path = lease(key), .headers = match_header(answer)},
                     deadline));
    return removed.ok();
  }

  static Error refused(const Answer& answer) {
    if (answer.status >= 300 && answer.status < 400) {
      return Error(ErrorCode::kCacheUnavailable,
                   fmt::format("the server redirects (status {}), which is not followed",
                               answer.status))
          .with_hint("write the address that it leads to");
    }
    const std::string_view what = answer.status == 401 || answer.status == 403
                                      ? "the server refuses access"
                                      : "the server refuses";
    return Error(ErrorCode::kCacheUnavailable, fmt::format("{} (status {})", what, answer.status));
  }

  Result<Answer> perform(const Request& request, Deadline deadline) {
    if (curl_ == nullptr) return Error(ErrorCode::kOutOfMemory, "out of memory");
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) return Error(ErrorCode::kCacheUnavailable, "no answer in time");
    // Keeps the connection, forgets everything else.
    ::curl_easy_reset(curl_);
    Answer answer;
    Sink sink{.bytes = &answer.body, .max_size = request.max_size};
    char message[CURL_ERROR_SIZE] = "";
    curl_slist* list = nullptr;
    auto header = [&](const std::string& line) {
      if (curl_slist* longer = ::curl_slist_append(list, line.c_str())) list = longer;
    };
    for (const std::string& line : request.headers) header(line);
    header("Expect:");  // else curl waits a second for servers that do not know it

    auto set = [&](CURLoption option, auto value) { ::curl_easy_setopt(curl_, option, value); };
    set(CURLOPT_URL, (address_.url + request.path).c_str());
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_ERRORBUFFER, message);
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(left));
    set(CURLOPT_CONNECTTIMEOUT_MS,
        std::min<long>(left, static_cast<long>(address_.connect_timeout.count())));
    set(CURLOPT_WRITEFUNCTION, &collect);
    set(CURLOPT_WRITEDATA, &sink);
    set(CURLOPT_USERAGENT, "weir");
    if (!address_.ca_file.empty()) {
      set(CURLOPT_CAINFO, address_.ca_file.c_str());
      set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
    }
    if (address_.bearer) {
      set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BEARER));
      set(CURLOPT_XOAUTH2_BEARER, address_.secret.c_str());
    } else if (!address_.secret.empty()) {
      set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
      set(CURLOPT_USERNAME, address_.user.c_str());
      set(CURLOPT_PASSWORD, address_.secret.c_str());
    }
    if (request.body) {
      // A body that is set and empty still needs a pointer.
      const void* data =
          request.body->empty() ? "" : static_cast<const void*>(request.body->data());
      set(CURLOPT_POSTFIELDS, data);
      set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body->size()));
      header("Content-Type: application/octet-stream");
    }
    if (std::strcmp(request.method, "HEAD") == 0) {
      set(CURLOPT_NOBODY, 1L);
    } else if (std::strcmp(request.method, "GET") != 0) {
      set(CURLOPT_CUSTOMREQUEST, request.method);
    }
    set(CURLOPT_HTTPHEADER, list);
    const CURLcode code = ::curl_easy_perform(curl_);
    if (code == CURLE_OK) {
      ::curl_easy_getinfo(curl_, CURLINFO_RESPONSE_CODE, &answer.status);
      answer.lock_token = header_of(curl_, "Lock-Token");
      answer.etag = header_of(curl_, "ETag");
      answer.date = time_of(curl_, "Date");
      answer.last_modified = time_of(curl_, "Last-Modified");
    }
    ::curl_slist_free_all(list);
    if (sink.too_large) {
      return Error(
          ErrorCode::kLimit,
          fmt::format("an answer of more than the {} bytes that are allowed", request.max_size));
    }
    if (code != CURLE_OK) {
      return Error(ErrorCode::kCacheUnavailable,
                   printable(*message != 0 ? message : ::curl_easy_strerror(code)));
    }
    return answer;
  }

  const RemoteAddress address_;
  CURL* curl_ = nullptr;
  Leases leases_ = Leases::kUnknown;
};

}  // namespace

std::unique_ptr<RemoteTransport> make_http_transport(const RemoteAddress& address) {
  return std::make_unique<HttpTransport>(address);
}

std::unique_ptr<RemoteTransport> make_transport(const RemoteAddress& address) {
  return address.kind == RemoteAddress::Kind::kHttp ? make_http_transport(address)
                                                    : make_redis_transport(address);
}

}  // namespace weir
