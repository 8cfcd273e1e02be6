// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What compile server and host say to each other. The first byte says which.
#include <algorithm>

#include "runtime/compile/request.h"
#include "tests/fuzz/targets/target.h"

using namespace weir;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const ByteSpan bytes = ByteSpan(data, size).subspan(1);
  switch (data[0] % 3) {
    case 0:
      if (const auto request = request_from_bytes(bytes)) {
        fuzz::promise(check_structure(request->program).has_value(),
                      "a request's program is sound");
        fuzz::promise(
            std::ranges::equal(request_to_bytes(request->program, request->options), bytes),
            "an accepted request is what the writer writes");
      }
      break;
    case 1:
      if (bytes.size() >= kMessageHeader) {
        if (const auto header = read_header(bytes.first(kMessageHeader), kMaxRequestBytes))
          fuzz::promise(header->size <= kMaxRequestBytes, "a message has its limit");
      }
      break;
    default: {
      const Error error = error_from_bytes(bytes);
      (void)error.to_string();
      (void)error_from_bytes(error_to_bytes(error));
    }
  }
  return 0;
}
