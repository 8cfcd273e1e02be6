// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/abi/branch_profile.h"

namespace weir {

void write_profile(ByteWriter& out, const BranchProfile& profile) {
  out.write(profile.program_runs);
  out.write(static_cast<uint32_t>(profile.insns.size()));
  for (const auto& [runs, taken] : profile.insns) {
    out.write(runs);
    out.write(taken);
  }
}

BranchProfile read_profile(ByteReader& in) {
  BranchProfile profile;
  profile.program_runs = in.read<uint64_t>();
  // Each has its bytes: a count that lies ends with the message.
  for (auto left = in.read<uint32_t>(); left != 0 && in.ok(); --left) {
    const auto runs = in.read<uint64_t>();
    profile.insns.push_back({runs, in.read<uint64_t>()});
  }
  return profile;
}

}  // namespace weir
