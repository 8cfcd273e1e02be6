// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the running kernel says of a program: libbpf loads it, or, where libbpf no longer takes the
// file (maps in a section "maps", sections that name no program type), weir's own linker stands
// in for it. Nothing is attached or pinned, and all is gone when the answer is there.
#pragma once

#include <string>

#include "frontend/isa/program.h"
#include "frontend/support/bytes.h"
#include "frontend/support/result.h"
#include "runtime/abi/contexts.h"

namespace weir::tool {

struct KernelAnswer {
  bool accepted = false;
  std::string why;      // the verifier's last words, or libbpf's; one line
  bool linked = false;  // it was given the program as weir links it
};

// The program type and attach type (enum bpf_prog_type, bpf_attach_type) of a hook kind; 0: none.
uint32_t kernel_program_type(ContextKind kind);

// `file` is the path, for libbpf to name the maps of global data. `program` is one of it, linked:
// its name and section say which. A section that names no program type is loaded as `kind`.
KernelAnswer ask_kernel(ByteSpan object, const std::string& file, const Program& program,
                        ContextKind kind);

// Makes the maps of a program in the kernel and loads it, from its linked form. The file
// descriptors are the caller's to close, whether it was accepted or not.
struct LoadedInKernel {
  int program = -1;
  std::vector<int> maps;  // parallel to Program::maps, -1 = not made
};
KernelAnswer load_linked(const Program& program, ContextKind kind, LoadedInKernel& loaded);

}  // namespace weir::tool
