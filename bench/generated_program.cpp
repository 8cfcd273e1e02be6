// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "bench/generated_program.h"

#include <string>

#include <fmt/format.h>

#include "frontend/isa/assembler.h"
#include "frontend/isa/decode.h"
#include "measure/random.h"

namespace weir::bench {

using namespace measure;

Result<Program> generated_program(size_t instructions) {
  Random random(instructions);
  std::string text = "r0 = 0\nif r2 < 64 goto done\nr6 = 1\nr7 = 2\nr8 = 3\n";
  size_t count = 7;
  for (size_t block = 0; count + 9 < instructions; ++block, count += 7) {
    const uint32_t a = 6 + random.below(3), b = 6 + random.below(3);
    text += fmt::format("w3 = *(u{} *)(r1 + {})\n", 8 << random.below(3), random.below(61));
    text += fmt::format("if w3 {} {} goto next{}\n", random.chance(50) ? ">" : "s<",
                        random.below(200), block);
    text += fmt::format("r{} {}= r3\n", a, random.chance(50) ? "+" : "^");
    text += fmt::format("w{} *= {}\n", b, 3 + random.below(1000));
    text += fmt::format("next{}:\n", block);
    text += fmt::format("r{} {}= r{}\n", a, random.chance(50) ? "^" : "-", b);
    text += fmt::format("r{} >>= {}\n", b, 1 + random.below(7));
    text += fmt::format("r0 += r{}\n", a);
  }
  text += "done:\nexit\n";
  WEIR_TRY(const AssembledText assembled, assemble(text, "generated", Dialect::kKernel));
  WEIR_TRY(std::vector<Instruction> insns, decode(assembled.bytes));
  return make_program(std::move(insns), fmt::format("generated_{}", instructions));
}

}  // namespace weir::bench
