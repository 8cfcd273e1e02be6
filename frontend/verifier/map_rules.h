// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which kinds of maps a helper takes: the kernel's check_map_func_compatibility().
#pragma once

#include <cstdint>

namespace weir {

// Kinds that programs can name at all.
bool is_program_map(uint32_t type);
// Whether the helper (of Linux) takes a map of that type.
bool helper_takes_map(uint32_t helper, uint32_t type);
// Maps whose values are other maps.
bool is_map_of_maps(uint32_t type);

}  // namespace weir
