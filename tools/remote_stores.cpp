// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The library is looked for as the compiler is (plugin_compiler.cpp): $WEIR_REMOTE_LIBRARY, then
// relative to the executable, where it is installed and where it is built.
#include "tools/remote_stores.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>

#include <fmt/format.h>

#include "cache/folder.h"
#include "cache/remote/transport_plugin.h"
#include "frontend/support/text.h"

namespace weir::tool {

namespace {

constexpr std::string_view kLibrary = "libweir-remote.so";
constexpr std::string_view kFolders[] = {WEIR_INSTALLED_COMPILER_FOLDER, "../cache/remote"};
constexpr const char* kSystemFile = "/etc/weir/remotes";
constexpr uint64_t kMaxFile = 64 << 10;

Error no_library(std::string message) {
  return Error(ErrorCode::kCacheUnavailable, std::move(message));
}

Result<std::string> find_library() {
  // A set-user-ID weir would load what its caller names: secure_getenv() says no.
  if (const char* named = ::secure_getenv("WEIR_REMOTE_LIBRARY"); named != nullptr && *named) {
    return std::string(named);
  }
  char self[PATH_MAX];
  const ssize_t size = ::readlink("/proc/self/exe", self, sizeof self);
  const std::string_view path(self, size > 0 ? static_cast<size_t>(size) : 0);
  for (const std::string_view folder : kFolders) {
    std::string library =
        fmt::format("{}/{}/{}", path.substr(0, path.rfind('/')), folder, kLibrary);
    if (::access(library.c_str(), R_OK) == 0) return library;
  }
  return no_library(fmt::format("{} is not installed, so remote stores cannot be asked", kLibrary))
      .with_hint("install it beside weir, set WEIR_REMOTE_LIBRARY to its path, or --remote off");
}

Result<TransportFactory> load_transports() {
  WEIR_TRY(const std::string path, find_library());
  // NODELETE: connections stay open until the process ends.
  void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (library == nullptr) {
    const char* why = ::dlerror();
    return no_library(fmt::format("cannot load the library of remote stores: {}",
                                  why != nullptr ? why : "?"))
        .in_file(path);
  }
  using GetPlugin = const TransportPlugin* (*)();
  const auto get = reinterpret_cast<GetPlugin>(::dlsym(library, kTransportPluginSymbol));
  if (get == nullptr) {
    return no_library(fmt::format("the library has no symbol {}", kTransportPluginSymbol))
        .in_file(path);
  }
  const TransportPlugin* plugin = get();
  if (plugin->version != kTransportVersion) {
    return no_library("the library is of another weir")
        .in_file(path)
        .with_hint("install weir and its libraries from one build");
  }
  return plugin->make;
}

// A file that names servers decides where requests and credentials go: it must belong to this user
// or to root, and nobody else may write it. Nothing: there is none.
Result<std::optional<std::string>> read_config(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd && errno == ENOENT) return std::nullopt;
  struct stat info{};
  if (!fd || ::fstat(fd.get(), &info) != 0) return io_error("read the file", path, errno);
  if (!S_ISREG(info.st_mode) || (info.st_uid != 0 && info.st_uid != ::geteuid()) ||
      (info.st_mode & 0022) != 0) {
    return Error(ErrorCode::kCacheOwner,
                 "the file of remote stores must be a file of yours or root's that nobody else "
                 "may write")
        .in_file(path)
        .with_hint("chmod go-w " + shell_quote(path));
  }
  WEIR_TRY(const Buffer bytes, read_start(fd.get(), kMaxFile, path));
  return std::string(as_text(bytes.span()));
}

}  // namespace

Result<std::vector<RemoteAddress>> configured_remotes(const std::string& text) {
  if (text == "off") return std::vector<RemoteAddress>();
  if (!text.empty()) return parse_remotes(text);
  std::vector<std::string> files;
  if (auto own = config_path("WEIR_REMOTES", "remotes", "the remote stores")) {
    files.push_back(std::move(*own));
  }
  files.emplace_back(kSystemFile);
  for (const std::string& path : files) {
    WEIR_TRY(const std::optional<std::string> lines, read_config(path));
    if (!lines) continue;
    auto remotes = parse_remotes(*lines);
    if (!remotes) return remotes.take_error().in_file(path);
    return remotes;
  }
  return std::vector<RemoteAddress>();
}

Result<std::unique_ptr<StackedStore>> open_stack(StackParts parts) {
  std::vector<std::unique_ptr<RemoteStore>> remotes;
  if (!parts.remotes.empty()) {
    WEIR_TRY(const TransportFactory factory, load_transports());
    for (RemoteAddress& address : parts.remotes) {
      remotes.push_back(std::make_unique<RemoteStore>(std::move(address), factory));
    }
  }
  std::optional<LocalLeases> leases;
  if (parts.leases) {
    // Without them a program may be compiled twice; that is all.
    if (auto opened = LocalLeases::open(parts.own->name())) leases.emplace(std::move(*opened));
  }
  EntryCodec codec;
  codec.encode = [own = parts.own, signer = parts.signer](
                     const Digest& key, ByteSpan object,
                     const Description& description) -> Result<std::vector<uint8_t>> {
    // As it is kept here, with the signatures that it has.
    if (auto kept = own->read_entry(key); kept && *kept) return std::move(**kept);
    WEIR_TRY(std::vector<uint8_t> file, encode_entry(key, object, description));
    if (!signer) return file;
    WEIR_TRY(const EntryView view, open_entry(file, key));
    const Signature signature = signer->sign(view.body);
    return with_signatures(file, key, std::span(&signature, 1));
  };
  codec.open = [trust = parts.trust](ByteSpan file, const Digest& key) {
    return take_entry(file, key, trust ? *trust : Trust(), Origin::kRemote);
  };
  codec.keep = [own = parts.own](const Digest& key, ByteSpan file) {
    return own->put_entry(key, file);
  };
  return std::make_unique<StackedStore>(parts.local, std::move(leases), std::move(remotes),
                                        std::move(codec), parts.options);
}

}  // namespace weir::tool
