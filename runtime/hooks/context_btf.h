// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The fields of a host's context, from the C structure that its programs are compiled with: BTF
// knows names, offsets and sizes, so that nobody writes them down twice.
#pragma once

#include <span>
#include <string_view>

#include "frontend/object/btf.h"
#include "runtime/abi/host_hooks.h"

namespace weir {

// Fills `bytes` and `fields` of a description from `struct NAME` (a typedef of it will do):
//   members `data`, `data_end`, `data_meta` of 4 or 8 bytes    pointers into the packet
//   integers and enumerations of 1, 2, 4 or 8 bytes            numbers, of which reads may take a
//   part arrays, structures, unions                                 bytes
// Other pointers and bit fields are no fields: programs cannot reach them. Members named in
// `writable` may be written. kNotFound: no such structure, or no such member.
Status fill_context(ContextDescription& description, const Btf& btf, const char* structure,
                    std::span<const std::string_view> writable = {});

}  // namespace weir
