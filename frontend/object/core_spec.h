// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a CO-RE relocation is about: a type, a member of a member of it, or an enumerator. Internal
// to frontend/object; the notation is in core_spec.cpp.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/object/btf.h"
#include "frontend/object/core_types.h"
#include "frontend/object/object_file.h"

namespace weir {

bool is_field(CoreRelocation::Kind kind);
bool is_type(CoreRelocation::Kind kind);
bool is_enumerator(CoreRelocation::Kind kind);

// One step of the way to a field.
struct CoreAccess {
  uint32_t type_id = 0;   // the struct or union; for elements of an array, the element's type
  uint32_t index = 0;     // of the member or the element; of the enumerator
  std::string_view name;  // of the member or the enumerator; empty for elements
};

struct CoreSpec {
  uint32_t root = 0;             // the type at the start
  std::vector<CoreAccess> path;  // empty if the relocation is about the type itself
  uint64_t bit_offset = 0;       // of the field, from the start of the root
};

// Reads a relocation's access string. Errors: kBtfMalformed.
Result<CoreSpec> parse_core_spec(const Btf& btf, CoreRelocation::Kind kind, uint32_t type_id,
                                 std::string_view text);

// The same thing in a type of the target, or nothing if that has no such thing.
Result<std::optional<CoreSpec>> find_core_spec(const Btf& local, const CoreSpec& wanted,
                                               CoreRelocation::Kind kind, const Btf& target,
                                               uint32_t candidate, CoreTypes& types);

// "struct task_struct.se.on_rq", "enum bpf_func_id.BPF_FUNC_loop", for messages; printable.
std::string describe(const Btf& btf, const CoreSpec& spec);

}  // namespace weir
