// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "cache/remote/address.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <optional>

#include <fmt/format.h>

#include "cache/file_io.h"
#include "frontend/support/bytes.h"
#include "frontend/support/text.h"

namespace weir {

namespace {

constexpr uint64_t kMaxSecret = 64 << 10;  // a token of 64 KiB is none

Error usage(std::string message) {
  return Error(ErrorCode::kUsage, std::move(message));
}

Result<std::string> secret_of_variable(const std::string& name) {
  const char* value = ::secure_getenv(name.c_str());
  if (value == nullptr || *value == 0) {
    return usage(fmt::format("the variable {} is not set", printable(name)));
  }
  return std::string(value);
}

// What libpq asks of a password file: others can do nothing with it; of root's, its group may read.
Result<std::string> secret_of_file(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) return io_error("read the secret", path, errno);
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return io_error("read the secret", path, errno);
  if (!S_ISREG(info.st_mode)) return usage("no regular file").in_file(path);
  const mode_t forbidden = info.st_uid == 0 ? 0037 : 0077;
  if ((info.st_mode & forbidden) != 0) {
    return Error(ErrorCode::kCacheOwner, "others may use the file with the secret")
        .in_file(path)
        .with_hint("chmod 600 " + shell_quote(path));
  }
  WEIR_TRY(const Buffer bytes, read_start(fd.get(), kMaxSecret, path));
  std::string_view text = as_text(bytes.span());
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  if (text.empty()) return usage("the file is empty").in_file(path);
  return std::string(text);
}

// "250ms", "2s", "1m".
Result<std::chrono::milliseconds> parse_time(std::string_view text) {
  uint64_t number = 0;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit(end, text.data() + text.size());
  const uint64_t factor = unit == "ms" ? 1 : unit == "s" ? 1000 : unit == "m" ? 60'000 : 0;
  constexpr uint64_t kMost = 3'600'000;
  if (bad != std::errc() || factor == 0 || number == 0 || number > kMost / factor) {
    return usage(fmt::format("'{}' is no time", printable(text)))
        .with_hint("write a number and ms, s or m, for example 250ms; at most an hour");
  }
  return std::chrono::milliseconds(number * factor);
}

Status set_attribute(RemoteAddress& address, std::string_view name, std::string_view value) {
  const bool is_flag = value.data() == nullptr;
  const std::string text(value);
  const bool http = address.kind == RemoteAddress::Kind::kHttp;
  auto set_secret = [&](Result<std::string> secret, bool bearer) -> Status {
    if (!address.secret.empty()) return usage("two secrets for one store");
    WEIR_TRY(address.secret, std::move(secret));
    // A header and a command of Redis hold anything but this.
    if (address.secret.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) {
      return usage("the secret has more than one line");
    }
    address.bearer = bearer;
    return {};
  };
  if (is_flag) {
    if (name != "read-only") return usage(fmt::format("unknown attribute '{}'", printable(name)));
    address.read_only = true;
    return {};
  }
  if (name == "user") {
    address.user = text;
  } else if (name == "password-env") {
    WEIR_CHECK(set_secret(secret_of_variable(text), false));
  } else if (name == "password-file") {
    WEIR_CHECK(set_secret(secret_of_file(text), false));
  } else if (name == "token-env" && http) {
    WEIR_CHECK(set_secret(secret_of_variable(text), true));
  } else if (name == "token-file" && http) {
    WEIR_CHECK(set_secret(secret_of_file(text), true));
  } else if (name == "ca-file" && http) {
    address.ca_file = text;
  } else if (name == "layout" && http) {
    if (value == "subdirs") {
      address.layout = RemoteAddress::Layout::kSubdirs;
    } else if (value == "flat") {
      address.layout = RemoteAddress::Layout::kFlat;
    } else if (value == "bazel") {
      address.layout = RemoteAddress::Layout::kBazel;
    } else {
      return usage(fmt::format("'{}' is none of subdirs|flat|bazel", printable(value)));
    }
  } else if (name == "lease") {
    if (value != "auto" && value != "off") {
      return usage(fmt::format("'{}' is none of auto|off", printable(value)));
    }
    address.leases = value == "auto";
  } else if (name == "connect-timeout") {
    WEIR_TRY(address.connect_timeout, parse_time(value));
  } else if (name == "timeout") {
    WEIR_TRY(address.timeout, parse_time(value));
  } else if (name == "upload-timeout") {
    WEIR_TRY(address.upload_timeout, parse_time(value));
  } else if (name == "rest") {
    WEIR_TRY(address.rest, parse_time(value));
  } else {
    return usage(fmt::format("unknown attribute '{}'", printable(name)))
        .with_hint(
            "known are read-only, user, password-env, password-file, token-env, token-file, "
            "ca-file, layout, lease, connect-timeout, timeout, upload-timeout and rest");
  }
  return {};
}

struct Scheme {
  std::string_view prefix;
  RemoteAddress::Kind kind;
  uint16_t port;
};
constexpr Scheme kSchemes[] = {{"http://", RemoteAddress::Kind::kHttp, 80},
                               {"https://", RemoteAddress::Kind::kHttp, 443},
                               {"redis://", RemoteAddress::Kind::kRedis, 6379}};

Status parse_url(RemoteAddress& address, std::string_view url) {
  const auto scheme = std::ranges::find_if(
      kSchemes, [&](const Scheme& known) { return url.starts_with(known.prefix); });
  if (scheme == std::end(kSchemes)) {
    const size_t end = url.find("://");
    const std::string_view start = end == std::string_view::npos ? "" : url.substr(0, end);
    if (start == "rediss") {
      return usage("Redis over TLS is not spoken here")
          .with_hint("put a TLS tunnel (stunnel) before it, or use https");
    }
    // Not the whole text: whatever it is, it may hold a secret.
    return usage(start.empty() ? "the address of a remote store is no URL"
                               : fmt::format("'{}://' is no remote store", printable(start, 20)))
        .with_hint("write http://HOST/PATH/, https://HOST/PATH/ or redis://HOST[:PORT][/DATABASE]");
  }
  address.kind = scheme->kind;
  address.port = scheme->port;
  const std::string_view rest = url.substr(scheme->prefix.size());
  const std::string_view authority = rest.substr(0, rest.find('/'));
  std::string_view path = rest.substr(authority.size());
  if (authority.find('@') != std::string_view::npos) {
    return usage("a user or password in the URL of a remote store")
        .with_hint("write |user=NAME|password-env=VAR or |password-file=PATH behind the URL");
  }
  const bool is_url = std::ranges::all_of(
      url, [](char c) { return c > ' ' && c < 0x7f && c != '"' && c != '\\' && c != '<'; });
  if (!is_url || url.find_first_of("?#") != std::string_view::npos) {
    return usage("a URL of a remote store has no blanks, '?' or '#'");
  }
  // [::1]:6379
  const size_t bracket = authority.starts_with('[') ? authority.find(']') : 0;
  if (bracket == std::string_view::npos) return usage("a bracket without its end in the URL");
  const size_t colon = authority.find(':', bracket);
  std::string_view host = authority.substr(0, colon);
  if (bracket != 0) host = host.substr(1, bracket - 1);
  if (host.empty()) return usage("no host in the URL of a remote store");
  address.host = host;
  if (colon != std::string_view::npos) {
    const std::string_view port = authority.substr(colon + 1);
    const auto [end, bad] = std::from_chars(port.data(), port.data() + port.size(), address.port);
    if (bad != std::errc() || end != port.data() + port.size() || address.port == 0) {
      return usage(fmt::format("'{}' is no port", printable(port)));
    }
  }
  address.url = url;
  if (address.kind == RemoteAddress::Kind::kHttp) {
    if (!address.url.ends_with('/')) address.url += '/';
    return {};
  }
  if (path.starts_with('/')) path.remove_prefix(1);
  if (!path.empty()) {
    const auto [end, bad] =
        std::from_chars(path.data(), path.data() + path.size(), address.database);
    if (bad != std::errc() || end != path.data() + path.size()) {
      return usage(fmt::format("'{}' is no number of a database", printable(path)));
    }
  }
  return {};
}

}  // namespace

Result<RemoteAddress> parse_remote(std::string_view text) {
  RemoteAddress address;
  const std::string_view url = text.substr(0, text.find('|'));
  WEIR_CHECK(parse_url(address, url));
  std::string_view rest = text.substr(url.size());
  while (!rest.empty()) {
    rest.remove_prefix(1);  // the bar
    const std::string_view item = rest.substr(0, rest.find('|'));
    rest.remove_prefix(item.size());
    const size_t equals = item.find('=');
    const std::string_view name = item.substr(0, equals);
    std::string_view value;
    if (equals != std::string_view::npos) value = item.substr(equals + 1);
    Status set = set_attribute(address, name, value);
    if (!set) return set.take_error().in_file(address.url);
  }
  if (address.secret.empty() && !address.user.empty()) {
    return usage("a user without a password")
        .in_file(address.url)
        .with_hint("say where it is: |password-env=VAR or |password-file=PATH");
  }
  return address;
}

Result<std::vector<RemoteAddress>> parse_remotes(std::string_view text) {
  std::vector<RemoteAddress> remotes;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const size_t start = line.find_first_not_of(" \t\r");
    if (start == std::string_view::npos || line[start] == '#') continue;
    while (!line.empty()) {
      const std::string_view item = line.substr(0, line.find_first_of(", \t\r"));
      line.remove_prefix(std::min(line.size(), item.size() + 1));
      if (item.empty()) continue;
      WEIR_TRY(RemoteAddress address, parse_remote(item));
      remotes.push_back(std::move(address));
    }
  }
  return remotes;
}

}  // namespace weir
