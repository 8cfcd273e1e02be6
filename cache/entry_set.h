// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A set of entries as one file, to carry from one store to another:
//
//     8 "WEIRSET\n", u32 version; for each entry 32 bytes key, u64 size, the entry's file as it is,
//     signatures and all (entry.h); at the end 32 zero bytes, u64 number of entries
//
// Each entry has its own checksum and signatures, so the set needs none: what is taken from it is
// judged entry by entry, like entries of a remote store.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "cache/local_store.h"
#include "cache/trust.h"

namespace weir {

struct ExportReport {
  uint64_t entries = 0;
  uint64_t bytes = 0;           // of the file
  std::vector<Error> problems;  // entries that were left out: damaged, or another's
};
// Gives the file piece by piece to `write`, whose Error ends it.
Result<ExportReport> export_entries(const LocalStore& store, std::span<const Digest> keys,
                                    const std::function<Status(ByteSpan)>& write);

struct ImportReport {
  uint64_t entries = 0;        // that are in the store now
  std::vector<Error> refused;  // the others, each with its key: not trusted, damaged inside
};
// Reads the file from `fd` to its end. `origin` says how entries are judged: kRemote, unless
// whoever calls it knows who made the file. Errors: CacheDamaged (no set, cut short), what put()
// says.
Result<ImportReport> import_entries(LocalStore& store, int fd, const std::string& path,
                                    const Trust& trust, Origin origin);

}  // namespace weir
