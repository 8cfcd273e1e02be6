// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a host does that finds nothing in the cache and must not wait: it verifies the program and
// interprets it.
#include "bench/loaders/loader.h"
#include "frontend/verifier/verifier.h"
#include "runtime/interp/interpreter.h"

namespace weir::bench {

namespace {

class InterpreterLoader final : public Loader {
 public:
  explicit InterpreterLoader(const LoadCase& load_case)
      : program_(load_case.program), options_(load_case.options) {}

  Status load() override {
    const double start = now_ns();
    WEIR_TRY(const VerifiedProgram verified, verify(std::move(copy_), options_));
    const double proven = now_ns();
    WEIR_TRY(code_, InterpCode::make(verified));
    verify_ns_ = proven - start;
    make_ns_ = now_ns() - proven;
    return {};
  }
  // The copy that verify() takes over is no part of loading.
  void unload() override {
    code_.reset();
    copy_ = program_;
  }
  uint64_t run(Packet packet) override {
    ExecContext context;
    const uint64_t result = code_->run(&context, packet.data, packet.size);
    return context.trap_code == TrapCode::kNone ? result : ~uint64_t{0};
  }
  std::vector<LoadStep> steps() const override {
    return {{"verify", verify_ns_}, {"InterpCode::make", make_ns_}};
  }

 private:
  const Program program_;
  Program copy_ = program_;
  const CompileOptions options_;
  std::shared_ptr<const InterpCode> code_;
  double verify_ns_ = 0, make_ns_ = 0;
};

}  // namespace

LoaderKind interpreter_loader() {
  return {"interpreter", "weir: verify, InterpCode::make", false,
          [](const LoadCase& load_case) -> Result<std::unique_ptr<Loader>> {
            return std::make_unique<InterpreterLoader>(load_case);
          }};
}

}  // namespace weir::bench
