// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A server that says the same to everybody, whatever it is asked, and hangs up: the other side of
// clients that have to stand any answer.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "frontend/support/bytes.h"

namespace weir::fuzz {

class AnsweringServer {
 public:
  // On a free port of 127.0.0.1, or at a path.
  static AnsweringServer& tcp();
  static AnsweringServer& unix_path();
  AnsweringServer(const AnsweringServer&) = delete;
  AnsweringServer& operator=(const AnsweringServer&) = delete;

  // What clients that connect from now on are told.
  void says(ByteSpan bytes);
  uint16_t port() const { return port_; }
  const std::string& path() const { return path_; }

 private:
  explicit AnsweringServer(std::string path);
  void serve();

  struct State;
  State* state_;  // never freed: its thread lives as long as the process
  uint16_t port_ = 0;
  std::string path_;
};

}  // namespace weir::fuzz
