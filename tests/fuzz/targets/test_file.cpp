// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Test files (docs/TESTING.md) of one program with maps that BTF describes.
#include "tools/testing/test_file.h"
#include "tests/fuzz/targets/target.h"

using namespace weir;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const fuzz::MemoryFile file({data, size});
  const auto tests = tool::read_test_file(file.path(), WEIR_FUZZ_OBJECT);
  if (!tests) {
    (void)tests.error().to_string();
    return 0;
  }
  for (const tool::FileTest& test : tests->tests)
    fuzz::promise(test.packets.size() == test.run.packets.size(), "a packet has its expectation");
  return 0;
}
