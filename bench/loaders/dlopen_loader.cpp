// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The same machine code as a shared library: the native object is an ELF file that a linker takes,
// and clang -shared makes the library of it.
#include <cerrno>
#include <cstring>
#include <fstream>

#include <dlfcn.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>

#include "bench/loaders/loader.h"
#include "runtime/native/native_object.h"

namespace weir::bench {

namespace {

class DlopenLoader final : public Loader {
 public:
  DlopenLoader(std::string path, std::string symbol)
      : path_(std::move(path)), symbol_(std::move(symbol)) {}
  ~DlopenLoader() override { unload(); }

  Status load() override {
    handle_ = dlopen(path_.c_str(), RTLD_NOW | RTLD_LOCAL);
    void* symbol = handle_ ? dlsym(handle_, symbol_.c_str()) : nullptr;
    if (!symbol) return Error(ErrorCode::kIo, dlerror()).in_file(path_);
    entry_ = reinterpret_cast<EntryFn>(symbol);
    return {};
  }
  void unload() override {
    if (handle_) dlclose(handle_);
    handle_ = nullptr;
  }
  uint64_t run(Packet packet) override { return run_once(entry_, packet); }

 private:
  std::string path_, symbol_;
  void* handle_ = nullptr;
  EntryFn entry_ = nullptr;
};

Status run_linker(const std::string& object, const std::string& library) {
  std::string words[] = {WEIR_BENCH_CLANG, "-shared", "-nostdlib", "-o", library, object};
  char* arguments[] = {words[0].data(), words[1].data(), words[2].data(), words[3].data(),
                       words[4].data(), words[5].data(), nullptr};
  pid_t child = 0;
  int status = 0;
  if (const int error = posix_spawn(&child, arguments[0], nullptr, nullptr, arguments, environ);
      error != 0) {
    return Error(ErrorCode::kIo, fmt::format("cannot start {}: {}", words[0], strerror(error)));
  }
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    return Error(ErrorCode::kIo,
                 fmt::format("{} -shared did not make a library of the native object", words[0]))
        .in_file(object);
  }
  return {};
}

Result<std::unique_ptr<Loader>> prepare(const LoadCase& load_case) {
  const std::string object = load_case.folder + "/code.o", library = load_case.folder + "/code.so";
  std::ofstream file(object, std::ios::binary);
  file.write(reinterpret_cast<const char*>(load_case.object.data()),
             static_cast<std::streamsize>(load_case.object.size()));
  file.close();
  if (!file) return Error(ErrorCode::kIo, "cannot write the file").in_file(object);
  WEIR_CHECK(run_linker(object, library));
  WEIR_TRY(const NativeObject parsed, NativeObject::parse(load_case.object));
  return std::make_unique<DlopenLoader>(library, parsed.manifest().programs[0].symbol);
}

}  // namespace

LoaderKind dlopen_loader() {
  return {"dlopen", "dlopen and dlsym of the native object as a .so (clang -shared)", false,
          prepare};
}

}  // namespace weir::bench
