// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The compiler is another process: `weir compile-server`, one that this process starts for itself
// or one that listens on a Unix socket. LLVM is never in the host, and what kills the compiler
// leaves the host running.
//
// What comes back is machine code that the host will run. So a server is believed only if the
// kernel says (SO_PEERCRED) that the host's own effective user or root runs it.
#pragma once

#include <atomic>
#include <chrono>
#include <mutex>
#include <string>

#include <sys/types.h>
#include <unistd.h>

#include <unistd.h>
#include "cache/file_io.h"
#include "runtime/compile/request.h"

#include "runtime/engine/compiler_provider.h"

namespace weir {

struct ProcessCompilerOptions {
  // For one compilation. After that the connection is given up, and with it the compilation.
  std::chrono::milliseconds patience = std::chrono::minutes(2);
  // Of a server that is started, for one compilation: bytes of address space, seconds of CPU.
  uint64_t max_memory = uint64_t{2} << 30;
  std::chrono::seconds max_time = std::chrono::seconds(60);
};

// One compilation at a time: further ones wait. Calls from any thread.
class ProcessCompiler final : public CompilerProvider {
 public:
  // Starts `weir compile-server` for this process alone; it ends with this object. `weir` is the
  // path of that command. Later no process has to be started any more, so a host may give that
  // right up. Errors: no such file, it cannot be run.
  static Result<std::unique_ptr<ProcessCompiler>> start(const std::string& weir,
                                                        const ProcessCompilerOptions& options = {});
  // Of a server that listens there. It is connected to when it is first needed, and again if it was
  // restarted.
  static std::unique_ptr<ProcessCompiler> at(std::string socket,
                                             const ProcessCompilerOptions& options = {});
  ~ProcessCompiler() override;

  // Errors: those of the compiler; CompilerFailed if the server is not there, is somebody else's,
  // takes too long or dies.
  Result<std::vector<uint8_t>> compile_object(std::span<const VerifiedProgram> programs) override;
  // Always an error: code for this process would have to be made in it.
  Result<JitEntry> compile_jit(const VerifiedProgram& program) override;
  // A compilation that goes on ends with an error, and so do all later ones.
  void cancel() override;

  // Compilations whose process died: it crashed, or ran into a limit.
  uint64_t deaths() const { return deaths_.load(std::memory_order_relaxed); }

 private:
  explicit ProcessCompiler(const ProcessCompilerOptions& options) : options_(options) {}
  struct Answer {
    MessageKind kind = MessageKind::kObject;
    std::vector<uint8_t> body;
  };
  Result<Answer> ask(ByteSpan request);
  Status connect_again();

  const ProcessCompilerOptions options_;
  std::string socket_path_;  // empty: the server is ours
  pid_t server_ = -1;
  pid_t process_ = ::getpid();  // whose server and connection they are
  std::mutex one_at_a_time_;
  std::mutex mutex_;  // for the two below
  UniqueFd connection_;
  bool cancelled_ = false;
  std::atomic<uint64_t> deaths_ = 0;
};

}  // namespace weir
