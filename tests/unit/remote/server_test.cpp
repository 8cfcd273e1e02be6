// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One remote store against the real servers: what they keep, and how they fail.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <thread>

#include <fmt/format.h>

#include "cache/entry.h"
#include "cache/remote/remote_store.h"
#include "tests/support/servers.h"
#include "tests/unit/cache/store_fixture.h"

namespace weir {
namespace {

using namespace std::chrono_literals;
using cache_test::key_of;
using cache_test::noise;
using ::testing::HasSubstr;
using testing::Nginx;
using testing::Redis;
using State = RemoteStore::Got::State;

// Patient, where the test says nothing else: the machine that runs it may be busy.
std::unique_ptr<RemoteStore> open_remote(const std::string& text) {
  const size_t bar = std::min(text.find('|'), text.size());
  auto address =
      parse_remote(text.substr(0, bar) + "|connect-timeout=30s|timeout=30s" + text.substr(bar));
  EXPECT_TRUE(address) << address.error().to_string();
  if (!address) return nullptr;
  return std::make_unique<RemoteStore>(std::move(*address), &make_transport);
}

// Both protocols keep the same promises.
struct Kind {
  const char* name;
  std::string (*missing)();
  std::unique_ptr<testing::Server> (*make)();
};

class RemoteServer : public ::testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    if (const std::string missing = GetParam().missing(); !missing.empty()) GTEST_SKIP() << missing;
    server_ = GetParam().make();
    ASSERT_TRUE(server_->start()) << server_->log();
  }
  std::unique_ptr<testing::Server> server_;
};

INSTANTIATE_TEST_SUITE_P(Kinds, RemoteServer,
                         ::testing::Values(Kind{"Nginx", &Nginx::missing,
                                                []() -> std::unique_ptr<testing::Server> {
                                                  return std::make_unique<Nginx>();
                                                }},
                                           Kind{"Redis", &Redis::missing,
                                                []() -> std::unique_ptr<testing::Server> {
                                                  return std::make_unique<Redis>();
                                                }}),
                         [](const auto& info) { return info.param.name; });

TEST_P(RemoteServer, KeepsFiles) {
  const auto store = open_remote(server_->url());
  for (const size_t size : {size_t{0}, size_t{1}, size_t{70'000}, size_t{3'000'000}}) {
    const Digest key = key_of(fmt::format("size {}", size));
    auto got = store->get(key);
    ASSERT_TRUE(got) << got.error().to_string();
    EXPECT_EQ(got->state, State::kAbsent);
    EXPECT_EQ(*store->has(key), false);

    const auto bytes = noise(size);
    const auto put = store->put(key, bytes, 10s);
    ASSERT_TRUE(put) << put.error().to_string() << server_->log();
    got = store->get(key);
    ASSERT_TRUE(got) << got.error().to_string();
    EXPECT_EQ(got->state, State::kHit);
    EXPECT_EQ(got->file, bytes);
    EXPECT_EQ(*store->has(key), true);
  }
  const Digest key = key_of("replaced");
  ASSERT_TRUE(store->put(key, noise(1000, 1), 10s));
  ASSERT_TRUE(store->put(key, noise(500, 2), 10s));
  EXPECT_EQ(store->get(key)->file, noise(500, 2));

  const RemoteStats stats = store->stats();
  EXPECT_EQ(stats.hits, 5u);
  EXPECT_EQ(stats.misses, 4u);
  EXPECT_EQ(stats.uploads, 6u);
  EXPECT_EQ(stats.failures, 0u);
  EXPECT_EQ(stats.bytes_up, 3'070'001u + 1500);
  EXPECT_EQ(stats.bytes_down, 3'070'001u + 500);
}

TEST_P(RemoteServer, ManyThreads) {
  const auto store = open_remote(server_->url());
  std::atomic<int> bad = 0;
  std::vector<std::thread> threads;
  for (uint32_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (uint32_t i = 0; i < 25; ++i) {
        const Digest key = key_of(fmt::format("{} {}", t, i));
        const auto bytes = noise(1000 + i, t);
        if (!store->put(key, bytes, 10s)) ++bad;
        const auto got = store->get(key);
        if (!got || got->file != bytes) ++bad;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(bad, 0);
}

TEST_P(RemoteServer, StoppedRestsAndComesBack) {
  const auto store = open_remote(server_->url() + "|rest=50ms");
  const Digest key = key_of("here");
  ASSERT_TRUE(store->put(key, noise(100), 10s));
  server_->stop();
  const auto got = store->get(key);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code(), ErrorCode::kCacheUnavailable);
  EXPECT_THAT(got.error().to_string(), HasSubstr(server_->url()));
  // At rest nothing is asked, so nothing fails.
  EXPECT_EQ(store->get(key)->state, State::kRests);
  EXPECT_EQ(store->stats().failures, 1u);
  EXPECT_EQ(store->stats().rested, 1u);

  ASSERT_TRUE(server_->start()) << server_->log();
  for (int i = 0; i < 500; ++i) {
    std::this_thread::sleep_for(10ms);
    const auto again = store->get(key);
    if (again && again->state == State::kHit) return;
  }
  FAIL() << "the server is back and is not asked";
}

// A server that is there and says nothing: the deadline ends it, and the connection is not used
// again, where the old answer may still come.
TEST_P(RemoteServer, FrozenEndsByTheDeadline) {
  const auto store = open_remote(server_->url() + "|timeout=100ms|rest=1ms");
  const Digest key = key_of("one"), other = key_of("two");
  ASSERT_TRUE(store->put(key, noise(100, 1), 10s));
  ASSERT_TRUE(store->put(other, noise(100, 2), 10s));
  server_->freeze();
  ASSERT_FALSE(store->get(key));
  ASSERT_FALSE(store->put(key, noise(100, 3), 100ms));
  server_->thaw();
  for (int i = 0; i < 500; ++i) {
    std::this_thread::sleep_for(10ms);
    const auto got = store->get(other);
    if (!got || got->state == State::kRests) continue;
    EXPECT_EQ(got->file, noise(100, 2));
    return;
  }
  FAIL() << "the server is back and is not asked";
}

TEST_P(RemoteServer, AnAnswerThatIsTooLargeIsNotRead) {
  const auto transport = make_transport(*parse_remote(server_->url()));
  const auto until = [] { return std::chrono::steady_clock::now() + 10s; };
  ASSERT_TRUE(transport->put(key_of("large"), noise(1'000'000), until()));
  const auto got = transport->get(key_of("large"), 999'999, until());
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code(), ErrorCode::kLimit);
  EXPECT_EQ((*transport->get(key_of("large"), 1'000'000, until()))->size(), 1'000'000u);
}

// A server of another kind altogether, or one that is out to hold us up.
class HostileServer {
 public:
  enum class After : uint8_t { kGoOn, kHangUp };
  // Sends `answer` a byte at a time, for ever again if it is at its end; or resets the connection
  // behind it.
  explicit HostileServer(std::string answer, After after = After::kGoOn)
      : answer_(std::move(answer)), after_(after) {
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    EXPECT_EQ(::listen(fd_, 8), 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~HostileServer() {
    stop_ = true;
    ::shutdown(fd_, SHUT_RDWR);
    thread_.join();
    ::close(fd_);
  }
  uint16_t port() const { return port_; }

 private:
  void serve() {
    while (!stop_) {
      const int client = ::accept(fd_, nullptr, nullptr);
      if (client < 0) return;
      for (size_t i = 0; !stop_; ++i) {
        if (::send(client, &answer_[i % answer_.size()], 1, MSG_NOSIGNAL) != 1) break;
        if (i > 100) std::this_thread::sleep_for(1ms);
        if (after_ == After::kHangUp && i + 1 == answer_.size()) break;
      }
      const linger at_once = {.l_onoff = 1, .l_linger = 0};
      ::setsockopt(client, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
      ::close(client);
    }
  }
  std::string answer_;
  After after_;
  int fd_ = -1;
  uint16_t port_ = 0;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

TEST(HostileRemote, EndsWhateverTheServerDoes) {
  const std::pair<const char*, const char*> cases[] = {
      {"http", "HTTP/1.1 200 OK\r\nX: y\r\nContent-Length: 99999999999\r\n\r\n"},
      {"http", "HTTP/1.1 200 OK\r\nX: y\r\nX: "},
      {"http", "SSH-2.0-OpenSSH_9.2\r\n"},
      {"http", "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"},
      {"redis", "$99999999999\r\nabc"},
      {"redis", "*2147483647\r\n"},
      {"redis", "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n"},
      {"redis", "$-99999\r\n"},
      {"redis", "-ERR \x1b[2J\r\n"},
      {"redis", "+OK\r\n"},
      {"redis", ":1\r\n"},
      {"redis", "HTTP/1.1 400 Bad Request\r\n\r\n"},
      {"redis", "a"},
  };
  for (const auto& [scheme, answer] : cases) {
    HostileServer server(answer);
    const auto store =
        open_remote(fmt::format("{}://127.0.0.1:{}|timeout=200ms", scheme, server.port()));
    const auto got = store->get(key_of("x"));
    ASSERT_FALSE(got) << scheme << ": " << answer;
    EXPECT_EQ(got.error().to_string().find('\x1b'), std::string::npos);
  }
}

// A signal for writing to a connection that is gone would end the host.
TEST(HostileRemote, ThatHangsUpRaisesNoSignal) {
  for (const char* scheme : {"http", "redis"}) {
    // One byte that is no answer in either protocol, and then the end.
    HostileServer server("?", HostileServer::After::kHangUp);
    const auto store =
        open_remote(fmt::format("{}://127.0.0.1:{}|rest=1ms", scheme, server.port()));
    const auto large = noise(8'000'000);
    for (int i = 0; i < 5; ++i) {
      const auto put = store->put(key_of("x"), large, 10s);
      EXPECT_FALSE(put && *put) << scheme;
      std::this_thread::sleep_for(5ms);
    }
  }
}

TEST(NginxRemote, LayoutsAreFilesOnTheServer) {
  if (const std::string missing = Nginx::missing(); !missing.empty()) GTEST_SKIP() << missing;
  Nginx server;
  ASSERT_TRUE(server.start()) << server.log();
  const Digest key = key_of("k");
  const std::string hex = key.hex();
  const std::pair<const char*, std::string> layouts[] = {
      {"subdirs", hex.substr(0, 2) + "/" + hex.substr(2) + ".entry"},
      {"flat", hex + ".entry"},
      {"bazel", "ac/" + hex}};
  for (const auto& [layout, path] : layouts) {
    const auto store = open_remote(fmt::format("{}base/|layout={}", server.url(), layout));
    const auto put = store->put(key, noise(64), 10s);
    ASSERT_TRUE(put) << put.error().to_string() << server.log();
    EXPECT_EQ(cache_test::read_file(server.files() + "/base/" + path), noise(64));
    EXPECT_EQ(store->get(key)->file, noise(64));
  }
}

TEST(NginxRemote, AServerThatTakesNothingStillServes) {
  if (const std::string missing = Nginx::missing(); !missing.empty()) GTEST_SKIP() << missing;
  Nginx server({.writable = false});
  ASSERT_TRUE(server.start()) << server.log();
  const auto store = open_remote(server.url() + "|layout=flat");
  cache_test::write_file(server.files() + "/" + key_of("k").hex() + ".entry", noise(10));
  const auto put = store->put(key_of("other"), noise(10), 10s);
  ASSERT_FALSE(put);
  EXPECT_THAT(put.error().message(), HasSubstr("status 405"));
  EXPECT_EQ(store->get(key_of("k"))->state, State::kHit);
}

TEST(NginxRemote, RedirectsAreNotFollowed) {
  if (const std::string missing = Nginx::missing(); !missing.empty()) GTEST_SKIP() << missing;
  Nginx target;
  ASSERT_TRUE(target.start()) << target.log();
  Nginx server({.location = fmt::format("return 302 {}stolen;", target.url())});
  ASSERT_TRUE(server.start()) << server.log();
  ::setenv("WEIR_TEST_SECRET", "s3cret", 1);
  const auto store = open_remote(server.url() + "|token-env=WEIR_TEST_SECRET");
  ::unsetenv("WEIR_TEST_SECRET");
  const auto got = store->get(key_of("k"));
  ASSERT_FALSE(got);
  EXPECT_THAT(got.error().message(), HasSubstr("redirects"));
  target.stop();
  EXPECT_TRUE(cache_test::read_file(target.folder() + "/access.log").empty());
}

TEST(NginxRemote, Credentials) {
  if (const std::string missing = Nginx::missing(); !missing.empty()) GTEST_SKIP() << missing;
  // Basic of "ci" and "s3cret", or the token.
  Nginx server({.location = "   set $ok 0;\n"
                            "   if ($http_authorization = 'Basic Y2k6czNjcmV0') { set $ok 1; }\n"
                            "   if ($http_authorization = 'Bearer s3cret') { set $ok 1; }\n"
                            "   if ($ok = 0) { return 401; }\n"});
  ASSERT_TRUE(server.start()) << server.log();
  ::setenv("WEIR_TEST_SECRET", "s3cret", 1);
  const auto nobody = open_remote(server.url());
  const auto basic = open_remote(server.url() + "|user=ci|password-env=WEIR_TEST_SECRET");
  const auto bearer = open_remote(server.url() + "|token-env=WEIR_TEST_SECRET");
  ::setenv("WEIR_TEST_SECRET", "guess", 1);
  const auto wrong = open_remote(server.url() + "|user=ci|password-env=WEIR_TEST_SECRET");
  ::unsetenv("WEIR_TEST_SECRET");
  for (const RemoteStore* store : {nobody.get(), wrong.get()}) {
    const auto got = const_cast<RemoteStore*>(store)->get(key_of("k"));
    ASSERT_FALSE(got);
    EXPECT_THAT(got.error().message(), HasSubstr("refuses access (status 401)"));
    EXPECT_THAT(got.error().to_string(), ::testing::Not(HasSubstr("guess")));
  }
  for (const auto* store : {&basic, &bearer}) {
    const auto got = (*store)->get(key_of("k"));
    ASSERT_TRUE(got) << got.error().to_string();
    EXPECT_EQ(got->state, State::kAbsent);
  }
}

TEST(NginxRemote, CertificatesAreVerified) {
  if (const std::string missing = Nginx::missing(); !missing.empty()) GTEST_SKIP() << missing;
  if (::access("/usr/bin/openssl", X_OK) != 0) GTEST_SKIP() << "openssl is not installed";
  Nginx server({.tls = true});
  ASSERT_TRUE(server.start()) << server.log();
  auto unknown = open_remote(server.url())->get(key_of("k"));
  ASSERT_FALSE(unknown);
  EXPECT_THAT(unknown.error().message(), HasSubstr("certificate"));

  const auto known = open_remote(server.url() + "|ca-file=" + server.certificate());
  const auto got = known->get(key_of("k"));
  ASSERT_TRUE(got) << got.error().to_string();
  ASSERT_TRUE(known->put(key_of("k"), noise(5000), 10s));
  EXPECT_EQ(known->get(key_of("k"))->file, noise(5000));

  // Signed by whom we trust, for another name.
  auto other = open_remote(fmt::format("https://127.0.0.1:{}/|ca-file={}", server.port(),
                                       server.certificate()))
                   ->get(key_of("k"));
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error().message(), HasSubstr("certificate"));
}

TEST(RedisRemote, PasswordsAndDatabases) {
  if (const std::string missing = Redis::missing(); !missing.empty()) GTEST_SKIP() << missing;
  Redis server("s3cret");
  ASSERT_TRUE(server.start()) << server.log();
  const auto got = open_remote(server.url())->get(key_of("k"));
  ASSERT_FALSE(got);
  EXPECT_THAT(got.error().message(), HasSubstr("NOAUTH"));
  ::setenv("WEIR_TEST_SECRET", "s3cret", 1);
  const auto one = open_remote(server.url() + "/1|password-env=WEIR_TEST_SECRET");
  const auto two = open_remote(server.url() + "/2|user=default|password-env=WEIR_TEST_SECRET");
  ::unsetenv("WEIR_TEST_SECRET");
  const auto put = one->put(key_of("k"), noise(10), 10s);
  ASSERT_TRUE(put) << put.error().to_string();
  EXPECT_EQ(one->get(key_of("k"))->state, State::kHit);
  EXPECT_EQ(two->get(key_of("k"))->state, State::kAbsent);
}

TEST(RemoteName, IsResolved) {
  if (const std::string missing = Redis::missing(); !missing.empty()) GTEST_SKIP() << missing;
  Redis server;
  ASSERT_TRUE(server.start()) << server.log();
  const auto got =
      open_remote(fmt::format("redis://localhost:{}", server.port()))->get(key_of("k"));
  ASSERT_TRUE(got) << got.error().to_string();
  EXPECT_EQ(got->state, State::kAbsent);
}

TEST(RemoteName, ThatIsNotResolvedIsAnError) {
  for (const char* url : {"http://no-such-host.invalid/", "redis://no-such-host.invalid"}) {
    const auto got = open_remote(url)->get(key_of("k"));
    ASSERT_FALSE(got) << url;
    EXPECT_EQ(got.error().code(), ErrorCode::kCacheUnavailable);
  }
}

}  // namespace
}  // namespace weir
