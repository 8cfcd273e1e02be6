// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// When a type of a program and a type of the target are the same, as CO-RE sees it. Internal to
// frontend/object; the rules are in core_types.cpp.
#pragma once

#include "frontend/object/btf.h"

namespace weir {

// Steps that matching may take for one program. Types refer to each other in circles, and BTF that
// was made to can ask for exponentially many comparisons; a program with ten thousand relocations
// takes some ten million.
inline constexpr uint64_t kMaxCoreSteps = 50'000'000;

class CoreTypes {
 public:
  // Keeps references to both.
  CoreTypes(const Btf& local, const Btf& target) : local_(local), target_(target) {}

  // Whether a candidate for a type is of its kind; enumerations of both sizes are one kind.
  bool same_kind(uint32_t local, uint32_t target) const;
  // Whether a member of one type may be read as a member of the other: aggregates, pointers,
  // integers of any size, enumerations of the same name, arrays of such.
  Result<bool> fields_compatible(uint32_t local, uint32_t target);
  // TYPE_EXISTS and kin: the same shape, names and members aside.
  Result<bool> compatible(uint32_t local, uint32_t target);
  // TYPE_MATCHES: all that the local type has, the target has too, by name.
  Result<bool> matches(uint32_t local, uint32_t target);

  // Takes a step; an error when there were too many.
  Status step();

 private:
  Result<bool> compatible(uint32_t local, uint32_t target, int depth);
  Result<bool> matches(uint32_t local, uint32_t target, bool behind_pointer, int depth);
  Result<bool> members_match(const btf_type* local, const btf_type* target, bool behind_pointer,
                             int depth);
  Result<bool> enumerators_match(const btf_type* local, const btf_type* target);

  const Btf& local_;
  const Btf& target_;
  uint64_t steps_ = 0;
};

// The name of the i-th enumerator of an enumeration of either size, and its value.
std::string_view enumerator_name(const Btf& btf, const btf_type* type, uint32_t i);
uint64_t enumerator_value(const btf_type* type, uint32_t i);

}  // namespace weir
