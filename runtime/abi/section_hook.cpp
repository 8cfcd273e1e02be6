// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/abi/section_hook.h"

#include <fmt/format.h>

#include "frontend/support/text.h"
#include "runtime/abi/host_hooks.h"

namespace weir {

Status check_section_hook(std::string_view section) {
  std::string_view hook = section;
  if (hook.starts_with('?')) hook.remove_prefix(1);
  if (!hook.starts_with(kHostSection)) return {};
  hook = hook.substr(0, hook.find('/', kHostSection.size()));
  if (context_from_name(hook)) return {};
  return Error(ErrorCode::kProgramUnsupported,
               fmt::format("the section '{}' is for the hook '{}' of a host, which is not "
                           "registered in this process",
                           printable(section), printable(hook)))
      .with_hint("the host that has the hook registers it before it loads the program");
}

}  // namespace weir
