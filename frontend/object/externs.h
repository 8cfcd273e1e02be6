// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a file expects the kernel to define: __ksym and __kconfig. Internal to frontend/object; the
// rules are in externs.cpp.
#pragma once

#include "frontend/object/btf.h"
#include "frontend/object/link_program.h"
#include "frontend/object/object_file.h"

namespace weir {

// Fills object.externs, with the layout of the map of configuration values.
void read_externs(ObjectFile& object, const Btf& btf);

// The bytes of one configuration value, `wanted.size` of them, as `values` has it. An error if that
// is no value of the variable's type, or if there is none and the variable is not weak.
Result<std::vector<uint8_t>> kconfig_value(const ObjectFile& object, const Extern& wanted,
                                           const KconfigValues& values);

// The map with all configuration values. Those that have none are zero.
MapDef kconfig_map(const ObjectFile& object, const KconfigValues& values);

}  // namespace weir
