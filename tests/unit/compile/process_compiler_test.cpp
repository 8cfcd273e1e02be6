// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The client against servers that answer what they should not, or not at all. The real server is
// tested by tests/cli/compile_server_test.py.
#include "runtime/compile/process_compiler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <functional>
#include <thread>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "frontend/verifier/verifier.h"
#include "runtime/native/native_object.h"
#include "tests/unit/engine/fakes.h"

namespace weir {
namespace {

using namespace engine_test;
using ::testing::HasSubstr;

// Takes a connection at a time and has `answer` deal with it after a whole request has come.
class Server {
 public:
  using Answer = std::function<void(int socket, ByteSpan request)>;
  explicit Server(Answer answer) : answer_(std::move(answer)) {
    char name[] = "/tmp/weir-compile-XXXXXX";
    folder_ = ::mkdtemp(name);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path().data(), path().size());
    listener_ = UniqueFd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    EXPECT_EQ(::listen(listener_.get(), 5), 0);
    thread_ = std::thread([this] { serve(); });
  }
  ~Server() {
    ::shutdown(listener_.get(), SHUT_RDWR);
    thread_.join();
    std::filesystem::remove_all(folder_);
  }
  std::string path() const { return folder_ + "/socket"; }

 private:
  static bool read_all(int fd, std::span<uint8_t> bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ::recv(fd, bytes.data(), bytes.size(), 0);
      if (count <= 0) return false;
      bytes = bytes.subspan(static_cast<size_t>(count));
    }
    return true;
  }
  void serve() {
    for (;;) {
      const UniqueFd connection(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!connection) return;
      for (;;) {
        uint8_t start[kMessageHeader];
        if (!read_all(connection.get(), start)) break;
        const auto header = read_header(start, kMaxRequestBytes);
        std::vector<uint8_t> body(header ? header->size : 0);
        if (!read_all(connection.get(), body)) break;
        answer_(connection.get(), body);
      }
    }
  }
  Answer answer_;
  std::string folder_;
  UniqueFd listener_;
  std::thread thread_;
};

void send_bytes(int socket, ByteSpan bytes) {
  (void)::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

// What a server does, with a compiler that is not one.
void compile_fake(int socket, ByteSpan bytes) {
  const auto request = request_from_bytes(bytes);
  ASSERT_TRUE(request) << request.error().to_string();
  const VerifiedProgram program = *verify(Program(request->program), request->options);
  FakeCompiler compiler;
  send_bytes(socket,
             message(MessageKind::kObject, *compiler.compile_object(std::span(&program, 1))));
}

Result<std::vector<uint8_t>> compile(ProcessCompiler& compiler) {
  CompileOptions options;
  options.cpu = host_cpu();
  const VerifiedProgram program = *verify(seven(), options);
  return compiler.compile_object(std::span(&program, 1));
}

TEST(ProcessCompilerTest, AsksAgainAndAgain) {
  Server server(compile_fake);
  const auto compiler = ProcessCompiler::at(server.path());
  for (int i = 0; i < 3; ++i) {
    const auto object = compile(*compiler);
    ASSERT_TRUE(object) << object.error().to_string();
    EXPECT_TRUE(NativeObject::parse(*object));
  }
}

TEST(ProcessCompilerTest, FindsAServerThatWasRestarted) {
  std::optional<Server> server;
  server.emplace(compile_fake);
  const std::string path = server->path();
  auto compiler = ProcessCompiler::at(path);
  ASSERT_TRUE(compile(*compiler));
  compiler->cancel();  // so that the server's thread ends
  server.reset();
  compiler = ProcessCompiler::at(path);
  const auto gone = compile(*compiler);
  ASSERT_FALSE(gone);
  EXPECT_THAT(gone.error().to_string(), HasSubstr("no compile server answers"));
}

TEST(ProcessCompilerTest, ErrorsOfTheCompilerArriveWhole) {
  const Error error = Error(ErrorCode::kLimit, "too large").at({.program = "p", .instruction = 3});
  Server server([&](int socket, ByteSpan) {
    send_bytes(socket, message(MessageKind::kError, error_to_bytes(error)));
  });
  const auto compiler = ProcessCompiler::at(server.path());
  EXPECT_EQ(compile(*compiler).error().to_string(), error.to_string());
  EXPECT_EQ(compiler->deaths(), 0U);
}

TEST(ProcessCompilerTest, ACrashIsACount) {
  Server server([](int socket, ByteSpan) {
    send_bytes(socket, message(MessageKind::kDied,
                               error_to_bytes(Error(ErrorCode::kCompilerFailed, "signal 11"))));
  });
  const auto compiler = ProcessCompiler::at(server.path());
  EXPECT_THAT(compile(*compiler).error().to_string(), HasSubstr("signal 11"));
  EXPECT_THAT(compile(*compiler).error().to_string(), HasSubstr("signal 11"));
  EXPECT_EQ(compiler->deaths(), 2U);
}

TEST(ProcessCompilerTest, NoAnswerTakesNoLongerThanItMay) {
  Server server([](int, ByteSpan) {});
  const auto compiler =
      ProcessCompiler::at(server.path(), {.patience = std::chrono::milliseconds(50)});
  EXPECT_THAT(compile(*compiler).error().to_string(), HasSubstr("has not answered"));
}

TEST(ProcessCompilerTest, WrongAnswersAreErrors) {
  const std::vector<std::vector<uint8_t>> answers = {{'x'},  // and nothing more
                                                     std::vector<uint8_t>(kMessageHeader, 0xff),
                                                     message(MessageKind::kRequest, {}),
                                                     [] {  // announces more than any object has
                                                       ByteWriter out;
                                                       out.write(kMessageMagic);
                                                       out.write(MessageKind::kObject);
                                                       out.write(UINT64_MAX);
                                                       return out.take();
                                                     }()};
  for (const auto& answer : answers) {
    Server server([&](int socket, ByteSpan) {
      send_bytes(socket, answer);
      ::shutdown(socket, SHUT_RDWR);
    });
    const auto compiler = ProcessCompiler::at(server.path());
    EXPECT_FALSE(compile(*compiler)) << answer.size();
  }
}

TEST(ProcessCompilerTest, IsCalledOff) {
  std::atomic<bool> asked = false;
  Server server([&](int, ByteSpan) { asked = true; });
  const auto compiler = ProcessCompiler::at(server.path());
  std::thread other([&] {
    while (!asked) std::this_thread::yield();
    compiler->cancel();
  });
  EXPECT_FALSE(compile(*compiler));
  other.join();
  EXPECT_THAT(compile(*compiler).error().to_string(), HasSubstr("called off"));
}

TEST(ProcessCompilerTest, NoCodeForThisProcess) {
  const auto compiler = ProcessCompiler::at("/nowhere");
  const VerifiedProgram program = *verify(seven(), {});
  EXPECT_THAT(compiler->compile_jit(program).error().to_string(), HasSubstr("another process"));
}

TEST(ProcessCompilerTest, NoSuchCommand) {
  const auto made = ProcessCompiler::start("/nowhere/weir");
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().to_string(), HasSubstr("/nowhere/weir"));
}

TEST(ProcessCompilerTest, ACommandThatIsNoServer) {
  const auto made = ProcessCompiler::start("/bin/true");
  ASSERT_TRUE(made);
  EXPECT_FALSE(compile(**made));
}

}  // namespace
}  // namespace weir
