// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Profiles as files: for each program, known by its bytecode, what its instructions did. JSON:
//   {"format": 1, "programs": [{"name": ..., "program": DIGEST, "runs": N,
//                               "insns": [[runs, taken], ...]}]}
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "frontend/isa/program.h"
#include "runtime/abi/branch_profile.h"

namespace weir::tool {

class ProfileFile {
 public:
  // Adds to what is there of the program.
  void add(const Program& program, const BranchProfile& profile);
  // kNotFound: recorded from another program, or another build of it.
  Result<std::shared_ptr<const BranchProfile>> find(const Program& program) const;

 private:
  friend Result<ProfileFile> read_profile_file(const std::string& path);
  friend Status write_profile_file(const std::string& path, const ProfileFile& profiles);
  struct Entry {
    std::string name, digest;
    BranchProfile profile;
  };
  std::vector<Entry> entries_;
};

Result<ProfileFile> read_profile_file(const std::string& path);
Status write_profile_file(const std::string& path, const ProfileFile& profiles);

}  // namespace weir::tool
