// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/engine/executable.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "frontend/verifier/verifier.h"
#include "runtime/engine/helper_table.h"
#include "tests/unit/engine/fakes.h"

namespace weir {
namespace {

using namespace engine_test;
using ::testing::HasSubstr;

class ExecutableTest : public ::testing::Test {
 protected:
  ExecutableTest() {
    options_.compile.cpu = host_cpu();
    options_.compile.context = ContextKind::kIp;
    options_.compiler = &compiler_;
    options_.cache = &store_;
  }

  // Null, and a failed test, on an Error.
  std::shared_ptr<const Executable> load(Program program) {
    auto loaded = load_executable(std::move(program), options_);
    if (loaded) return *loaded;
    ADD_FAILURE() << loaded.error().to_string();
    return nullptr;
  }
  Error load_error(Program program) {
    auto loaded = load_executable(std::move(program), options_);
    if (!loaded) return loaded.take_error();
    return Error(ErrorCode::kInternal, "loaded, but must not");
  }
  static uint64_t run(const Executable& program) {
    ExecContext context;
    context.helpers = helper_table(program.info().options.helpers);
    uint8_t data[16] = {};
    const uint64_t r0 = program.run(&context, data, sizeof data);
    EXPECT_EQ(context.trap_code, TrapCode::kNone);
    return r0;
  }
  NativeObject object_of(Program program, const CompileOptions& options) {
    const VerifiedProgram verified = *verify(std::move(program), options);
    return *NativeObject::parse(*compiler_.compile_object(std::span(&verified, 1)));
  }

  FakeCompiler compiler_;
  FakeStore store_;
  LoadOptions options_;
};

TEST(EngineKindTest, NamesGoBothWays) {
  for (const auto kind :
       {EngineKind::kInterp, EngineKind::kJit, EngineKind::kAot, EngineKind::kAuto}) {
    EXPECT_EQ(engine_from_name(engine_name(kind)), kind);
  }
  EXPECT_EQ(engine_from_name("qemu"), std::nullopt);
  EXPECT_EQ(engine_from_name(""), std::nullopt);
}

TEST(HelperTableTest, HoldsWhatTheSetOffersAndNothingElse) {
  for (const HelperSet set : {HelperSet::kNone, HelperSet::kConformance}) {
    const HelperFn* table = helper_table(set);
    ASSERT_NE(table, nullptr);
    for (uint32_t number = 0; number < kHelperSlots; ++number) {
      EXPECT_EQ(table[number] != nullptr, find_helper(set, number) != nullptr) << number;
    }
  }
  ExecContext context;
  EXPECT_EQ(helper_table(HelperSet::kConformance)[5](9, 0, 0, 0, 0, &context), 9U);
}

TEST_F(ExecutableTest, InterpreterAsksNeitherCompilerNorCache) {
  options_.engine = EngineKind::kInterp;
  const auto program = load(assembled("r0 = *(u8 *)(r1 + 0)\nr0 += 7\nexit\n"));
  ASSERT_TRUE(program);
  EXPECT_EQ(program->engine(), EngineKind::kInterp);
  EXPECT_EQ(run(*program), 7U);
  EXPECT_EQ(program->cache().outcome, CacheOutcome::kNotUsed);
  EXPECT_EQ(program->info().accesses, 1U);
  EXPECT_EQ(program->code_bytes(), 0U);
  EXPECT_EQ(compiler_.compilations, 0);
  EXPECT_EQ(store_.lookups, 0);
}

TEST_F(ExecutableTest, JitUsesNoCache) {
  options_.engine = EngineKind::kJit;
  const auto program = load(seven());
  ASSERT_TRUE(program);
  EXPECT_EQ(program->engine(), EngineKind::kJit);
  EXPECT_EQ(run(*program), kJitResult);
  EXPECT_EQ(store_.lookups, 0);
}

TEST_F(ExecutableTest, AotCompilesOnceAndThenHits) {
  options_.engine = EngineKind::kAot;
  const auto cold = load(seven());
  ASSERT_TRUE(cold);
  EXPECT_EQ(cold->engine(), EngineKind::kAot);
  EXPECT_EQ(run(*cold), kNativeResult);
  EXPECT_EQ(cold->cache().outcome, CacheOutcome::kMiss);
  EXPECT_TRUE(cold->cache().stored);
  EXPECT_EQ(compiler_.compilations, 1);

  options_.compiler = nullptr;
  const auto warm = load(seven());
  ASSERT_TRUE(warm);
  EXPECT_EQ(run(*warm), kNativeResult);
  EXPECT_EQ(warm->cache().outcome, CacheOutcome::kHit);
  EXPECT_EQ(warm->cache().key, cold->cache().key);
  EXPECT_EQ(warm->code_bytes(), native_text(host_arch()).size());
}

TEST_F(ExecutableTest, EachOptionHasItsOwnEntry) {
  options_.engine = EngineKind::kAot;
  ASSERT_TRUE(load(seven()));
  options_.compile.opt_level = 3;
  ASSERT_TRUE(load(seven()));
  options_.compile.policy = Policy::kStrict;
  ASSERT_TRUE(load(seven()));
  EXPECT_EQ(store_.entries.size(), 3U);
  EXPECT_EQ(compiler_.compilations, 3);
}

TEST_F(ExecutableTest, EntrySaysWhatItIs) {
  options_.engine = EngineKind::kAot;
  ASSERT_TRUE(load(seven("drop_all")));
  const NativeKey key = native_key(seven("drop_all"), options_.compile);
  EXPECT_EQ(store_.last_description.key_fields, key.fields);
  EXPECT_THAT(store_.last_description.to_text(), HasSubstr("note name: drop_all\n"));
}

TEST_F(ExecutableTest, DamagedEntryIsReplaced) {
  options_.engine = EngineKind::kAot;
  store_.damaged = true;
  const auto program = load(seven());
  ASSERT_TRUE(program);
  EXPECT_EQ(run(*program), kNativeResult);
  EXPECT_EQ(program->cache().outcome, CacheOutcome::kDamaged);
  EXPECT_EQ(program->cache().set_aside, "/somewhere");
  EXPECT_TRUE(program->cache().stored);
  ASSERT_EQ(program->cache().problems.size(), 1U);
  EXPECT_EQ(load(seven())->cache().outcome, CacheOutcome::kHit);
}

// What the store takes for whole, but is not what was asked for, is not run.
TEST_F(ExecutableTest, EntryForSomethingElseIsDamaged) {
  options_.engine = EngineKind::kAot;
  const Digest key = native_key(seven(), options_.compile).digest;
  const Program other_program = assembled("r0 = 8\nexit\n");
  CompileOptions other_policy = options_.compile, other_level = options_.compile;
  other_policy.policy = Policy::kTrusted;
  other_level.opt_level = 1;
  CompileOptions other_hook = options_.compile, other_cpu = options_.compile;
  other_hook.context = ContextKind::kFrame;
  other_cpu.cpu.features ^= 1;
  const std::pair<const char*, std::vector<uint8_t>> cases[] = {
      {"bytecode",
       *compiler_.compile_object(std::array{*verify(Program(other_program), options_.compile)})},
      {"program", *compiler_.compile_object(std::array{*verify(seven("a"), options_.compile)})},
      {"policy", *compiler_.compile_object(std::array{*verify(seven(), other_policy)})},
      {"optimisation level", *compiler_.compile_object(std::array{*verify(seven(), other_level)})},
      {"hook kind", *compiler_.compile_object(std::array{*verify(seven(), other_hook)})},
      {"CPU", *compiler_.compile_object(std::array{*verify(seven(), other_cpu)})},
      {"number of programs",
       *compiler_.compile_object(
           std::array{*verify(seven(), options_.compile), *verify(seven("b"), options_.compile)})},
  };
  for (const auto& [what, bytes] : cases) {
    store_.entries[key] = bytes;
    const auto program = load(seven());
    ASSERT_TRUE(program) << what;
    EXPECT_EQ(program->cache().outcome, CacheOutcome::kDamaged) << what;
    ASSERT_EQ(program->cache().problems.size(), 1U) << what;
    EXPECT_THAT(program->cache().problems[0].message(), HasSubstr(what));
    EXPECT_EQ(load(seven())->cache().outcome, CacheOutcome::kHit) << what;
  }
}

TEST_F(ExecutableTest, EntryThatIsNoObjectIsDamaged) {
  options_.engine = EngineKind::kAot;
  store_.entries[native_key(seven(), options_.compile).digest] = {1, 2, 3};
  const auto program = load(seven());
  ASSERT_TRUE(program);
  EXPECT_EQ(program->cache().outcome, CacheOutcome::kDamaged);
  EXPECT_EQ(run(*program), kNativeResult);
}

TEST_F(ExecutableTest, CacheThatCannotBeAskedCostsOnlyTime) {
  options_.engine = EngineKind::kAot;
  store_.lookup_fails = store_.put_fails = true;
  const auto program = load(seven());
  ASSERT_TRUE(program);
  EXPECT_EQ(run(*program), kNativeResult);
  EXPECT_EQ(program->cache().outcome, CacheOutcome::kUnavailable);
  EXPECT_FALSE(program->cache().stored);
  EXPECT_EQ(program->cache().problems.size(), 1U) << "one cause, told once";
}

TEST_F(ExecutableTest, CacheThatCannotBeWrittenCostsOnlyTime) {
  options_.engine = EngineKind::kAuto;
  store_.put_fails = true;
  const auto program = load(seven());
  ASSERT_TRUE(program);
  EXPECT_EQ(program->engine(), EngineKind::kAot);
  EXPECT_EQ(program->cache().outcome, CacheOutcome::kMiss);
  EXPECT_FALSE(program->cache().stored);
  EXPECT_EQ(program->cache().problems.size(), 1U);
}

TEST_F(ExecutableTest, WithoutCompilerAotFailsAndAutoInterprets) {
  options_.compiler = nullptr;
  for (const EngineKind engine : {EngineKind::kAot, EngineKind::kJit}) {
    options_.engine = engine;
    EXPECT_EQ(load_error(seven()).code(), ErrorCode::kCompilerFailed);
  }
  options_.engine = EngineKind::kAuto;
  const auto program = load(seven());
  ASSERT_TRUE(program);
  EXPECT_EQ(program->engine(), EngineKind::kInterp);
  EXPECT_EQ(run(*program), 7U);
  EXPECT_EQ(program->cache().outcome, CacheOutcome::kMiss);
  ASSERT_TRUE(program->fallback_reason());
  EXPECT_EQ(program->fallback_reason()->code(), ErrorCode::kCompilerFailed);
}

TEST_F(ExecutableTest, AutoKeepsTheReasonOfABrokenCompiler) {
  compiler_.broken = true;
  const auto program = load(seven());
  ASSERT_TRUE(program);
  EXPECT_EQ(run(*program), 7U);
  ASSERT_TRUE(program->fallback_reason());
  EXPECT_EQ(program->fallback_reason()->message(), "the fake compiler is broken");
  EXPECT_TRUE(store_.entries.empty());
}

TEST_F(ExecutableTest, CodeForAnotherMachineIsInterpreted) {
  options_.compile.cpu.features |= uint64_t{1} << 63;  // a feature that no machine has
  const auto program = load(seven());
  ASSERT_TRUE(program);
  EXPECT_EQ(program->engine(), EngineKind::kInterp);
  ASSERT_TRUE(program->fallback_reason());
  EXPECT_EQ(program->fallback_reason()->code(), ErrorCode::kObjectTarget);
  options_.engine = EngineKind::kAot;
  EXPECT_EQ(load_error(seven()).code(), ErrorCode::kObjectTarget);
}

TEST_F(ExecutableTest, RejectedProgramsNeverRun) {
  options_.compile.policy = Policy::kStrict;
  for (const auto engine :
       {EngineKind::kInterp, EngineKind::kJit, EngineKind::kAot, EngineKind::kAuto}) {
    options_.engine = engine;
    EXPECT_EQ(load_error(stray()).code(), ErrorCode::kProgramRejected) << engine_name(engine);
  }
  EXPECT_EQ(compiler_.compilations, 0);
  EXPECT_TRUE(store_.entries.empty());
}

TEST_F(ExecutableTest, PrecompileFillsWhatAotFinds) {
  PrecompileOptions precompilation;
  precompilation.compile = options_.compile;
  precompilation.cache = &store_;
  precompilation.compiler = &compiler_;
  CacheReport report;
  ASSERT_TRUE(precompile(seven(), precompilation, report));
  EXPECT_EQ(report.outcome, CacheOutcome::kMiss);
  EXPECT_TRUE(report.stored);

  CacheReport again;
  ASSERT_TRUE(precompile(seven(), precompilation, again));
  EXPECT_EQ(again.outcome, CacheOutcome::kHit);
  EXPECT_TRUE(again.stored);
  options_.engine = EngineKind::kAot;
  EXPECT_EQ(load(seven())->cache().outcome, CacheOutcome::kHit);
  EXPECT_EQ(compiler_.compilations, 1);
}

TEST_F(ExecutableTest, TrapsAreDescribedWithTheirPlace) {
  options_.engine = EngineKind::kInterp;
  const auto program = load(stray());
  ASSERT_TRUE(program);
  ExecContext context;
  uint8_t data[4] = {};
  program->run(&context, data, sizeof data);
  EXPECT_EQ(program->describe(trap_of(context)).to_string(),
            "trap access at instruction 1 (test.c:2): memory access outside what the hook gave the "
            "program\n    r0 = *(u8 *)(r1 + 0)\n    | line 2");
  EXPECT_EQ(program->describe({TrapCode::kBudget, 1000}).to_string(),
            "trap budget: the run took more loop rounds and calls than its budget allows");
}

TEST_F(ExecutableTest, ObjectRunsInEveryEngine) {
  const NativeObject object = object_of(seven(), options_.compile);
  const std::pair<EngineKind, uint64_t> cases[] = {{EngineKind::kAot, kNativeResult},
                                                   {EngineKind::kAuto, kNativeResult},
                                                   {EngineKind::kInterp, 7},
                                                   {EngineKind::kJit, kJitResult}};
  for (const auto& [engine, result] : cases) {
    options_.engine = engine;
    auto program = load_executable(NativeObject(object), 0, options_);
    ASSERT_TRUE(program) << program.error().to_string();
    EXPECT_EQ(run(**program), result) << engine_name(engine);
    EXPECT_EQ((*program)->info().name, "test");
    EXPECT_EQ((*program)->info().section, "filter/ip");
    EXPECT_EQ((*program)->info().options.context, ContextKind::kIp);
    EXPECT_EQ((*program)->cache().outcome, CacheOutcome::kNotUsed);
    // The bytecode that it carries gives messages their place.
    EXPECT_EQ((*program)->describe({TrapCode::kAccess, 1}).where.source_line, 2U);
  }
  EXPECT_EQ(store_.lookups, 0);
}

TEST_F(ExecutableTest, ObjectWithoutThatProgramIsAnError) {
  auto program = load_executable(object_of(seven(), options_.compile), 1, options_);
  ASSERT_FALSE(program);
  EXPECT_EQ(program.error().code(), ErrorCode::kNotFound);
}

TEST_F(ExecutableTest, ObjectForAnotherMachineIsInterpretedByAutoOnly) {
  CompileOptions other = options_.compile;
  other.cpu.features |= uint64_t{1} << 63;
  const NativeObject object = object_of(seven(), other);
  auto program = load_executable(NativeObject(object), 0, options_);
  ASSERT_TRUE(program);
  EXPECT_EQ(run(**program), 7U);
  EXPECT_TRUE((*program)->fallback_reason());
  options_.engine = EngineKind::kAot;
  EXPECT_FALSE(load_executable(NativeObject(object), 0, options_));
}

TEST_F(ExecutableTest, UncheckedObjectsMustBeAskedForByName) {
  CompileOptions trusted = options_.compile;
  trusted.policy = Policy::kTrusted;
  const NativeObject object = object_of(seven(), trusted);
  for (const auto engine : {EngineKind::kAot, EngineKind::kAuto}) {
    options_.engine = engine;
    options_.compile.policy = Policy::kGuard;
    auto refused = load_executable(NativeObject(object), 0, options_);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::kProgramRejected);
    options_.compile.policy = Policy::kTrusted;
    auto program = load_executable(NativeObject(object), 0, options_);
    ASSERT_TRUE(program);
    EXPECT_EQ(run(**program), kNativeResult);
  }
  // Its bytecode may be interpreted: the checks are then made.
  options_.engine = EngineKind::kInterp;
  options_.compile.policy = Policy::kGuard;
  auto program = load_executable(NativeObject(object), 0, options_);
  ASSERT_TRUE(program);
  EXPECT_EQ((*program)->info().options.policy, Policy::kGuard);
}

// Whatever the policy: compiled code and the analysis count on it.
TEST_F(ExecutableTest, MoreDataThanThereCanBeIsNotRunOn) {
  for (const auto kind : {EngineKind::kInterp, EngineKind::kJit, EngineKind::kAot}) {
    for (const Policy policy : {Policy::kGuard, Policy::kTrusted}) {
      SCOPED_TRACE(engine_name(kind));
      options_.engine = kind;
      options_.compile.policy = policy;
      const auto program = load(assembled("r0 = 7\nexit\n"));
      ASSERT_TRUE(program);
      ExecContext context;
      uint8_t data[16] = {};
      for (const uint64_t size : {kMaxDataBytes + 1, uint64_t{1} << 32, UINT64_MAX}) {
        begin_run(context, 100);
        EXPECT_EQ(program->run(&context, data, size), 0u);
        EXPECT_EQ(context.trap_code, TrapCode::kAccess);
        EXPECT_EQ(context.trap_insn, 0u);
        EXPECT_EQ(context.budget, 100u);
      }
      begin_run(context, 100);
      EXPECT_NE(program->run(&context, data, kMaxDataBytes), 0u);
      EXPECT_EQ(context.trap_code, TrapCode::kNone);
    }
  }
}

// What the analysis makes of such a call is no part of the program that people know.
TEST_F(ExecutableTest, TrapsInCallbackLoopsNameTheCall) {
  options_.engine = EngineKind::kInterp;
  options_.compile.helpers = HelperSet::kKernel;
  const auto program =
      load(assembled("r1 = *(u32 *)(r1 + 0)\nr2 = func(f) ll\nr3 = 0\nr4 = 0\ncall "
                     "181\nexit\nf:\nr0 = 0\nexit\n"));
  ASSERT_TRUE(program);
  ExecContext context;
  context.helpers = helper_table(HelperSet::kKernel);
  context.budget = 100;
  uint8_t data[16] = {0, 0, 1};
  EXPECT_EQ(program->run(&context, data, sizeof data), 0u);
  EXPECT_EQ(context.trap_code, TrapCode::kBudget);
  const TrapReport report = program->describe(trap_of(context));
  EXPECT_EQ(report.where.instruction, 5u);  // the function's address takes two slots
  EXPECT_THAT(report.instruction, HasSubstr("call"));
  EXPECT_EQ(report.trap.insn, context.trap_insn);
}

}  // namespace
}  // namespace weir
