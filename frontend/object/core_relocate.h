// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// CO-RE ("compile once, run everywhere"): puts offsets, sizes and values of the target's types into
// instructions. Internal to frontend/object; the rules are in core_relocate.cpp.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <tuple>

#include "frontend/isa/instruction.h"
#include "frontend/object/core_target.h"
#include "frontend/object/core_types.h"
#include "frontend/object/object_file.h"

namespace weir {

class CoreRelocator {
 public:
  // `target` may be null: then every type is as the file itself has it. Keeps a reference to
  // `object`.
  static Result<std::unique_ptr<CoreRelocator>> make(const ObjectFile& object,
                                                     std::shared_ptr<const CoreTarget> target);

  // Applies a relocation to the instruction at the start of `code`. Gives why the instruction must
  // not be reached, and is then to be replaced; empty if all is well. Errors have no place.
  Result<std::string> apply(const CoreRelocation& relocation, std::span<RawInsn> code);

 private:
  // What one relocation comes to; the same for all that say the same.
  struct Outcome {
    std::string poison;     // why there is no value; empty if there is one
    uint64_t expected = 0;  // what the instruction has, if `validate`
    uint64_t value = 0;
    bool validate = true;
    // Of loads and stores, in bytes: the access as compiled, and as it has to be. 0: unknown.
    uint32_t expected_size = 0;
    uint32_t size = 0;
    std::string resize_problem;  // why a load or store cannot get another size
  };

  CoreRelocator(Btf local, std::shared_ptr<const CoreTarget> target);

  const Btf& target_btf() const { return target_ != nullptr ? target_->btf() : local_; }
  Result<const Outcome*> outcome(const CoreRelocation& relocation);
  Result<Outcome> resolve(const CoreRelocation& relocation);

  Btf local_;
  std::shared_ptr<const CoreTarget> target_;
  CoreTypes types_;
  std::map<std::tuple<CoreRelocation::Kind, uint32_t, uint32_t>, Outcome> known_;
};

}  // namespace weir
