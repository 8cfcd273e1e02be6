// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sockets of `weir attach`: questions to the process that filters (what it is asked to load is
// taken apart, not loaded), its answers, QEMU's monitor. The first byte says which.
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/fuzz/targets/answering.h"
#include "tests/fuzz/targets/target.h"
#include "tools/attach/control.h"
#include "tools/attach/qmp.h"
#include "tools/attach/unix_socket.h"
#include "tools/attach_program.h"

using namespace weir;
using namespace weir::attach;

namespace {

Json answer(const Json& question, const Descriptor&) {
  const auto choice = tool::choice_from_json(question);
  if (!choice) return error_json(choice.error());
  const Json again = tool::choice_json(*choice);
  fuzz::promise(tool::choice_from_json(again).has_value(), "a choice comes back from its JSON");
  return again;
}

void ask_server(ByteSpan bytes) {
  // A loop runs once.
  const auto loop = EventLoop::create();
  const std::string path = fuzz::scratch_folder() + "/control.sock";
  fuzz::promise(loop.has_value(), "there is a loop");
  const auto server = ControlServer::at_path(**loop, path, answer);
  fuzz::promise(server.has_value(), "the server listens");
  auto client = connect_unix(path, SocketType::kStream);
  if (!client) return;
  (void)::send(client->get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  (void)::shutdown(client->get(), SHUT_WR);
  bool hung_up = false;
  const auto watched = (*loop)->watch(client->get(), EPOLLIN, [&](uint32_t) {
    char sink[4096];
    if (::recv(client->get(), sink, sizeof sink, MSG_DONTWAIT) > 0) return;
    hung_up = true;
    (*loop)->forget(client->get());
    (*loop)->stop();
  });
  if (!watched) return;
  (void)(*loop)->after(std::chrono::seconds(5), [&] { (*loop)->stop(); });
  (*loop)->run();
  fuzz::promise(hung_up, "who has said all is answered and let go");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const ByteSpan bytes = ByteSpan(data, size).subspan(1);
  if (data[0] % 3 == 0) {
    ask_server(bytes);
    return 0;
  }
  fuzz::AnsweringServer& server = fuzz::AnsweringServer::unix_path();
  server.says(bytes);
  if (data[0] % 3 == 1) {
    (void)ask(server.path(), Json{{"command", "stats"}, {"link", "*"}});
  } else if (auto qmp = Qmp::connect(server.path(), std::chrono::milliseconds(200))) {
    (void)qmp->run("query-status");
  }
  return 0;
}
