// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "frontend/isa/program.h"
#include "frontend/object/core_target.h"
#include "frontend/object/object_file.h"

namespace weir {

// Values of a kernel's configuration, as its .config has them: "CONFIG_HZ" is "250",
// "CONFIG_BPF_SYSCALL" "y", "CONFIG_DEFAULT_HOSTNAME" "\"(none)\"". "LINUX_KERNEL_VERSION" is a
// number or "6.1.12".
using KconfigValues = std::map<std::string, std::string, std::less<>>;

struct LinkOptions {
  // For __kconfig variables. Those that are not here are 0 if declared weak, else an error.
  KconfigValues kconfig;
  // The types that CO-RE relocations are matched with. Null: those of the running kernel, if it can
  // be asked and `running_kernel` is set, else the file's own types as they are.
  std::shared_ptr<const CoreTarget> core_target;
  bool running_kernel = true;
};

// The Program of one entry function: the function and all that it calls or takes the address of,
// from any section, laid out one after the other (entry first, then in order of first reference),
// with relocations and local calls turned into indexes. `entry` is one of object.functions, not
// necessarily an entry function. The result has passed check_structure().
//
// Program::maps has the maps that instructions refer to, in order of first reference, then those
// that only the slots of other maps name. Global data is a map for each section; a variable is its
// address in that map's value (LddwMapValue). Maps of another program of the same file that have
// the same name are the same maps. Only source files that lines refer to are kept.
//
// An instruction whose CO-RE relocation the target has no answer to, or that calls a weak function
// which nothing defines, is poisoned (Program::poisoned): reaching it is the error.
//
// Immediates of what was resolved are as the kernel has them where that is a distance (local calls,
// function references: in slots, from the next slot), and zero otherwise (maps, kfuncs), so that
// encode() gives the same bytes for the same source wherever it was linked.
Result<Program> link_program(const ObjectFile& object, const FunctionSymbol& entry,
                             const LinkOptions& options = {});

}  // namespace weir
