// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Programs as clang writes them: everything in objects/ is accepted by the kernel and by strict, in
// every variant it is compiled in.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "frontend/object/elf_reader.h"
#include "frontend/object/link_program.h"
#include "frontend/verifier/verifier.h"
#include "object_names.h"
#include "tests/kernel/kernel_loader.h"

namespace weir::kernel_test {
namespace {

class Objects : public ::testing::TestWithParam<std::string> {};

Result<VerifiedProgram> strict(const ObjectFile& object, const FunctionSymbol& function) {
  WEIR_TRY(Program program, link_program(object, function));
  CompileOptions options;
  options.policy = Policy::kStrict;
  options.cpu = host_cpu();
  options.context = context_from_section(program.section);
  options.helpers = default_helpers(options.context);
  return verify(std::move(program), options);
}

TEST_P(Objects, AreAcceptedByBoth) {
  const std::string path = std::string(WEIR_KERNEL_OBJECTS) + "/" + GetParam();
  auto bytes = read_object_bytes(path);
  ASSERT_TRUE(bytes) << bytes.error().to_string();
  auto object = read_elf(*bytes, path);
  ASSERT_TRUE(object) << object.error().to_string();
  const std::string missing = why_no_kernel();
  int programs = 0;
  for (const FunctionSymbol& function : object->functions) {
    if (!function.entry) continue;
    ++programs;
    SCOPED_TRACE(fmt::format("{}: {}", GetParam(), function.name));
    auto verified = strict(*object, function);
    EXPECT_TRUE(verified) << verified.error().to_string();
    if (!missing.empty()) continue;
    const KernelVerdict kernel = load_object_program(path, function.name);
    EXPECT_TRUE(kernel.accepted) << "the kernel says: " << kernel.log;
  }
  EXPECT_GT(programs, 0);
  if (!missing.empty() && !HasFailure()) {
    GTEST_SKIP() << "strict accepts all; not compared with the kernel: " << missing;
  }
}

INSTANTIATE_TEST_SUITE_P(Files, Objects, ::testing::ValuesIn([] {
                           const char* const names[] = {WEIR_KERNEL_OBJECT_NAMES};
                           return std::vector<std::string>(std::begin(names), std::end(names));
                         }()),
                         [](const auto& info) {
                           std::string name = info.param.substr(0, info.param.find('.'));
                           return name;
                         });

}  // namespace
}  // namespace weir::kernel_test
