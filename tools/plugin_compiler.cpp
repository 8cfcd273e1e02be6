// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where the library is looked for, first found first taken:
//   1. $WEIR_COMPILER_LIBRARY, if set: that file and no other;
//   2. relative to the executable, where `cmake --install` puts it;
//   3. relative to the executable, where the build puts it.
// Paths are relative so that an installed tree can be moved and no build path is in the binary.
#include "tools/plugin_compiler.h"

#include <dlfcn.h>
#include <unistd.h>

#include <climits>
#include <cstdlib>
#include <string_view>

#include <fmt/format.h>

#include "frontend/support/text.h"
#include "runtime/abi/compile_key.h"

namespace weir::tool {

namespace {

constexpr std::string_view kLibrary = "libweir-compiler.so";
constexpr std::string_view kFolders[] = {WEIR_INSTALLED_COMPILER_FOLDER, "../codegen"};

std::string executable_folder() {
  char path[PATH_MAX];
  const ssize_t size = ::readlink("/proc/self/exe", path, sizeof path);
  if (size <= 0 || static_cast<size_t>(size) == sizeof path) return ".";
  const std::string_view text(path, static_cast<size_t>(size));
  return std::string(text.substr(0, text.rfind('/')));
}

Error no_compiler(std::string message) {
  return Error(ErrorCode::kCompilerFailed, std::move(message));
}

Result<std::string> find_library() {
  // A set-user-ID weir would load what its caller names: secure_getenv() says no.
  if (const char* named = ::secure_getenv("WEIR_COMPILER_LIBRARY"); named != nullptr && *named) {
    return std::string(named);
  }
  const std::string base = executable_folder();
  for (const std::string_view folder : kFolders) {
    std::string path = fmt::format("{}/{}/{}", base, folder, kLibrary);
    if (::access(path.c_str(), R_OK) == 0) return path;
  }
#if WEIR_HAS_COMPILER
  return no_compiler(fmt::format("{} is not installed, so nothing can be compiled", kLibrary))
      .with_hint(
          "install it beside weir, set WEIR_COMPILER_LIBRARY to its path, or use the "
          "interpreter (--engine interp)");
#else
  return no_compiler("this build of weir has no compiler")
      .with_hint(
          "use programs that are in the cache or native objects, use the interpreter "
          "(--engine interp), or build weir with -DWEIR_COMPILER=ON");
#endif
}

Result<const CompilerPlugin*> load_library() {
  WEIR_TRY(const std::string path, find_library());
  // NODELETE: JIT code and LLVM's own tables stay in use until the process ends.
  void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (library == nullptr) {
    const char* why = ::dlerror();
    return no_compiler(fmt::format("cannot load the compiler: {}", why != nullptr ? why : "?"))
        .in_file(path);
  }
  using GetPlugin = const CompilerPlugin* (*)();
  const auto get = reinterpret_cast<GetPlugin>(::dlsym(library, kCompilerPluginSymbol));
  if (get == nullptr) {
    return no_compiler(fmt::format("the library has no symbol {}", kCompilerPluginSymbol))
        .in_file(path);
  }
  const CompilerPlugin* plugin = get();
  if (plugin->identity != compiler_identity()) {
    return no_compiler(fmt::format("the compiler is '{}', but this is '{}'",
                                   printable(plugin->identity), compiler_identity()))
        .in_file(path)
        .with_hint("install weir and its compiler from one build");
  }
  return plugin;
}

}  // namespace

Result<const CompilerPlugin*> PluginCompiler::plugin() {
  std::call_once(once_, [this] {
    if (auto loaded = load_library()) {
      plugin_ = *loaded;
    } else {
      problem_ = loaded.take_error();
    }
  });
  if (problem_) return Error(*problem_);
  return plugin_;
}

Status PluginCompiler::preload() {
  WEIR_CHECK(plugin());
  return {};
}

Result<std::vector<uint8_t>> PluginCompiler::compile_object(
    std::span<const VerifiedProgram> programs) {
  WEIR_TRY(const CompilerPlugin* compiler, plugin());
  return compiler->compile_object(programs);
}

Result<JitEntry> PluginCompiler::compile_jit(const VerifiedProgram& program) {
  WEIR_TRY(const CompilerPlugin* compiler, plugin());
  WEIR_TRY(std::shared_ptr<const JitCode> code, compiler->compile_jit(program));
  const EntryFn entry = code->entry();
  return JitEntry{std::move(code), entry};
}

Result<std::vector<ListingLine>> PluginCompiler::list_code(const VerifiedProgram& program,
                                                           Listing what) {
  WEIR_TRY(const CompilerPlugin* compiler, plugin());
  return compiler->list_code(program, what);
}

}  // namespace weir::tool
