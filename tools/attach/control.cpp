// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/attach/control.h"

#include <cerrno>
#include <cstring>

#include <fmt/format.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "tools/attach/unix_socket.h"

namespace weir::attach {

namespace {

// One file with a message, as sendmsg() and recvmsg() want room for it.
union FileRoom {
  cmsghdr header;
  char bytes[CMSG_SPACE(sizeof(int))];
};

Error error_of(const Json& json) {
  ErrorCode code = ErrorCode::kInternal;
  const std::string name = json.value("code", "");
  constexpr ErrorCode kCodes[] = {
#define WEIR_ERROR(name, text) ErrorCode::k##name,
#include "frontend/support/errors.def"
#undef WEIR_ERROR
  };
  for (const ErrorCode each : kCodes)
    if (error_code_name(each) == name) code = each;
  return Error(code, json.value("message", "the process gives no reason"))
      .with_hint(json.value("hint", ""));
}

}  // namespace

std::string default_control_path() {
  return default_socket_path("attach.sock");
}

Json error_json(const Error& error) {
  // The first line without its "error: " and its code, so that places (file, program, line) are in.
  std::string text = error.to_string();
  text = text.substr(0, text.find("\nhint: "));
  if (text.starts_with("error: ")) text = text.substr(7);
  const std::string code = fmt::format(" [{}]", error_code_name(error.code()));
  if (const size_t at = text.find(code); at != std::string::npos) text.erase(at, code.size());
  return {{"error",
           {{"code", error_code_name(error.code())}, {"message", text}, {"hint", error.hint()}}}};
}

Result<std::unique_ptr<ControlServer>> ControlServer::at_path(EventLoop& loop,
                                                              const std::string& path,
                                                              Handler handler) {
  WEIR_TRY(Descriptor listener, listen_unix(path, "--control"));
  std::unique_ptr<ControlServer> server(new ControlServer(loop, std::move(handler)));
  server->path_ = path;
  WEIR_CHECK(server->listen_at(std::move(listener)));
  return server;
}

Result<std::unique_ptr<ControlServer>> ControlServer::at_socket(EventLoop& loop,
                                                                Descriptor listener,
                                                                Handler handler) {
  std::unique_ptr<ControlServer> server(new ControlServer(loop, std::move(handler)));
  WEIR_CHECK(server->listen_at(std::move(listener)));
  return server;
}

ControlServer::~ControlServer() {
  for (const Client& client : clients_) loop_.forget(client.socket.get());
  if (listener_) loop_.forget(listener_.get());
  if (!path_.empty()) unlink(path_.c_str());
}

Status ControlServer::listen_at(Descriptor listener) {
  WEIR_CHECK(loop_.watch(listener.get(), EPOLLIN, [this](uint32_t) { accept_one(); }));
  listener_ = std::move(listener);
  return {};
}

void ControlServer::accept_one() {
  Descriptor made(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!made || clients_.size() >= kMaxControlClients) return;
  const ClientPlace client = clients_.emplace(clients_.end());
  client->socket = std::move(made);
  const Status watched = loop_.watch(client->socket.get(), EPOLLIN,
                                     [this, client](uint32_t events) { ready(client, events); });
  if (!watched) clients_.erase(client);
}

void ControlServer::close(ClientPlace client) {
  loop_.forget(client->socket.get());
  clients_.erase(client);
}

void ControlServer::ready(ClientPlace client, uint32_t events) {
  if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0 && !read_more(*client)) return close(client);
  // One question at a time: the next is looked at when the answer has gone.
  size_t end;
  while (client->output.empty() && (end = client->input.find('\n')) != std::string::npos) {
    const Json question = Json::parse(client->input.substr(0, end), nullptr, false);
    client->input.erase(0, end + 1);
    Json answer;
    if (question.is_object()) {
      answer = handler_(question, std::move(client->file));
    } else {
      answer = error_json(Error(ErrorCode::kUsage, "a question is one JSON object on one line"));
    }
    client->file = Descriptor();
    client->output = answer.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
    if (!write_more(*client)) return close(client);
  }
  if (!client->output.empty() && !write_more(*client)) return close(client);
  loop_.change(client->socket.get(), client->output.empty() ? static_cast<uint32_t>(EPOLLIN)
                                                            : static_cast<uint32_t>(EPOLLOUT));
}

bool ControlServer::read_more(Client& client) {
  char bytes[4096];
  iovec place{bytes, sizeof(bytes)};
  FileRoom room;
  msghdr message{};
  message.msg_iov = &place;
  message.msg_iovlen = 1;
  message.msg_control = room.bytes;
  message.msg_controllen = sizeof(room.bytes);
  const ssize_t count = recvmsg(client.socket.get(), &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  if (count < 0) return errno == EAGAIN || errno == EINTR;
  if (count == 0) return false;
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
       part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    int file;
    std::memcpy(&file, CMSG_DATA(part), sizeof(file));
    client.file = Descriptor(file);
  }
  client.input.append(bytes, static_cast<size_t>(count));
  return client.input.size() <= kMaxControlLine;
}

bool ControlServer::write_more(Client& client) {
  while (!client.output.empty()) {
    const ssize_t count = ::send(client.socket.get(), client.output.data(), client.output.size(),
                                 MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno == EAGAIN;
    client.output.erase(0, static_cast<size_t>(count));
  }
  return true;
}

// Tables of all programs and links are a few kilobytes.
constexpr size_t kMaxControlAnswer = size_t{64} << 20;

Result<Json> ask(const std::string& path, const Json& question, int file) {
  auto connected = connect_unix(path, SocketType::kStream);
  if (!connected) {
    return std::move(connected.take_error())
        .with_hint("weir attach listens there while it runs; --control says where else");
  }
  const std::string line = question.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  const auto wait = [&](short events) {
    pollfd waits{connected->get(), events, 0};
    poll(&waits, 1, -1);
  };
  for (size_t sent = 0; sent < line.size();) {
    iovec place{const_cast<char*>(line.data()) + sent, line.size() - sent};
    FileRoom room{};
    msghdr message{};
    message.msg_iov = &place;
    message.msg_iovlen = 1;
    if (file >= 0 && sent == 0) {
      message.msg_control = room.bytes;
      message.msg_controllen = sizeof(room.bytes);
      cmsghdr* const part = CMSG_FIRSTHDR(&message);
      part->cmsg_level = SOL_SOCKET;
      part->cmsg_type = SCM_RIGHTS;
      part->cmsg_len = CMSG_LEN(sizeof(file));
      std::memcpy(CMSG_DATA(part), &file, sizeof(file));
    }
    const ssize_t count = sendmsg(connected->get(), &message, MSG_NOSIGNAL);
    if (count < 0 && errno == EAGAIN) {
      wait(POLLOUT);
    } else if (count < 0 && errno != EINTR) {
      return io_error("ask the process").in_file(path);
    } else if (count > 0) {
      sent += static_cast<size_t>(count);
    }
  }
  std::string answer;
  while (!answer.ends_with('\n')) {
    char bytes[65536];
    const ssize_t count = read(connected->get(), bytes, sizeof(bytes));
    if (count > 0) {
      answer.append(bytes, static_cast<size_t>(count));
      if (answer.size() > kMaxControlAnswer) {
        return Error(ErrorCode::kIo,
                     fmt::format("the answer is longer than {} MiB: no weir attach listens there",
                                 kMaxControlAnswer >> 20))
            .in_file(path);
      }
    } else if (count < 0 && errno == EAGAIN) {
      wait(POLLIN);
    } else if (count == 0 || errno != EINTR) {
      return Error(ErrorCode::kIo, "the process has ended without an answer").in_file(path);
    }
  }
  Json json = Json::parse(answer, nullptr, false);
  if (!json.is_object()) return Error(ErrorCode::kIo, "the answer is no JSON").in_file(path);
  if (json.contains("error") && json["error"].is_object()) return error_of(json["error"]);
  return json;
}

}  // namespace weir::attach
