// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <linux/bpf.h>

#include "runtime/engine/program_set.h"
#include "runtime/maps/map_handle.h"
#include "runtime/maps/map_ops.h"
#include "tests/unit/helpers/program_run.h"

namespace weir::test {
namespace {

const MapDef kNext = map_def("next", BPF_MAP_TYPE_PROG_ARRAY, 4, 4, 4);
const MapDef kCount = map_def("count", BPF_MAP_TYPE_ARRAY, 4, 8, 1);

// Which engines call which: pairs that mix.
struct Pair {
  Engine caller, callee;
};
constexpr Pair kPairs[] = {{Engine::kInterp, Engine::kInterp}, {Engine::kJit, Engine::kJit},
                           {Engine::kAot, Engine::kAot},       {Engine::kCached, Engine::kInterp},
                           {Engine::kInterp, Engine::kJit},    {Engine::kAot, Engine::kInterp}};

class TailCalls : public ::testing::TestWithParam<Pair> {
 protected:
  void add(Engine engine, std::string_view text, std::vector<MapDef> maps,
           ContextKind kind = ContextKind::kXdp, Policy policy = Policy::kGuard) {
    auto ready =
        std::make_unique<Ready>(make_ready(engine, text, kind, std::move(maps), handles_, policy));
    for (const MapHandle& handle : ready->maps.handles()) handles_.push_back(handle);
    programs_.push_back(std::move(ready));
  }
  void set(uint32_t index, uint32_t program) {
    for (const MapHandle& handle : handles_) {
      if (handle.map()->type != BPF_MAP_TYPE_PROG_ARRAY) continue;
      ASSERT_EQ(map_host_update(handle.map(), &index, &program, BPF_ANY), 0);
    }
  }
  uint64_t run(std::vector<uint8_t> bytes = std::vector<uint8_t>(32)) {
    std::vector<TailTarget> targets;
    for (const auto& program : programs_) targets.push_back(program->target());
    context_.helpers = helper_table(HelperSet::kKernel);
    programs_[0]->maps.attach(context_);
    context_.programs = targets.data();
    context_.program_count = static_cast<uint32_t>(targets.size());
    context_.program = 0;
    begin_run(context_, budget_);
    Packet packet(programs_[0]->kind, std::move(bytes));
    const uint64_t r0 = programs_[0]->run(&context_, &packet.context, 0);
    packet_ = packet.bytes();
    return r0;
  }
  uint64_t count() {
    for (const MapHandle& handle : handles_) {
      const uint32_t key = 0;
      uint64_t value = 0;
      if (handle.map()->type == BPF_MAP_TYPE_ARRAY &&
          map_host_lookup(handle.map(), &key, &value, 0) == 0)
        return value;
    }
    return 0;
  }

  std::vector<std::unique_ptr<Ready>> programs_;
  std::vector<MapHandle> handles_;
  ExecContext context_;
  uint64_t budget_ = kDefaultBudget;
  std::vector<uint8_t> packet_;
};

INSTANTIATE_TEST_SUITE_P(Engines, TailCalls, ::testing::ValuesIn(kPairs), [](const auto& info) {
  return std::string(engine_name(info.param.caller)) + "_" +
         std::string(engine_name(info.param.callee));
});

constexpr std::string_view kEnter = R"(
r2 = map_fd(0) ll
r3 = 1
call 12
r0 = 7
exit
)";

TEST_P(TailCalls, ResultIsTheOtherPrograms) {
  add(GetParam().caller, kEnter, {kNext});
  add(GetParam().callee, "r0 = 42\nexit\n", {});
  EXPECT_EQ(run(), 7u);
  set(1, 1);
  EXPECT_EQ(run(), 42u);
  EXPECT_EQ(context_.trap_code, TrapCode::kNone);
  EXPECT_EQ(context_.program, 0u);
}

TEST_P(TailCalls, TheOtherProgramHasItsOwnMaps) {
  // Map 0 of the second program is the counter, of the first the program array.
  add(GetParam().caller, kEnter, {kNext, kCount});
  add(GetParam().callee, R"(
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(0) ll
call 1
if r0 == 0 goto out
*(u64 *)(r0 + 0) = 9
out:
r0 = 1
exit
)",
      {kCount});
  set(1, 1);
  EXPECT_EQ(run(), 1u);
  EXPECT_EQ(count(), 9u);
  EXPECT_EQ(context_.maps, programs_[0]->maps.table().data());
}

TEST_P(TailCalls, ThirtyThreeAtMost) {
  // Counts its own runs and enters itself, until the limit lets it fall through.
  constexpr std::string_view kSelf = R"(
r6 = r1
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd(1) ll
call 1
if r0 == 0 goto out
r1 = *(u64 *)(r0 + 0)
r1 += 1
*(u64 *)(r0 + 0) = r1
r1 = r6
r2 = map_fd(0) ll
r3 = 0
call 12
out:
r0 = 5
exit
)";
  add(GetParam().caller, kSelf, {kNext, kCount});
  add(GetParam().callee, kSelf, {kNext, kCount});
  set(0, 1);
  EXPECT_EQ(run(), 5u);
  EXPECT_EQ(count(), 34u);
  EXPECT_EQ(run(), 5u);
  EXPECT_EQ(count(), 68u);
}

TEST_P(TailCalls, FromAFunctionComesBackToItsCaller) {
  add(GetParam().caller, R"(
call f
r0 += 1
exit
f:
r2 = map_fd(0) ll
r3 = 2
call 12
r0 = 100
exit
)",
      {kNext});
  add(GetParam().callee, "r0 = 42\nexit\n", {});
  EXPECT_EQ(run(), 101u);
  set(2, 1);
  EXPECT_EQ(run(), 43u);
}

TEST_P(TailCalls, ThePacketMayHaveMovedMeanwhile) {
  // The caller's pointer is dead after the call; the bytes it then reads are those of now.
  add(GetParam().caller, R"(
r6 = r1
r7 = *(u32 *)(r1 + 0)
r8 = *(u32 *)(r1 + 4)
call f
r1 = *(u32 *)(r6 + 0)
r2 = *(u32 *)(r6 + 4)
r0 = 1
r3 = r1
r3 += 1
if r3 > r2 goto out
r0 = *(u8 *)(r1 + 0)
out:
exit
f:
r2 = map_fd(0) ll
r3 = 0
call 12
r0 = 0
exit
)",
      {kNext});
  add(GetParam().callee, "r2 = 2\ncall 44\nexit\n", {});
  set(0, 1);
  std::vector<uint8_t> bytes(32);
  bytes[2] = 77;
  EXPECT_EQ(run(bytes), 77u);
  EXPECT_EQ(packet_.size(), 30u);
}

TEST_P(TailCalls, PointersIntoThePacketDieInACallThatMayEnterAnother) {
  add(GetParam().caller, R"(
r6 = *(u32 *)(r1 + 0)
r2 = *(u32 *)(r1 + 4)
r3 = r6
r3 += 32
if r3 > r2 goto out
call f
r0 = *(u8 *)(r6 + 31)
out:
exit
f:
r2 = map_fd(0) ll
r3 = 0
call 12
r0 = 0
exit
)",
      {kNext});
  add(GetParam().callee, "r2 = -10\ncall 65\nexit\n", {});
  EXPECT_EQ(run(), 0u);
  EXPECT_EQ(context_.trap_code, TrapCode::kNone);
  set(0, 1);
  (void)run();
  EXPECT_EQ(context_.trap_code, TrapCode::kAccess);
}

TEST_P(TailCalls, ATrapEndsTheRunAndSaysWhose) {
  add(GetParam().caller, R"(
call f
r0 = 5
exit
f:
r2 = map_fd(0) ll
r3 = 0
call 12
r0 = 0
exit
)",
      {kNext});
  add(GetParam().callee, "r0 = 1\nr1 = 0\nr0 = *(u8 *)(r1 + 0)\nexit\n", {});
  set(0, 1);
  EXPECT_EQ(run(), 0u);
  EXPECT_EQ(context_.trap_code, TrapCode::kAccess);
  EXPECT_EQ(context_.trap_insn, 2u);
  EXPECT_EQ(context_.program, 1u);
  EXPECT_EQ(context_.after_call, AfterCall::kGoOn);
  EXPECT_EQ(context_.maps, programs_[0]->maps.table().data());
}

TEST_P(TailCalls, TheBudgetIsOneForAll) {
  add(GetParam().caller, R"(
r2 = map_fd(0) ll
r3 = 0
call 12
r0 = 0
exit
)",
      {kNext});
  add(GetParam().callee, "again:\ngoto again\n", {});
  set(0, 1);
  budget_ = 1000;
  (void)run();
  EXPECT_EQ(context_.trap_code, TrapCode::kBudget);
  EXPECT_EQ(context_.budget, 0u);
}

TEST_P(TailCalls, OtherHookKindsAndUnknownNumbersAreNotEntered) {
  add(GetParam().caller, kEnter, {kNext});
  add(GetParam().callee, "r0 = 42\nexit\n", {}, ContextKind::kSchedCls);
  set(1, 1);
  EXPECT_EQ(run(), 7u);
  set(1, 1000);
  EXPECT_EQ(run(), 7u);
}

TEST_P(TailCalls, NotWithARecordInHand) {
  add(GetParam().caller, R"(
r6 = r1
r1 = map_fd(1) ll
r2 = 8
r3 = 0
call 131
r1 = r6
r2 = map_fd(0) ll
r3 = 0
call 12
r0 = 7
exit
)",
      {kNext, map_def("events", BPF_MAP_TYPE_RINGBUF, 0, 0, 4096)});
  add(GetParam().callee, "r0 = 42\nexit\n", {});
  set(0, 1);
  EXPECT_EQ(run(), 7u);
  EXPECT_EQ(context_.held, 0u);
}

// ---- ProgramSet: the same with what a host uses ----

Result<std::shared_ptr<const Executable>> load(std::string_view text, std::string name,
                                               std::vector<MapDef> maps, ContextKind kind) {
  WEIR_TRY(AssembledText assembled, assemble(text, "test.s"));
  WEIR_TRY(Program program, program_from_code(assembled.bytes, std::move(name), std::move(maps)));
  LoadOptions options;
  options.engine = EngineKind::kInterp;
  options.compile = test_options();
  options.compile.context = kind;
  options.compile.helpers = HelperSet::kKernel;
  return load_executable(std::move(program), options);
}

TEST(ProgramSets, StaticInitialiserNamesPrograms) {
  MapDef next = kNext;
  next.slots = {{1, "second"}, {3, "absent"}};
  EXPECT_EQ(tail_called(std::vector{next}), (std::vector<std::string>{"second", "absent"}));
  auto first = load(kEnter, "first", {next}, ContextKind::kXdp);
  auto second = load("r0 = 42\nexit\n", "second", {}, ContextKind::kXdp);
  ASSERT_TRUE(first && second);
  auto maps = MapSet::create(std::vector{next});
  ASSERT_TRUE(maps);
  ProgramSet set;
  EXPECT_EQ(set.add(*first, *maps), 0u);
  EXPECT_EQ(set.add(*second, MapSet()), 1u);
  ASSERT_TRUE(set.fill(std::vector{next}, *maps));
  EXPECT_EQ(set.find("second"), 1u);
  EXPECT_EQ(set.find("absent"), std::nullopt);

  ExecContext context;
  context.helpers = helper_table(HelperSet::kKernel);
  set.attach(0, context);
  Packet packet(ContextKind::kXdp, std::vector<uint8_t>(20));
  EXPECT_EQ(set.executable(0).run(&context, &packet.context, 0), 42u);
  ASSERT_TRUE(set.clear_entry(maps->find("next"), 1));
  EXPECT_EQ(set.executable(0).run(&context, &packet.context, 0), 7u);
  EXPECT_FALSE(set.set_entry(maps->find("next"), 4, 1));
  EXPECT_FALSE(set.set_entry(maps->find("next"), 1, 2));
  EXPECT_FALSE(set.set_entry(maps->find("nothing"), 1, 1));
}

TEST(ProgramSets, MapsAreSharedByNameAndShape) {
  auto first = MapSet::create(std::vector{kCount});
  ASSERT_TRUE(first);
  MapDef larger = kCount;
  larger.max_entries = 2;
  auto second = MapSet::create(std::vector{kNext, kCount}, {.shared = first->handles()});
  auto third = MapSet::create(std::vector{larger}, {.shared = first->handles()});
  ASSERT_TRUE(second && third);
  EXPECT_EQ(second->find("count"), first->find("count"));
  EXPECT_NE(third->find("count"), first->find("count"));
  // Data that never changes: only if it is the same.
  MapDef data = map_def("x.rodata", BPF_MAP_TYPE_ARRAY, 4, 4, 1);
  data.read_only = true;
  data.flags = BPF_F_RDONLY_PROG;
  data.initial = {1, 2, 3, 4};
  auto fourth = MapSet::create(std::vector{data});
  ASSERT_TRUE(fourth);
  auto same = MapSet::create(std::vector{data}, {.shared = fourth->handles()});
  data.initial = {1, 2, 3, 5};
  auto other = MapSet::create(std::vector{data}, {.shared = fourth->handles()});
  ASSERT_TRUE(same && other);
  EXPECT_EQ(same->find("x.rodata"), fourth->find("x.rodata"));
  EXPECT_NE(other->find("x.rodata"), fourth->find("x.rodata"));
}

}  // namespace
}  // namespace weir::test
