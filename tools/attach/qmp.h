// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A conversation with QEMU's monitor (QMP): a line of JSON for each command and each answer, with
// events in between that are not for us.
#pragma once

#include <nlohmann/json.hpp>

#include "tools/attach/event_loop.h"

namespace weir::attach {

using Json = nlohmann::ordered_json;

class Qmp {
 public:
  // Connects and gets past the greeting. A monitor serves one client at a time, and a QEMU that
  // hangs answers nobody: both end after `limit`.
  static Result<Qmp> connect(const std::string& path, std::chrono::milliseconds limit);

  // What the command returns. Errors are QEMU's own words; kNotFound for its DeviceNotFound.
  Result<Json> run(const std::string& command, const Json& arguments = Json::object());

 private:
  Qmp(std::string path, Descriptor socket, std::chrono::milliseconds limit)
      : path_(std::move(path)), socket_(std::move(socket)), limit_(limit) {}
  Result<Json> next_message();
  Status send(const Json& message);

  std::string path_;
  Descriptor socket_;
  std::chrono::milliseconds limit_;
  std::string input_;
};

}  // namespace weir::attach
