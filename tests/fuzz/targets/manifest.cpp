// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The manifest of a native object.
#include "runtime/abi/artifact.h"
#include "tests/fuzz/targets/target.h"

using namespace weir;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto manifest = manifest_from_bytes({data, size});
  if (!manifest) return 0;
  const auto again = manifest_to_bytes(*manifest);
  fuzz::promise(again.size() == size && std::equal(again.begin(), again.end(), data),
                "accepted bytes are what the writer writes");
  return 0;
}
