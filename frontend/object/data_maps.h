// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Global data as maps. Internal to frontend/object; the rules are in data_maps.cpp.
#pragma once

#include <string_view>

#include "frontend/object/btf.h"
#include "frontend/object/object_file.h"

namespace weir {

// Notes in object.sections what BTF says of global data.
void describe_data(ObjectFile& object, const Btf& btf);

// The map that holds a section of global data, is_data(). An error if it is too big for one.
Result<MapDef> data_map(const ObjectFile& object, uint32_t section);

// The name of the map that holds a section: "filter.rodata" for section .rodata of filter.bpf.o.
std::string data_map_name(std::string_view path, std::string_view section);

}  // namespace weir
