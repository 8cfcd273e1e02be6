// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Assembler text in either dialect. What assembles and decodes is written again in both dialects,
// with every option, and must assemble to the same bytes.
#include "frontend/isa/assembler.h"
#include "frontend/isa/decode.h"
#include "frontend/isa/disassembler.h"
#include "tests/fuzz/targets/target.h"

using namespace weir;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  static constexpr std::optional<Dialect> kDialects[] = {{}, Dialect::kKernel, Dialect::kUbpf};
  const uint8_t choice = data[0];
  const std::string_view text = as_text(ByteSpan(data, size).subspan(1));
  const auto assembled = assemble(text, "fuzz.s", kDialects[choice % 3]);
  if (!assembled) {
    (void)assembled.error().to_string();
    return 0;
  }
  fuzz::promise(!assembled->bytes.empty() && assembled->bytes.size() % 8 == 0,
                "assembled bytes are whole slots");
  const auto insns = decode(assembled->bytes);
  if (!insns) return 0;
  fuzz::promise(encode(*insns) == assembled->bytes, "encode() is the inverse of decode()");
  DisassembleOptions options;
  options.slots = (choice & 4) != 0;
  options.bytes = (choice & 8) != 0;
  options.labels = (choice & 16) != 0;
  options.hex = (choice & 32) != 0;
  for (const Dialect dialect : {Dialect::kKernel, Dialect::kUbpf}) {
    const std::string again = disassemble(*insns, dialect, options);
    const auto back =
        assemble(again, "again.s", (choice & 64) != 0 ? std::optional(dialect) : std::nullopt);
    if (!back)
      fuzz::broken("a listing does not assemble: " + back.error().to_string() + "\n" + again);
    fuzz::promise(back->bytes == assembled->bytes, "a listing assembles to other bytes:\n" + again);
  }
  return 0;
}
