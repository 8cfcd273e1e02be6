// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Whether this process knows the hook that a section's programs are for.
#pragma once

#include <string_view>

#include "frontend/support/result.h"

namespace weir {

// Error (kProgramUnsupported): the section is "custom/NAME", and no host has registered that hook
// here. Run as a program for plain memory it would do something else than it was written for.
Status check_section_hook(std::string_view section);

}  // namespace weir
