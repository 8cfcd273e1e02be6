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

}  // namespace weir
