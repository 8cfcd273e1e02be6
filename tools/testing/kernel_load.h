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

// Programs of one file in the kernel, and their maps, which they share by name. Closed at the end.
class LinkedInKernel {
 public:
  struct KernelMap {
    MapDef def;
    int fd = -1;
  };

  LinkedInKernel() = default;
  LinkedInKernel(const LinkedInKernel&) = delete;
  LinkedInKernel& operator=(const LinkedInKernel&) = delete;
  ~LinkedInKernel();

  // Makes those of its maps that are not there yet, and loads it. `whole`: with as many entries as
  // the maps are to have; else with no more than a load needs.
  KernelAnswer load(const Program& program, ContextKind kind, bool whole);

  const std::vector<KernelMap>& maps() const { return maps_; }
  // File descriptor of the program of that name, or -1.
  int program(std::string_view name) const;

 private:
  KernelAnswer make(const MapDef& map, bool whole, int& fd);

  std::vector<KernelMap> maps_;
  std::vector<std::pair<std::string, int>> programs_;
};

}  // namespace weir::tool
