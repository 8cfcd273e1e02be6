// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a host's policy says of a program, where that takes knowing what a program is: policies,
// hooks, targets, compilers, and whether the analysis still accepts the bytecode that the code was
// made from. Signatures are the cache's part (cache/trust.h). Every engine asks before anything
// runs.
#pragma once

#include "cache/trust.h"
#include "frontend/isa/program.h"
#include "runtime/abi/compile_options.h"
#include "runtime/native/native_object.h"

namespace weir {

// That the names in a policy are known ones. Errors: Usage, with the member.
Status check_names(const HostPolicy& policy);

// That a program may be run with these options, whatever engine runs it. Error: ProgramRejected.
Status admit_program(const Trust& trust, const Program& program, const CompileOptions& options);

// That program `index` of an object may run: signatures and digest (of a file; a store has judged
// its entries itself), policy, hook, target, compiler, version of the analysis; and, where the host
// asks for it, that the analysis accepts the carried bytecode now, under the policy that the
// manifest names. Errors: CacheOwner, ProgramRejected, what verify() finds.
Status admit_object(const Trust& trust, const NativeObject& object, size_t index, Origin origin);

}  // namespace weir
