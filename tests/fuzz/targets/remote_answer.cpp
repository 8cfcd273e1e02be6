// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a remote store answers: HTTP and Redis. The first byte says which, and what is asked.
#include <fmt/format.h>

#include "cache/remote/transport.h"
#include "tests/fuzz/targets/answering.h"
#include "tests/fuzz/targets/target.h"

using namespace weir;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  fuzz::AnsweringServer& server = fuzz::AnsweringServer::tcp();
  server.says(ByteSpan(data, size).subspan(1));
  const uint8_t choice = data[0];
  const std::string url =
      fmt::format("{}://127.0.0.1:{}{}", (choice & 1) != 0 ? "redis" : "http", server.port(),
                  (choice & 1) != 0 ? "/1" : "/weir/|layout=flat");
  const auto address = parse_remote(url);
  fuzz::promise(address.has_value(), "the address is one");
  const auto transport = make_transport(*address);
  constexpr uint64_t kMost = 4096;
  const Deadline deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(200);
  const Digest key = digest_of({data, size});
  constexpr std::chrono::milliseconds kWhile{1000};
  switch ((choice >> 1) % 6) {
    case 0:
    case 1:
      if (const auto got = transport->get(key, kMost, deadline); got && *got)
        fuzz::promise((*got)->size() <= kMost, "no more than was allowed");
      break;
    case 2: (void)transport->has(key, deadline); break;
    case 3: (void)transport->put(key, {data, size}, deadline); break;
    case 4:
      if (const auto lease = transport->acquire(key, kWhile, deadline);
          lease && lease->state == LeaseReply::State::kHeld)
        (void)transport->renew(key, lease->token, kWhile, deadline);
      break;
    default: (void)transport->release(key, "token", deadline); break;
  }
  return 0;
}
