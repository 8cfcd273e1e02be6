// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "bench/loaders/loader.h"
#include "codegen/compiler.h"
#include "frontend/verifier/verifier.h"

namespace weir::bench {

namespace {

class JitLoader final : public Loader {
 public:
  explicit JitLoader(const LoadCase& load_case)
      : program_(load_case.program), options_(load_case.options) {}

  Status load() override {
    WEIR_TRY(const VerifiedProgram verified, verify(std::move(copy_), options_));
    WEIR_TRY(code_, compile_jit(verified));
    return {};
  }
  void unload() override {
    code_.reset();
    copy_ = program_;
  }
  uint64_t run(Packet packet) override { return run_once(code_->entry(), packet); }

 private:
  const Program program_;
  Program copy_ = program_;
  const CompileOptions options_;
  std::shared_ptr<const JitCode> code_;
};

}  // namespace

LoaderKind jit_loader() {
  return {"jit", "weir: verify, compile_jit", true,
          [](const LoadCase& load_case) -> Result<std::unique_ptr<Loader>> {
            return std::make_unique<JitLoader>(load_case);
          }};
}

}  // namespace weir::bench
