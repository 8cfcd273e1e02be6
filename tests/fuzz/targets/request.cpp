// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Requests for test runs, as JSON. Those that bring their program along are answered too, in the
// interpreter.
#include "tools/testing/request.h"
#include "tests/fuzz/targets/target.h"

using namespace weir;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  auto request = tool::parse_request({data, size});
  if (!request) {
    (void)request.error().to_string();
    return 0;
  }
  if (!request->object.empty() || !request->insns || request->test.repeat > 4) return 0;
  request->load.engine.engine = EngineKind::kInterp;
  request->load.engine.budget = 5000;
  request->load.cache.off = true;
  (void)tool::answer(*request);
  return 0;
}
