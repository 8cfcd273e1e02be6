// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tests/support/servers.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include <fmt/format.h>

namespace weir::testing {

namespace {

constexpr const char* kNginx = "/usr/sbin/nginx";
constexpr const char* kNginxDavExt = "/usr/lib/nginx/modules/ngx_http_dav_ext_module.so";
constexpr const char* kApache = "/usr/sbin/apache2";
constexpr const char* kRedis = "/usr/bin/redis-server";
constexpr const char* kOpenssl = "/usr/bin/openssl";

sockaddr_in loopback(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

uint16_t free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  if (::bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    address.sin_port = 0;
  }
  ::close(fd);
  return ntohs(address.sin_port);
}

bool answers(uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(port);
  const bool ok = ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(fd);
  return ok;
}

void write_text(const std::string& path, const std::string& text) {
  std::ofstream(path) << text;
}

std::string read_text(const std::string& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

// Runs a program, its output into `log`. Gives the process.
pid_t spawn(const std::vector<std::string>& command, const std::string& log) {
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int fd = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    ::dup2(fd, STDOUT_FILENO);
    ::dup2(fd, STDERR_FILENO);
    ::execv(arguments[0], arguments.data());
    ::_exit(127);
  }
  return pid;
}

}  // namespace

Server::Server(std::string name) : name_(std::move(name)), port_(free_port()) {
  std::string pattern =
      fmt::format("{}/weir_{}_XXXXXX", std::filesystem::temp_directory_path().string(), name_);
  if (::mkdtemp(pattern.data()) != nullptr) folder_ = pattern;
}

Server::~Server() {
  stop();
  std::error_code ignored;
  if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
}

bool Server::start() {
  if (pid_ > 0) return true;
  pid_ = spawn(command(), folder_ + "/log");
  for (int i = 0; i < 1000; ++i) {
    if (answers(port_)) return true;
    int status;
    if (::waitpid(pid_, &status, WNOHANG) == pid_) {
      pid_ = -1;
      return false;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

void Server::stop() {
  if (pid_ <= 0) return;
  thaw();
  ::kill(pid_, SIGTERM);
  int status;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
}

void Server::freeze() {
  if (pid_ > 0) ::kill(pid_, SIGSTOP);
}

void Server::thaw() {
  if (pid_ > 0) ::kill(pid_, SIGCONT);
}

std::string Server::log() const {
  return read_text(folder_ + "/log") + read_text(folder_ + "/error.log");
}

std::string Nginx::missing() {
  if (::access(kNginx, X_OK) != 0) return "nginx is not installed";
  if (::access(kNginxDavExt, R_OK) != 0) return "libnginx-mod-http-dav-ext is not installed";
  return {};
}

Nginx::Nginx(NginxOptions options) : Server("nginx"), options_(std::move(options)) {
  ::mkdir(files().c_str(), 0700);
  std::string listen, dav;
  if (options_.tls) {
    const std::string key = folder() + "/key.pem";
    const pid_t pid =
        spawn({kOpenssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
               "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
               "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate()},
              folder() + "/log");
    int status;
    ::waitpid(pid, &status, 0);
    listen =
        fmt::format("ssl;\n  ssl_certificate {};\n  ssl_certificate_key {}", certificate(), key);
  }
  if (options_.writable) dav += "   dav_methods PUT DELETE MKCOL;\n   create_full_put_path on;\n";
  if (options_.locks)
    dav += "   dav_ext_methods OPTIONS LOCK UNLOCK;\n   dav_ext_lock zone=weir;\n";
  // As root, else its worker could not write; it is one process and no daemon.
  write_text(folder() + "/nginx.conf",
             fmt::format("load_module {0};\ndaemon off;\nmaster_process off;\n{6}pid {1}/pid;\n"
                         "error_log {1}/error.log;\nevents {{ worker_connections 512; }}\n"
                         "http {{\n access_log {1}/access.log;\n client_body_temp_path {1}/body;\n"
                         " proxy_temp_path {1}/p;\n fastcgi_temp_path {1}/f;\n"
                         " uwsgi_temp_path {1}/u;\n scgi_temp_path {1}/s;\n"
                         " dav_ext_lock_zone zone=weir:1m timeout=2;\n"
                         " server {{\n  listen 127.0.0.1:{2} {3};\n  root {1}/files;\n"
                         "  client_max_body_size 300m;\n"
                         "  location / {{\n{4}{5}\n  }}\n }}\n}}\n",
                         kNginxDavExt, folder(), port(), listen, dav, options_.location,
                         ::geteuid() == 0 ? "user root;\n" : ""));
}

std::string Nginx::url() const {
  return options_.tls ? fmt::format("https://localhost:{}/", port())
                      : fmt::format("http://127.0.0.1:{}/", port());
}

std::vector<std::string> Nginx::command() const {
  return {kNginx, "-p", folder(), "-c", folder() + "/nginx.conf", "-e", folder() + "/error.log"};
}

std::string Apache::missing() {
  return ::access(kApache, X_OK) == 0 ? "" : "apache2-bin is not installed";
}

Apache::Apache() : Server("apache") {
  // Started by root it works as another user, which must be able to write here.
  std::string user;
  if (::geteuid() == 0) user = "User www-data\nGroup www-data\n";
  ::chmod(folder().c_str(), 0755);
  for (const char* name : {"/files", "/locks"}) {
    ::mkdir((folder() + name).c_str(), 0777);
    ::chmod((folder() + name).c_str(), 0777);
  }
  std::string modules;
  for (const char* name : {"mpm_event", "authz_core", "dav", "dav_fs"}) {
    modules += fmt::format("LoadModule {0}_module /usr/lib/apache2/modules/mod_{0}.so\n", name);
  }
  write_text(folder() + "/apache.conf",
             fmt::format("ServerRoot {0}\nPidFile {0}/pid\nListen 127.0.0.1:{1}\n"
                         "ServerName localhost\n{2}{3}ErrorLog {0}/error.log\n"
                         "DavLockDB {0}/locks/db\nDocumentRoot {0}/files\n"
                         "<Directory {0}/files>\n Dav On\n"
                         " <Limit GET HEAD PUT DELETE>\n  Require all granted\n </Limit>\n"
                         " <LimitExcept GET HEAD PUT DELETE>\n  Require all denied\n"
                         " </LimitExcept>\n</Directory>\n",
                         folder(), port(), modules, user));
}

std::string Apache::url() const {
  return fmt::format("http://127.0.0.1:{}/", port());
}

std::vector<std::string> Apache::command() const {
  return {kApache, "-X", "-f", folder() + "/apache.conf"};
}

std::string Redis::missing() {
  return ::access(kRedis, X_OK) == 0 ? "" : "redis-server is not installed";
}

Redis::Redis(std::string password) : Server("redis"), password_(std::move(password)) {}

std::string Redis::url() const {
  return fmt::format("redis://127.0.0.1:{}", port());
}

std::vector<std::string> Redis::command() const {
  std::vector<std::string> words = {
      kRedis, "--port", std::to_string(port()), "--bind", "127.0.0.1", "--dir", folder()};
  // SIGTERM saves what is there, and the next start reads it.
  words.insert(words.end(), {"--save", "3600", "1"});
  if (!password_.empty()) words.insert(words.end(), {"--requirepass", password_});
  return words;
}

}  // namespace weir::testing
