// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The helpers that weir brings along, by set. Each row of helpers.def has its function: a row
// without one does not compile.
#include "runtime/engine/helper_table.h"

#include <array>

#include "runtime/helpers/helpers.h"

namespace weir {

namespace {

using Table = std::array<HelperFn, kHelperSlots>;

constexpr Table make_table(HelperSet wanted) {
  Table table{};
#define WEIR_HELPER(number, Name, name, set, hooks, result, effect, ...) \
  if (HelperSet::set == wanted) table[number] = &helpers::Name;
#include "runtime/abi/helpers.def"
#undef WEIR_HELPER
  return table;
}

constexpr Table kNoHelpers = make_table(HelperSet::kNone);
constexpr Table kConformanceHelpers = make_table(HelperSet::kConformance);
constexpr Table kKernelHelpers = make_table(HelperSet::kKernel);

}  // namespace

const HelperFn* helper_table(HelperSet set) {
  switch (set) {
    case HelperSet::kNone: return kNoHelpers.data();
    case HelperSet::kConformance: return kConformanceHelpers.data();
    case HelperSet::kKernel: return kKernelHelpers.data();
  }
  return kNoHelpers.data();
}

}  // namespace weir
