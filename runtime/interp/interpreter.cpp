// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/interp/interpreter.h"

#include "runtime/interp/predecode.h"

namespace weir {

struct InterpCode::Impl {
  interp::Code code;
};

InterpCode::InterpCode(std::unique_ptr<const Impl> impl) : impl_(std::move(impl)) {}
InterpCode::~InterpCode() = default;

Result<std::shared_ptr<const InterpCode>> InterpCode::make(const VerifiedProgram& verified) {
  WEIR_TRY(interp::Code code, interp::predecode(verified));
  return std::shared_ptr<const InterpCode>(
      new InterpCode(std::make_unique<const Impl>(Impl{std::move(code)})));
}

uint64_t InterpCode::run(ExecContext* context, void* data, uint64_t size) const {
  return interp::execute(impl_->code, context, data, size);
}

struct CountingInterp::Impl {
  interp::Code code;
};

CountingInterp::CountingInterp(std::unique_ptr<const Impl> impl) : impl_(std::move(impl)) {}
CountingInterp::~CountingInterp() = default;

Result<std::shared_ptr<const CountingInterp>> CountingInterp::make(
    const VerifiedProgram& verified) {
  WEIR_TRY(interp::Code code, interp::predecode(verified, /*counted=*/true));
  return std::shared_ptr<const CountingInterp>(
      new CountingInterp(std::make_unique<const Impl>(Impl{std::move(code)})));
}

BranchProfile CountingInterp::no_counts() const {
  BranchProfile profile;
  profile.insns.resize(impl_->code.steps.size());
  return profile;
}

uint64_t CountingInterp::run(ExecContext* context, void* data, uint64_t size,
                             BranchProfile& counts) const {
  return interp::execute_counted(impl_->code, context, data, size, counts);
}

}  // namespace weir
