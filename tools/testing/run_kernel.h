// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The same test run by the kernel: libbpf loads the object, BPF_PROG_TEST_RUN runs it. Needs bpf()
// and the right to use it.
#pragma once

#include "tools/testing/test_case.h"

namespace weir::tool {

// Nothing if BPF programs can be loaded here; else why not, in a sentence.
std::optional<std::string> kernel_problem();

// `name` is the file's, without folders: maps of global data are named after it. Errors:
// kProgramRejected with the verifier's log as hint, kProgramUnsupported for what libbpf does not
// load (legacy map sections).
Result<TestOutcome> run_in_kernel(ByteSpan object, const std::string& name, const TestCase& test);

}  // namespace weir::tool
