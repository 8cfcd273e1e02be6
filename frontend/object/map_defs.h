// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Map definitions: legacy "maps" sections and BTF-defined ".maps". Internal to frontend/object; the
// formats are in map_defs.cpp.
#pragma once

#include "frontend/object/btf.h"
#include "frontend/object/object_file.h"

namespace weir {

// Fills object.maps and object.map_places. `btf` may be null; .maps needs it.
Status read_maps(ObjectFile& object, const Btf* btf);

}  // namespace weir
