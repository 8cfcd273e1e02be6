// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/abi/helpers.h"

namespace weir {

namespace {
constexpr HelperInfo kHelpers[] = {
#define WEIR_HELPER(number, Name, name, arguments, set, effect) \
  {number, name, arguments, HelperSet::set, HelperEffect::effect},
#include "runtime/abi/helpers.def"
#undef WEIR_HELPER
};
}  // namespace

const HelperInfo* find_helper(HelperSet set, uint64_t number) {
  for (const HelperInfo& helper : kHelpers) {
    if (helper.number == number && helper.set == set) return &helper;
  }
  return nullptr;
}

std::string_view helper_set_name(HelperSet set) {
  switch (set) {
    case HelperSet::kNone: return "none";
    case HelperSet::kConformance: return "conformance";
  }
  return "unknown";
}

}  // namespace weir
