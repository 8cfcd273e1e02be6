// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Why was that a miss? The stored entry whose key fields are most like the ones looked up, and the
// fields in which the two differ: "options: guard, now strict" is the answer people look for.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cache/local_store.h"
#include "frontend/support/result.h"

namespace weir {

struct FieldDifference {
  std::string tag;
  std::optional<std::string> stored;  // absent: the entry has no such field
  std::optional<std::string> wanted;  // absent: the lookup has no such field
  bool operator==(const FieldDifference&) const = default;
};

// Fields are matched by tag, the n-th of a tag with the n-th. In the order of `wanted`, then what
// only `stored` has. Fields in another order are another key, yet no difference here.
std::vector<FieldDifference> compare_fields(const std::vector<KeyField>& stored,
                                            const std::vector<KeyField>& wanted);

struct NearestEntry {
  EntryInfo entry;
  std::vector<FieldDifference> differences;
};

// The entry with the fewest differences (the most recently used of several), if it has at least one
// field in common. Reads the header of every entry.
Result<std::optional<NearestEntry>> find_nearest(const LocalStore& store,
                                                 const std::vector<KeyField>& wanted);

}  // namespace weir
