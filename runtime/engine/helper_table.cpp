// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The helpers that weir brings along, by set. Each row of helpers.def has its function: a row
// without one does not compile.
#include "runtime/engine/helper_table.h"

#include <array>
#include <map>
#include <mutex>

#include "runtime/abi/host_hooks.h"
#include "runtime/helpers/helpers.h"

namespace weir {

namespace {

using Table = std::array<HelperFn, kHelperSlots>;

constexpr Table make_table(HelperSet wanted) {
  Table table{};
#define WEIR_HELPER(number, Name, name, set, hooks, result, effect, ...) \
  if (HelperSet::set == wanted) table[number] = &helpers::Name;
#define WEIR_CALLBACK_HELPER(number, name, hooks, ...)
#include "runtime/abi/helpers.def"
#undef WEIR_HELPER
#undef WEIR_CALLBACK_HELPER
  return table;
}

constexpr Table kNoHelpers = make_table(HelperSet::kNone);
constexpr Table kConformanceHelpers = make_table(HelperSet::kConformance);
constexpr Table kKernelHelpers = make_table(HelperSet::kKernel);

// A host's set: what it adds to, and its own. Made once for each set; sets are never taken back.
const HelperFn* host_table(HelperSet set) {
  static std::mutex mutex;
  static auto& tables = *new std::map<HelperSet, Table>;
  const std::lock_guard lock(mutex);
  const auto [it, fresh] = tables.try_emplace(set);
  if (fresh) {
    it->second = base_set(set) == HelperSet::kKernel ? kKernelHelpers : kNoHelpers;
    for (const HelperInfo& helper : host_helpers(set))
      it->second[helper.number] = host_helper_function(set, helper.number);
  }
  return it->second.data();
}

}  // namespace

const HelperFn* helper_table(HelperSet set) {
  switch (set) {
    case HelperSet::kNone: return kNoHelpers.data();
    case HelperSet::kConformance: return kConformanceHelpers.data();
    case HelperSet::kKernel: return kKernelHelpers.data();
    default: return host_table(set);
  }
}

}  // namespace weir
