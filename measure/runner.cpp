// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The packet loops. Both call through a pointer that the compiler does not know. The loop around
// compiled code does what a host must do for each packet beside the call: set the budget before,
// and look for a trap after.
#include "measure/runner.h"

namespace weir::measure {

namespace {

class FunctionRunner final : public Runner {
 public:
  explicit FunctionRunner(NativeFn function) : function_(function) {}

  uint64_t run(std::span<const Packet> packets) override {
    const NativeFn function = function_;
    uint64_t sum = 0;
    for (const Packet& packet : packets) sum += function(packet.data, packet.size);
    return sum;
  }

 private:
  NativeFn function_;
};

class EntryRunner final : public Runner {
 public:
  EntryRunner(EntryFn entry, std::shared_ptr<const void> owner)
      : entry_(entry), owner_(std::move(owner)) {}

  uint64_t run(std::span<const Packet> packets) override {
    const EntryFn entry = entry_;
    ExecContext context;
    uint64_t sum = 0;
    for (const Packet& packet : packets) {
      context.budget = kDefaultBudget;
      sum += entry(&context, packet.data, packet.size);
      if (context.trap_code != TrapCode::kNone) [[unlikely]] {
        trap_ = {context.trap_code, context.trap_insn};
        context.trap_code = TrapCode::kNone;
      }
    }
    return sum;
  }
  Trap trap() const override { return trap_; }

 private:
  EntryFn entry_;
  std::shared_ptr<const void> owner_;
  Trap trap_;
};

}  // namespace

std::unique_ptr<Runner> run_function(NativeFn function) {
  return std::make_unique<FunctionRunner>(function);
}

std::unique_ptr<Runner> run_entry(EntryFn entry, std::shared_ptr<const void> owner) {
  return std::make_unique<EntryRunner>(entry, std::move(owner));
}

}  // namespace weir::measure
