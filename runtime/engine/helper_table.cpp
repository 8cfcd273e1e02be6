// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The helpers that weir brings along. Each row of helpers.def has its function here: a row without
// one does not compile.
#include "runtime/engine/helper_table.h"

#include <array>

namespace weir {

namespace {

using Table = std::array<HelperFn, kHelperSlots>;

// bpf_conformance: gives back r1, and a result of 0 ends the program.
uint64_t Unwind(uint64_t r1, uint64_t, uint64_t, uint64_t, uint64_t, ExecContext*) {
  return r1;
}

constexpr Table make_table(HelperSet wanted) {
  Table table{};
#define WEIR_HELPER(number, Name, name, arguments, set, effect) \
  if (HelperSet::set == wanted) table[number] = &Name;
#include "runtime/abi/helpers.def"
#undef WEIR_HELPER
  return table;
}

constexpr Table kNoHelpers = make_table(HelperSet::kNone);
constexpr Table kConformanceHelpers = make_table(HelperSet::kConformance);

}  // namespace

const HelperFn* helper_table(HelperSet set) {
  switch (set) {
    case HelperSet::kNone: return kNoHelpers.data();
    case HelperSet::kConformance: return kConformanceHelpers.data();
  }
  return kNoHelpers.data();
}

}  // namespace weir
