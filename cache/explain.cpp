// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "cache/explain.h"

#include <algorithm>
#include <utility>

#include "cache/no_throw.h"

namespace weir {

std::vector<FieldDifference> compare_fields(const std::vector<KeyField>& stored,
                                            const std::vector<KeyField>& wanted) {
  std::vector<FieldDifference> differences;
  std::vector<bool> used(stored.size());
  for (const KeyField& want : wanted) {
    size_t match = 0;
    while (match < stored.size() && (used[match] || stored[match].tag != want.tag)) ++match;
    if (match == stored.size()) {
      differences.push_back({want.tag, std::nullopt, want.value});
      continue;
    }
    used[match] = true;
    if (stored[match].value != want.value) {
      differences.push_back({want.tag, stored[match].value, want.value});
    }
  }
  for (size_t i = 0; i < stored.size(); ++i) {
    if (!used[i]) differences.push_back({stored[i].tag, stored[i].value, std::nullopt});
  }
  return differences;
}

Result<std::optional<NearestEntry>> find_nearest(const LocalStore& store,
                                                 const std::vector<KeyField>& wanted) {
  return without_exceptions([&]() -> Result<std::optional<NearestEntry>> {
    WEIR_TRY(auto entries, store.list());
    std::optional<NearestEntry> nearest;
    for (EntryInfo& entry : entries) {
      const std::vector<KeyField>& fields = entry.description.key_fields;
      bool shares = std::any_of(fields.begin(), fields.end(), [&](const KeyField& field) {
        return std::find(wanted.begin(), wanted.end(), field) != wanted.end();
      });
      if (!shares) continue;
      auto differences = compare_fields(fields, wanted);
      if (!nearest || differences.size() < nearest->differences.size()) {
        nearest = NearestEntry{std::move(entry), std::move(differences)};
      }
    }
    return nearest;
  });
}

}  // namespace weir
