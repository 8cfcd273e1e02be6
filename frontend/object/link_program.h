// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include "frontend/isa/program.h"
#include "frontend/object/object_file.h"

namespace weir {

// The Program of one entry function: the function and all that it calls or takes the address of,
// from any section, laid out one after the other (entry first, then in order of first reference),
// with relocations and local calls turned into indexes. Only referenced maps and source files are
// kept. `entry` is one of object.functions, not necessarily an entry function. The result has
// passed check_structure().
//
// Immediates of what was resolved are as the kernel has them where that is a distance (local calls,
// function references: in slots, from the next slot), and zero otherwise (maps, kfuncs), so that
// encode() gives the same bytes for the same source wherever it was linked.
Result<Program> link_program(const ObjectFile& object, const FunctionSymbol& entry);

}  // namespace weir
