// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "bench/contenders/contender.h"
#include "bench/contenders/xdp_runner.h"
#include "frontend/verifier/verifier.h"
#include "runtime/interp/interpreter.h"

namespace weir::bench {

namespace {

class InterpreterRunner final : public Runner {
 public:
  explicit InterpreterRunner(std::shared_ptr<const InterpCode> code) : code_(std::move(code)) {}

  uint64_t run(std::span<const Packet> packets) override {
    ExecContext context;
    uint64_t sum = 0;
    for (const Packet& packet : packets) {
      context.budget = kDefaultBudget;
      sum += code_->run(&context, packet.data, packet.size);
      if (context.trap_code != TrapCode::kNone) [[unlikely]] {
        trap_ = {context.trap_code, context.trap_insn};
        context.trap_code = TrapCode::kNone;
      }
    }
    return sum;
  }
  Trap trap() const override { return trap_; }

 private:
  std::shared_ptr<const InterpCode> code_;
  Trap trap_;
};

Result<Prepared> prepare(const BenchProgram& program) {
  WEIR_TRY(Program bpf, load_bpf(program));
  const CompileOptions options = options_for(bpf);
  WEIR_TRY(const VerifiedProgram verified, verify(std::move(bpf), options));
  WEIR_TRY(std::shared_ptr<const InterpCode> code, InterpCode::make(verified));
  if (program.hook == Hook::kXdp) {
    WEIR_TRY(std::unique_ptr<Runner> runner, run_interpreted_xdp(program, std::move(code)));
    return Prepared{std::move(runner), {}};
  }
  return Prepared{std::make_unique<InterpreterRunner>(std::move(code)), {}};
}

}  // namespace

Contender weir_interpreter() {
  return {"interpreter", "interp.\nguard", "weir interpreter, --policy guard", prepare};
}

}  // namespace weir::bench
