// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/compile/background_compiler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "frontend/verifier/verifier.h"
#include "runtime/engine/helper_table.h"
#include "tests/unit/engine/fakes.h"

namespace weir {
namespace {

using namespace engine_test;
using ::testing::HasSubstr;

// Compiles when it is let.
class PatientCompiler final : public CompilerProvider {
 public:
  Result<std::vector<uint8_t>> compile_object(std::span<const VerifiedProgram> programs) override {
    std::unique_lock lock(mutex_);
    ++asked;
    changed_.notify_all();
    changed_.wait(lock, [this] { return let_ || cancelled_; });
    if (cancelled_) return Error(ErrorCode::kCompilerFailed, "called off");
    return fake.compile_object(programs);
  }
  Result<JitEntry> compile_jit(const VerifiedProgram& program) override {
    return fake.compile_jit(program);
  }
  void cancel() override { set(cancelled_); }
  void let() { set(let_); }
  void wait_until_asked() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return asked > 0; });
  }

  FakeCompiler fake;
  int asked = 0;

 private:
  void set(bool& what) {
    const std::scoped_lock lock(mutex_);
    what = true;
    changed_.notify_all();
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  bool let_ = false, cancelled_ = false;
};

class BackgroundCompilerTest : public ::testing::Test {
 protected:
  std::shared_ptr<const Executable> load(Program program) {
    LoadOptions options;
    options.compile.cpu = host_cpu();
    options.compile.context = ContextKind::kIp;
    options.cache = store_.get();
    options.later_cache = store_;
    options.later = &*background_;
    auto loaded = load_executable(std::move(program), options);
    if (loaded) return *loaded;
    ADD_FAILURE() << loaded.error().to_string();
    return nullptr;
  }
  static uint64_t run(const Executable& program) {
    ExecContext context;
    context.helpers = helper_table(program.info().options.helpers);
    uint8_t data[16] = {};
    return program.run(&context, data, sizeof data);
  }

  std::shared_ptr<FakeStore> store_ = std::make_shared<FakeStore>();
  PatientCompiler compiler_;
  std::optional<BackgroundCompiler> background_{compiler_};
};

TEST_F(BackgroundCompilerTest, StartsInTheInterpreterAndMovesToNativeCode) {
  const auto program = load(seven());
  compiler_.wait_until_asked();
  EXPECT_EQ(program->engine(), EngineKind::kInterp);
  EXPECT_TRUE(program->awaits_native());
  EXPECT_FALSE(program->fallback_reason());
  EXPECT_EQ(program->code_bytes(), 0U);
  EXPECT_EQ(run(*program), 7U);
  EXPECT_EQ(background_->counts().compiling, 1U);

  compiler_.let();
  background_->wait();
  EXPECT_EQ(program->engine(), EngineKind::kAot);
  EXPECT_FALSE(program->awaits_native());
  EXPECT_EQ(run(*program), 42U);  // what the fake compiler makes of any program
  EXPECT_EQ(program->code_bytes(), native_text(host_arch()).size());
  EXPECT_EQ(background_->counts().compiled, 1U);

  // And the next one finds it.
  const auto next = load(seven());
  EXPECT_EQ(next->engine(), EngineKind::kAot);
  EXPECT_EQ(next->cache().outcome, CacheOutcome::kHit);
  EXPECT_EQ(compiler_.asked, 1);
}

TEST_F(BackgroundCompilerTest, RunsInOtherThreadsAreOfTheOneOrTheOther) {
  const auto program = load(seven());
  std::atomic<bool> end = false;
  std::atomic<uint64_t> before = 0, after = 0, wrong = 0;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&] {
      bool moved = false;
      while (!end) {
        const uint64_t r0 = run(*program);
        if (r0 == 42) moved = true;
        ++(r0 == 7 && !moved ? before : r0 == 42 ? after : wrong);
      }
    });
  }
  while (before < 100) std::this_thread::yield();
  compiler_.let();
  while (after < 100) std::this_thread::yield();
  end = true;
  threads.clear();
  EXPECT_EQ(wrong, 0U);
}

TEST_F(BackgroundCompilerTest, WhatDoesNotCompileGoesOnAsItIs) {
  compiler_.fake.broken = true;
  const auto program = load(seven());
  compiler_.let();
  background_->wait();
  EXPECT_EQ(program->engine(), EngineKind::kInterp);
  EXPECT_FALSE(program->awaits_native());
  ASSERT_TRUE(program->native_problem());
  EXPECT_THAT(program->native_problem()->to_string(), HasSubstr("the fake compiler is broken"));
  EXPECT_EQ(run(*program), 7U);
  EXPECT_EQ(background_->counts().failed, 1U);
  EXPECT_TRUE(store_->entries.empty());
}

TEST_F(BackgroundCompilerTest, ARejectedProgramIsRejectedAtOnce) {
  LoadOptions options;
  options.compile.policy = Policy::kStrict;
  options.compile.cpu = host_cpu();
  options.later = &*background_;
  EXPECT_FALSE(load_executable(stray(), options));
  EXPECT_EQ(background_->counts().waiting + background_->counts().compiling, 0U);
}

TEST_F(BackgroundCompilerTest, NobodysProgramIsNotCompiled) {
  const auto first = load(seven("first"));
  compiler_.wait_until_asked();
  auto second = load(seven("second"));
  second.reset();
  compiler_.let();
  background_->wait();
  EXPECT_EQ(compiler_.asked, 1);
  EXPECT_EQ(background_->counts().dropped, 1U);
  EXPECT_EQ(background_->counts().compiled, 1U);
}

TEST_F(BackgroundCompilerTest, EndsInTheMiddle) {
  const auto first = load(seven("first")), second = load(seven("second"));
  compiler_.wait_until_asked();
  background_.reset();  // does not wait for what is never let
  EXPECT_EQ(run(*first), 7U);
  EXPECT_EQ(run(*second), 7U);
  EXPECT_EQ(compiler_.asked, 1);
}

TEST_F(BackgroundCompilerTest, AnObjectOfAnotherProgramIsNotRun) {
  class Confused final : public CompilerProvider {
   public:
    Result<std::vector<uint8_t>> compile_object(
        std::span<const VerifiedProgram> programs) override {
      const VerifiedProgram other = *verify(seven("other"), programs.front().options());
      return fake.compile_object(std::span(&other, 1));
    }
    Result<JitEntry> compile_jit(const VerifiedProgram& program) override {
      return fake.compile_jit(program);
    }
    FakeCompiler fake;
  } confused;
  background_.emplace(confused);
  const auto program = load(seven());
  background_->wait();
  EXPECT_EQ(program->engine(), EngineKind::kInterp);
  EXPECT_THAT(program->native_problem()->to_string(), HasSubstr("another program"));
  background_.reset();
}

}  // namespace
}  // namespace weir
