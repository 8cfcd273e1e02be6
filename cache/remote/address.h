// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where a remote store is and how it is talked to, as one line of text, in the notation that
// ccache's users know:
//
//     https://cache.example.org/weir/|user=ci|password-env=CACHE_PASSWORD
//     redis://10.0.0.7:6379/2|read-only|timeout=200ms
//
//     read-only                    nothing is uploaded, no lease is taken
//     user=NAME                    with a password: HTTP Basic, Redis AUTH
//     password-env=VAR, password-file=PATH
//     token-env=VAR, token-file=PATH       HTTP: Authorization: Bearer
//     ca-file=PATH                 https: who signs the server's certificate, beside nobody else
//     layout=subdirs|flat|bazel    http: KEY is 3f/a07c....entry, 3fa07c....entry or ac/3fa07c...
//     lease=auto|off               whether machines share work through this store
//     connect-timeout=TIME, timeout=TIME, upload-timeout=TIME, rest=TIME
//
// A secret is never part of the text: it would be seen in `ps`, in a shell's history and in logs.
// A URL with a password in it is refused. What is sent to a store is what its own line says.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/support/result.h"

namespace weir {

struct RemoteAddress {
  enum class Kind : uint8_t { kHttp, kRedis };
  enum class Layout : uint8_t { kSubdirs, kFlat, kBazel };

  Kind kind = Kind::kHttp;
  std::string url;  // without attributes; http: ends with a slash
  std::string host;
  uint16_t port = 0;
  uint32_t database = 0;  // Redis
  Layout layout = Layout::kSubdirs;
  bool read_only = false;
  bool leases = true;

  std::string user;
  std::string secret;   // read from the environment or a file when the address is parsed
  bool bearer = false;  // the secret is a token
  std::string ca_file;

  // A store in the same rack answers in a millisecond, one on another continent with TLS in half a
  // second; compiling takes tens of milliseconds, so longer waits are worth nothing.
  std::chrono::milliseconds connect_timeout{500};
  std::chrono::milliseconds timeout{1000};           // of a whole lookup, name resolution included
  std::chrono::milliseconds upload_timeout{10'000};  // of a whole upload, in the background
  // After a failure nobody asks for that long; it doubles with each further one, up to 5 minutes.
  std::chrono::milliseconds rest{5000};
};

// One line. Errors: Usage, with what is known as hint; Io (a secret's file).
Result<RemoteAddress> parse_remote(std::string_view text);
// Several, separated by commas, blanks or line ends; a line that begins with # is a comment.
Result<std::vector<RemoteAddress>> parse_remotes(std::string_view text);

}  // namespace weir
