// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Policy strict and the kernel's verifier on the same programs: they agree, for the same reason,
// or the file says why not. Where programs cannot be loaded, strict is held to the file alone.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <regex>

#include <fmt/format.h>

#include "frontend/isa/assembler.h"
#include "frontend/isa/decode.h"
#include "frontend/verifier/verifier.h"
#include "tests/kernel/corpus.h"
#include "tests/kernel/kernel_loader.h"

namespace weir::kernel_test {
namespace {

// The assembler's and the decoder's refusals are refusals as well.
Result<VerifiedProgram> strict(const CorpusProgram& corpus, const AssembledText& assembled) {
  WEIR_TRY(std::vector<Instruction> insns, decode(assembled.bytes));
  WEIR_TRY(Program program, make_program(std::move(insns), corpus.name, corpus.maps));
  program.section = corpus.section;
  CompileOptions options;
  options.policy = Policy::kStrict;
  options.cpu = host_cpu();
  options.context = corpus.kind;
  options.helpers = default_helpers(corpus.kind);
  return verify(std::move(program), options);
}

void check_program(const CorpusProgram& corpus, bool with_kernel) {
  auto assembled = assemble(corpus.text, corpus.name);
  ASSERT_TRUE(assembled) << assembled.error().to_string();
  auto verified = strict(corpus, *assembled);
  const std::string said = verified ? "accepted" : verified.error().to_string();
  if (!corpus.reject) {
    EXPECT_TRUE(verified) << "strict refuses it:\n" << said;
  } else {
    EXPECT_FALSE(verified) << "strict accepts it";
    EXPECT_TRUE(std::regex_search(said, std::regex(*corpus.reject)))
        << "the message is\n"
        << said << "\nwhich does not match\n"
        << *corpus.reject;
  }
  if (!with_kernel) return;
  const KernelVerdict kernel =
      load_into_kernel(assembled->bytes, corpus.maps, corpus.kind, corpus.section);
  EXPECT_EQ(kernel.accepted, corpus.kernel_accepts())
      << "the kernel says: " << (kernel.accepted ? "accepted" : kernel.log);
}

class Corpus : public ::testing::TestWithParam<std::string> {};

TEST_P(Corpus, AgreesWithTheKernel) {
  const std::string path = std::string(WEIR_KERNEL_CORPUS) + "/" + GetParam() + ".s";
  auto programs = read_corpus(path);
  ASSERT_TRUE(programs) << programs.error().to_string();
  ASSERT_FALSE(programs->empty());
  const std::string missing = why_no_kernel();
  for (const CorpusProgram& program : *programs) {
    SCOPED_TRACE(fmt::format("{}:{}: {}", path, program.line, program.name));
    check_program(program, missing.empty());
  }
  if (!missing.empty() && !HasFailure()) {
    GTEST_SKIP() << "strict is as the file says; not compared with the kernel: " << missing;
  }
}

std::vector<std::string> corpus_files() {
  std::vector<std::string> names;
  for (const char* folder : {"accept", "reject"}) {
    const auto files =
        std::filesystem::directory_iterator(std::filesystem::path(WEIR_KERNEL_CORPUS) / folder);
    for (const auto& file : files) {
      if (file.path().extension() == ".s") {
        names.push_back(std::string(folder) + "/" + file.path().stem().string());
      }
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

INSTANTIATE_TEST_SUITE_P(Files, Corpus, ::testing::ValuesIn(corpus_files()), [](const auto& info) {
  std::string name = info.param;
  std::replace(name.begin(), name.end(), '/', '_');
  return name;
});

}  // namespace
}  // namespace weir::kernel_test
