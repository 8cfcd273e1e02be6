// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How a running process is asked to do things: a Unix stream socket, a line of JSON for each
// question and one for each answer. A question may bring an open file along, so that the process
// that filters needs no way to the files of those who load programs. Who may connect is a matter of
// the socket's permissions: 0600 where it is made here.
//
//   {"command": "stats", "link": "*"}    {"error": {"code": "not-found", "message": "..."}}
#pragma once

#include <list>

#include <nlohmann/json.hpp>

#include "tools/attach/event_loop.h"

namespace weir::attach {

using Json = nlohmann::ordered_json;

// A longer line ends the connection.
inline constexpr size_t kMaxControlLine = 64 * 1024;
inline constexpr size_t kMaxControlClients = 64;

// $XDG_RUNTIME_DIR/weir/attach.sock; /run/weir/attach.sock where that is not set.
std::string default_control_path();

class ControlServer {
 public:
  using Handler = std::function<Json(const Json& question, Descriptor file)>;

  // Listens at a path, which is made anew; its folder is made if it is not there.
  static Result<std::unique_ptr<ControlServer>> at_path(EventLoop& loop, const std::string& path,
                                                        Handler handler);
  // Takes a socket that listens already.
  static Result<std::unique_ptr<ControlServer>> at_socket(EventLoop& loop, Descriptor listener,
                                                          Handler handler);
  ~ControlServer();

 private:
  struct Client {
    Descriptor socket;
    std::string input, output;
    Descriptor file;
  };
  using ClientPlace = std::list<Client>::iterator;
  ControlServer(EventLoop& loop, Handler handler) : loop_(loop), handler_(std::move(handler)) {}
  Status listen_at(Descriptor listener);
  void accept_one();
  void ready(ClientPlace client, uint32_t events);
  bool read_more(Client& client);
  bool write_more(Client& client);
  void close(ClientPlace client);

  EventLoop& loop_;
  Handler handler_;
  std::string path_;  // to take away at the end; empty: somebody else's
  Descriptor listener_;
  std::list<Client> clients_;
};

Json error_json(const Error& error);

// Asks and waits for the answer. An answer that is an error becomes one. `file`: -1 for none.
Result<Json> ask(const std::string& path, const Json& question, int file = -1);

}  // namespace weir::attach
