// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The servers that remote stores are made of, as Debian packages them, started on a free port of
// the loopback interface with a folder of their own. What is missing on a machine is a reason to
// skip: kind::missing() says it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace weir::testing {

class Server {
 public:
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  virtual ~Server();

  // Both wait until the server answers, or has ended. start() after stop() finds the same port and
  // data. False: it did not come up; log() says why.
  bool start();
  void stop();
  // The process stands still: connections are taken by the kernel and nobody answers.
  void freeze();
  void thaw();

  uint16_t port() const { return port_; }
  virtual std::string url() const = 0;
  const std::string& folder() const { return folder_; }
  std::string log() const;

 protected:
  explicit Server(std::string name);
  virtual std::vector<std::string> command() const = 0;

 private:
  std::string name_;
  std::string folder_;
  uint16_t port_ = 0;
  pid_t pid_ = -1;
};

struct NginxOptions {
  bool locks = true;          // the module for LOCK
  bool writable = true;       // PUT
  bool tls = false;           // with a certificate for "localhost" signed by itself
  std::string location = {};  // more lines for `location /`
};

class Nginx final : public Server {
 public:
  static std::string missing();
  explicit Nginx(NginxOptions options = {});
  std::string url() const override;
  std::string files() const { return folder() + "/files"; }
  std::string certificate() const { return folder() + "/certificate.pem"; }

 private:
  std::vector<std::string> command() const override;
  NginxOptions options_;
};

// With WebDAV, but without LOCK: it heeds If-None-Match.
class Apache final : public Server {
 public:
  static std::string missing();
  Apache();
  std::string url() const override;

 private:
  std::vector<std::string> command() const override;
};

class Redis final : public Server {
 public:
  static std::string missing();
  explicit Redis(std::string password = {});
  std::string url() const override;

 private:
  std::vector<std::string> command() const override;
  std::string password_;
};

}  // namespace weir::testing
