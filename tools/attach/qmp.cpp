// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/attach/qmp.h"

#include <cerrno>

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include "frontend/support/text.h"
#include "tools/attach/unix_socket.h"

namespace weir::attach {

namespace {
constexpr size_t kMaxAnswer = 16 << 20;
}  // namespace

Result<Qmp> Qmp::connect(const std::string& path, std::chrono::milliseconds limit) {
  WEIR_TRY(Descriptor socket, connect_unix(path, SocketType::kStream));
  Qmp qmp(path, std::move(socket), limit);
  WEIR_TRY(const Json greeting, qmp.next_message());
  if (!greeting.contains("QMP"))
    return Error(ErrorCode::kIo, "what answers there is no QMP monitor").in_file(path);
  WEIR_TRY(const Json ready, qmp.run("qmp_capabilities"));
  return qmp;
}

Status Qmp::send(const Json& message) {
  const std::string line = message.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  for (size_t sent = 0; sent < line.size();) {
    const ssize_t count =
        ::send(socket_.get(), line.data() + sent, line.size() - sent, MSG_NOSIGNAL);
    if (count > 0) {
      sent += static_cast<size_t>(count);
    } else if (errno == EAGAIN) {
      pollfd waits{socket_.get(), POLLOUT, 0};
      if (poll(&waits, 1, static_cast<int>(limit_.count())) == 0)
        return Error(ErrorCode::kIo, "QEMU takes no commands").in_file(path_);
    } else if (errno != EINTR) {
      return io_error("ask QEMU").in_file(path_);
    }
  }
  return {};
}

Result<Json> Qmp::next_message() {
  const auto end = EventLoop::Clock::now() + limit_;
  for (;;) {
    if (const size_t at = input_.find('\n'); at != std::string::npos) {
      Json message = Json::parse(input_.substr(0, at), nullptr, false);
      input_.erase(0, at + 1);
      if (!message.is_object())
        return Error(ErrorCode::kIo, "QEMU's answer is no JSON").in_file(path_);
      return message;
    }
    if (input_.size() > kMaxAnswer)
      return Error(ErrorCode::kLimit, "QEMU's answer has no end").in_file(path_);
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(end - EventLoop::Clock::now()).count();
    pollfd waits{socket_.get(), POLLIN, 0};
    const int ready = left <= 0 ? 0 : poll(&waits, 1, static_cast<int>(left));
    if (ready < 0 && errno == EINTR) continue;
    if (ready == 0) {
      return Error(ErrorCode::kIo, fmt::format("no answer from QEMU in {} ms", limit_.count()))
          .in_file(path_)
          .with_hint("a monitor serves one client at a time: is another one connected?");
    }
    char bytes[65536];
    const ssize_t count = read(socket_.get(), bytes, sizeof(bytes));
    if (count == 0) return Error(ErrorCode::kIo, "QEMU has closed the monitor").in_file(path_);
    if (count < 0 && errno != EAGAIN && errno != EINTR) return io_error("hear QEMU").in_file(path_);
    if (count > 0) input_.append(bytes, static_cast<size_t>(count));
  }
}

Result<Json> Qmp::run(const std::string& command, const Json& arguments) {
  Json question = {{"execute", command}};
  if (!arguments.empty()) question["arguments"] = arguments;
  WEIR_CHECK(send(question));
  for (;;) {
    WEIR_TRY(Json message, next_message());
    if (message.contains("return")) return std::move(message["return"]);
    if (!message.contains("error")) continue;  // an event
    const Json& error = message["error"];
    const std::string kind = error.value("class", "");
    return Error(kind == "DeviceNotFound" ? ErrorCode::kNotFound : ErrorCode::kIo,
                 fmt::format("QEMU refuses {}: {}", command,
                             printable(error.value("desc", "no reason given"), 1000)))
        .in_file(path_);
  }
}

}  // namespace weir::attach
