// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A hook and helpers that a host describes at run time: the same in every engine, checked as
// weir's own are, and part of what compiled code is made for.
#include "runtime/abi/host_hooks.h"

#include <bpf/btf.h>
#include <gmock/gmock.h>

#include <cstring>

#include "frontend/object/btf.h"
#include "runtime/abi/artifact.h"
#include "runtime/abi/compile_key.h"
#include "runtime/abi/section_hook.h"
#include "runtime/hooks/context_btf.h"
#include "runtime/hooks/host_packet.h"
#include "tests/unit/helpers/program_run.h"

namespace weir::test {
namespace {

using ::testing::HasSubstr;

// A queue's hook: what its programs are compiled with.
struct Request {
  uint32_t tenant;
  uint16_t operation;
  uint8_t urgent, unused;
  uint64_t deadline;
  uint64_t data, data_end;
  uint8_t tag[16];
};
struct NativeRequest {
  PacketContext packet;
  Request request;
};
static_assert(offsetof(NativeRequest, request) == kHostContextOffset);

ContextDescription request_description() {
  ContextDescription d;
  d.name = "request";
  d.text = "a request in a queue";
  d.bytes = sizeof(Request);
  d.result = ResultRange{0, 3};
  const auto number = FieldKind::kNumber;
  d.fields = {
      {"tenant", 0, 4, number, FieldWidth::kNarrow},
      {"operation", 4, 2, number, FieldWidth::kWhole},
      {"urgent", 6, 1, number, FieldWidth::kWhole, true, true},
      {"deadline", 8, 8, number, FieldWidth::kWhole, true, true},
      {"data", 16, 8, FieldKind::kData, FieldWidth::kWhole},
      {"data_end", 24, 8, FieldKind::kDataEnd, FieldWidth::kWhole},
      {"tag", 32, 16, number, FieldWidth::kBytes, true, true},
  };
  return d;
}

uint64_t scale(uint64_t a, uint64_t b, uint64_t, uint64_t, uint64_t, ExecContext* c) {
  return a * b + *static_cast<uint64_t*>(c->host);
}
uint64_t sum_bytes(uint64_t bytes, uint64_t size, uint64_t, uint64_t, uint64_t, ExecContext*) {
  uint64_t sum = 0;
  for (uint64_t i = 0; i < size; ++i) sum += reinterpret_cast<const uint8_t*>(bytes)[i];
  return sum;
}
uint64_t fill(uint64_t context, uint64_t out, uint64_t size, uint64_t, uint64_t, ExecContext*) {
  const auto& request = reinterpret_cast<const NativeRequest*>(context)->request;
  std::memset(reinterpret_cast<void*>(out), request.operation, size);
  return size;
}

std::vector<HelperDeclaration> declarations() {
  using enum HelperArgument;
  return {
      {.number = 216, .name = "scale", .function = scale, .arguments = {kAnything, kAnything}},
      {.number = 217, .name = "sum_bytes", .function = sum_bytes, .arguments = {kMemory, kSize}},
      {.number = 255,
       .name = "fill",
       .function = fill,
       .arguments = {kContext, kMemoryOut, kSize}}};
}

ContextKind request_kind() {
  auto kind = register_context(request_description());
  if (!kind) ADD_FAILURE() << kind.error().to_string();
  return kind ? *kind : ContextKind::kMemory;
}
HelperSet request_helpers() {
  auto set = register_helpers(declarations());
  if (!set) ADD_FAILURE() << set.error().to_string();
  return set ? *set : HelperSet::kNone;
}

CompileOptions request_options(Policy policy = Policy::kStrict) {
  CompileOptions options = test_options();
  options.context = request_kind();
  options.helpers = request_helpers();
  options.policy = policy;
  return options;
}

Result<VerifiedProgram> verify_text(std::string_view text, const CompileOptions& options,
                                    std::vector<MapDef> maps = {}) {
  WEIR_TRY(AssembledText assembled, assemble(text, "test.s"));
  WEIR_TRY(Program program, program_from_code(assembled.bytes, "test", std::move(maps)));
  return verify(std::move(program), options);
}

struct Ran {
  uint64_t r0 = 0;
  TrapCode trap = TrapCode::kNone;
  Request request{};
  std::vector<uint8_t> data;
};

class HostHook : public ::testing::TestWithParam<Engine> {
 protected:
  Ran run(std::string_view text, Policy policy = Policy::kStrict) {
    Ran out;
    auto verified = verify_text(text, request_options(policy));
    if (!verified) {
      ADD_FAILURE() << verified.error().to_string();
      return out;
    }
    auto program = prepare(GetParam(), *verified);
    if (!program) {
      ADD_FAILURE() << program.error().to_string();
      return out;
    }
    out.data = {1, 2, 3, 4, 5, 6, 7, 8};
    NativeRequest native{};
    native.packet = host_packet(verified->options().context, out.data.data(), out.data.size());
    native.request = {.tenant = 0x01020304,
                      .operation = 0x77,
                      .urgent = 1,
                      .unused = 9,
                      .deadline = 1000,
                      .data = 0xdead,
                      .data_end = 0xbeef,
                      .tag = {10, 11, 12}};
    uint64_t host = 5;
    ExecContext context;
    context.host = &host;
    context.helpers = helper_table(verified->options().helpers);
    out.r0 = (*program)(&context, &native.packet, 0);
    out.trap = context.trap_code;
    out.request = native.request;
    return out;
  }
};

TEST_P(HostHook, FieldsAreWhereTheStructureHasThem) {
  const Ran ran = run(R"(
r6 = r1
r0 = *(u32 *)(r6 + 0)
r1 = *(u8 *)(r6 + 1)
r0 += r1
r1 = *(u16 *)(r6 + 4)
r0 += r1
r1 = *(u16 *)(r6 + 34)
r0 += r1
*(u8 *)(r6 + 6) = 42
r1 = 7
*(u64 *)(r6 + 8) = r1
*(u32 *)(r6 + 44) = -1
if r0 != 0x102038a goto wrong  ; 0x01020304 + 3 + 0x77 + 12
r0 = 3
exit
wrong:
r0 = 0
exit
)");
  EXPECT_EQ(ran.trap, TrapCode::kNone);
  EXPECT_EQ(ran.r0, 3U);
  EXPECT_EQ(ran.request.urgent, 42);
  EXPECT_EQ(ran.request.deadline, 7U);
  EXPECT_EQ(ran.request.tag[12], 0xff);
  EXPECT_EQ(ran.request.tag[15], 0xff);
  EXPECT_EQ(ran.request.unused, 9);
}

TEST_P(HostHook, DataIsThePackets) {
  const Ran ran = run(R"(
r2 = *(u64 *)(r1 + 16)
r3 = *(u64 *)(r1 + 24)
r4 = r2
r4 += 4
r0 = 0
if r4 > r3 goto out
r0 = *(u8 *)(r2 + 3)
*(u8 *)(r2 + 0) = 99
r0 &= 3
out:
exit
)");
  EXPECT_EQ(ran.trap, TrapCode::kNone);
  EXPECT_EQ(ran.r0, 0U);
  EXPECT_EQ(ran.data[0], 99);
}

TEST_P(HostHook, UnknownBytesTrapUnderGuard) {
  EXPECT_EQ(run("r0 = *(u8 *)(r1 + 7)\nexit\n", Policy::kGuard).trap, TrapCode::kAccess);
  EXPECT_EQ(run("r0 = *(u64 *)(r1 + 48)\nexit\n", Policy::kGuard).trap, TrapCode::kAccess);
  EXPECT_EQ(run("r0 = *(u64 *)(r1 - 8)\nexit\n", Policy::kGuard).trap, TrapCode::kAccess);
  EXPECT_EQ(run("r2 = 0\n*(u32 *)(r1 + 0) = r2\nexit\n", Policy::kGuard).trap, TrapCode::kAccess);
  EXPECT_EQ(run("r2 = 0\n*(u64 *)(r1 + 16) = r2\nexit\n", Policy::kGuard).trap, TrapCode::kAccess);
  EXPECT_EQ(run("r2 = *(u64 *)(r1 + 16)\nr0 = *(u8 *)(r2 + 8)\nexit\n", Policy::kGuard).trap,
            TrapCode::kAccess);
}

TEST_P(HostHook, HelpersGetWhatTheyDeclare) {
  const Ran ran = run(R"(
r6 = r1
r1 = 6
r2 = 7
call 216
r7 = r0
r1 = r6
r2 = r10
r2 += -8
r3 = 3
call 255
r1 = r10
r1 += -8
r2 = 3
call 217
r0 += r7
if r0 != 404 goto wrong
r0 = 1
exit
wrong:
r0 = 2
exit
)");
  EXPECT_EQ(ran.trap, TrapCode::kNone);
  EXPECT_EQ(ran.r0, 1U);  // 6 * 7 + 5 + 3 * 0x77
}

TEST_P(HostHook, HelpersGetNothingElse) {
  // Behind the data, in the context, and nothing at all.
  EXPECT_EQ(run("r1 = *(u64 *)(r1 + 16)\nr2 = 9\ncall 217\nexit\n", Policy::kGuard).trap,
            TrapCode::kAccess);
  EXPECT_EQ(run("r2 = 1\ncall 217\nexit\n", Policy::kGuard).trap, TrapCode::kAccess);
  EXPECT_EQ(run("r1 = 0\nr2 = 1\ncall 217\nexit\n", Policy::kGuard).trap, TrapCode::kAccess);
  EXPECT_EQ(run("r1 = *(u64 *)(r1 + 16)\nr2 = 0\ncall 217\nexit\n", Policy::kGuard).trap,
            TrapCode::kAccess);
  const Ran eight = run("r1 = *(u64 *)(r1 + 16)\nr2 = 8\ncall 217\nexit\n", Policy::kGuard);
  EXPECT_EQ(eight.trap, TrapCode::kNone);
  EXPECT_EQ(eight.r0, 36U);
}

INSTANTIATE_TEST_SUITE_P(Engines, HostHook, ::testing::ValuesIn(kEngines),
                         [](const auto& param) { return std::string(engine_name(param.param)); });

std::string refusal(std::string_view text, const CompileOptions& options,
                    std::vector<MapDef> maps = {}) {
  auto verified = verify_text(text, options, std::move(maps));
  return verified ? "accepted" : verified.error().to_string();
}

TEST(HostHookRules, StrictHoldsProgramsToTheDescription) {
  const CompileOptions options = request_options();
  EXPECT_THAT(refusal("r0 = *(u8 *)(r1 + 7)\nr0 = 0\nexit\n", options), HasSubstr("context+7"));
  EXPECT_THAT(refusal("r0 = *(u8 *)(r1 + 4)\nr0 = 0\nexit\n", options), HasSubstr("context+4"));
  EXPECT_THAT(refusal("r0 = 4\nexit\n", options), HasSubstr("must be 0 to 3"));
  EXPECT_THAT(
      refusal("r1 = 1\nr2 = r1\nr0 = 0\nr1 = r10\nr1 += -8\nr2 = 9\ncall 217\nr0 = 0\nexit\n",
              options),
      HasSubstr("9 bytes"));
  EXPECT_THAT(refusal("r1 = 0\nr2 = r10\nr2 += -8\nr3 = 8\ncall 255\nr0 = 0\nexit\n", options),
              HasSubstr("argument 1 of fill is the context"));
  EXPECT_THAT(refusal("call 230\nr0 = 0\nexit\n", options), HasSubstr("helper 230"));
}

TEST(HostHookRules, NoLegacyLoads) {
  EXPECT_THAT(
      refusal("r6 = r1\nr0 = *(u8 *)skb[0]\nr0 = 0\nexit\n", request_options(Policy::kGuard)),
      HasSubstr("legacy packet load"));
}

TEST(HostHookRules, OnlyItsHooksMayCallAHelper) {
  auto two = declarations();
  two[0].hooks = {ContextKind::kXdp};
  auto set = register_helpers(two);
  ASSERT_TRUE(set);
  CompileOptions options = request_options();
  options.helpers = *set;
  const char* const text = "r1 = 1\nr2 = 2\ncall 216\nr0 = 0\nexit\n";
  EXPECT_THAT(refusal(text, options), HasSubstr("cannot be called by programs of hook kind"));
  options.context = ContextKind::kXdp;
  EXPECT_EQ(refusal(text, options), "accepted");
  options.helpers = HelperSet::kKernel;
  EXPECT_THAT(refusal(text, options), HasSubstr("helper 216"));
}

TEST(HostHookRules, LinuxHelpersAreThoseTheHookNames) {
  ContextDescription few = request_description();
  few.name = "few_helpers";
  few.helpers = std::vector<uint32_t>{5};
  auto kind = register_context(few);
  ASSERT_TRUE(kind);
  CompileOptions options = request_options();
  options.context = *kind;
  EXPECT_EQ(refusal("call 5\nr0 = 0\nexit\n", options), "accepted");
  EXPECT_THAT(refusal("call 7\nr0 = 0\nexit\n", options), HasSubstr("cannot be called"));
  // Those of packets of the kernel are never there.
  EXPECT_THAT(refusal("r2 = 0\ncall 44\nr0 = 0\nexit\n", request_options()),
              HasSubstr("cannot be called"));
}

TEST(HostHookRules, SameDescriptionSameKind) {
  const ContextKind kind = request_kind();
  EXPECT_EQ(request_kind(), kind);
  EXPECT_EQ(context_name(kind), "custom/request");
  EXPECT_EQ(context_from_name("custom/request"), kind);
  EXPECT_EQ(context_from_section("custom/request"), kind);
  EXPECT_EQ(context_from_section("?custom/request/first"), kind);
  EXPECT_EQ(context_from_section("custom/nobody"), ContextKind::kMemory);
  EXPECT_TRUE(check_section_hook("custom/request"));
  EXPECT_TRUE(check_section_hook("?custom/request/first"));
  EXPECT_TRUE(check_section_hook("xdp"));
  EXPECT_TRUE(check_section_hook(""));
  for (const char* section :
       {"custom/nobody", "?custom/nobody/first", "custom/", "custom/request2"}) {
    const Status known = check_section_hook(section);
    ASSERT_FALSE(known) << section;
    EXPECT_EQ(known.error().code(), ErrorCode::kProgramUnsupported);
  }
  EXPECT_EQ(context_from_identity(context_identity(kind)), kind);
  EXPECT_EQ(request_helpers(), request_helpers());
  ContextDescription other = request_description();
  other.fields.pop_back();
  auto again = register_context(other);
  ASSERT_FALSE(again);
  EXPECT_THAT(again.error().to_string(), HasSubstr("another hook 'custom/request'"));
  // Weir's own are the same type.
  EXPECT_EQ(describe_context(ContextKind::kXdp).fields.front().name, "data");
}

TEST(HostHookRules, BadDescriptionsAreRefused) {
  auto said = [](auto change) {
    ContextDescription d = request_description();
    d.name = "bad";
    change(d);
    auto kind = register_context(std::move(d));
    return kind ? std::string("registered") : kind.error().to_string();
  };
  EXPECT_THAT(said([](auto& d) { d.name = "Bad/Name"; }), HasSubstr("no name of a hook"));
  EXPECT_THAT(said([](auto& d) { d.bytes = 0; }), HasSubstr("has 0 bytes"));
  EXPECT_THAT(said([](auto& d) { d.bytes = 5000; }), HasSubstr("5000 bytes"));
  EXPECT_THAT(said([](auto& d) { d.bytes = 40; }),
              HasSubstr("'tag' of the hook 'bad' lies outside"));
  EXPECT_THAT(said([](auto& d) { d.fields[1].offset = 2; }), HasSubstr("overlaps"));
  EXPECT_THAT(said([](auto& d) { d.fields[1].offset = 5; }), HasSubstr("not aligned"));
  EXPECT_THAT(said([](auto& d) { d.fields[1].size = 3; }), HasSubstr("neither 1, 2, 4 nor 8"));
  EXPECT_THAT(said([](auto& d) { d.fields[4].writable = true; }), HasSubstr("never written"));
  EXPECT_THAT(said([](auto& d) { d.result = ResultRange{1, 0}; }), HasSubstr("no result"));
}

TEST(HostHookRules, BadHelpersAreRefused) {
  using enum HelperArgument;
  auto said = [](HelperDeclaration helper) {
    if (helper.name.empty()) helper.name = "bad";
    if (helper.number == 0) helper.number = 220;
    helper.function = scale;
    auto set = register_helpers(std::vector{helper});
    return set ? std::string("registered") : set.error().to_string();
  };
  EXPECT_THAT(said({.number = 1}), HasSubstr("has the number 1"));
  EXPECT_THAT(said({.number = 240}), HasSubstr("has the number 240"));
  EXPECT_THAT(said({.number = 256}), HasSubstr("has the number 256"));
  EXPECT_THAT(said({.name = "no way"}), HasSubstr("has a name"));
  EXPECT_THAT(said({.arguments = {kMemory}}), HasSubstr("ends with bytes"));
  EXPECT_THAT(said({.arguments = {kMemory, kAnything}}), HasSubstr("no size"));
  EXPECT_THAT(said({.arguments = {kSize}}), HasSubstr("no bytes come before"));
  EXPECT_THAT(said({.arguments = {kMapKey}}), HasSubstr("goes with a map"));
  EXPECT_THAT(said({.arguments = {kRecord}}), HasSubstr("only Linux's helpers take"));
  EXPECT_THAT(said({.arguments = {kFunction}}), HasSubstr("only Linux's helpers take"));
  EXPECT_THAT(said({.result = HelperResult::kRecordOrNull}),
              HasSubstr("only Linux's helpers give"));
  EXPECT_THAT(said({.result = HelperResult::kMapValueOrNull}), HasSubstr("but takes none"));
  EXPECT_THAT(said({.effect = HelperEffect::kTailCalls}), HasSubstr("only Linux's helpers do"));
  const std::vector<HelperDeclaration> twice = {declarations()[0], declarations()[0]};
  EXPECT_FALSE(register_helpers(twice));
  EXPECT_FALSE(register_helpers(declarations(), HelperSet::kConformance));
}

std::vector<uint8_t> key_of(const CompileOptions& options) {
  auto assembled = assemble("r0 = 0\nexit\n", "test.s");
  auto program = program_from_code(assembled->bytes, "test", {});
  std::vector<uint8_t> all;
  for (const CompileKeyField& field : compile_key_fields(*program, options))
    all.insert(all.end(), field.value.begin(), field.value.end());
  return all;
}

TEST(HostHookRules, TheKeyHoldsTheDescription) {
  const CompileOptions options = request_options();
  CompileOptions other = options;
  ContextDescription wider = request_description();
  wider.name = "request2";
  other.context = *register_context(wider);
  EXPECT_NE(key_of(options), key_of(other));
  other = options;
  auto helpers = declarations();
  helpers[1].arguments[1] = HelperArgument::kSizeOrZero;
  other.helpers = *register_helpers(helpers);
  EXPECT_NE(key_of(options), key_of(other));
}

TEST(HostHookRules, AnObjectOfAnotherHostIsRefused) {
  Manifest manifest;
  manifest.abi = kAbiVersion;
  manifest.cpu = host_cpu();
  manifest.compiler = "test";
  manifest.code_size = 64;
  manifest.programs.push_back({.name = "p",
                               .section = "custom/request",
                               .symbol = "p",
                               .context = request_kind(),
                               .helpers = request_helpers()});
  std::vector<uint8_t> bytes = manifest_to_bytes(manifest);
  auto again = manifest_from_bytes(bytes);
  ASSERT_TRUE(again) << again.error().to_string();
  EXPECT_EQ(again->programs[0].context, request_kind());
  EXPECT_EQ(again->programs[0].helpers, request_helpers());
  // The same with a field that lies elsewhere.
  const std::string_view field = "deadline@8";
  auto at = std::search(bytes.begin(), bytes.end(), field.begin(), field.end());
  ASSERT_NE(at, bytes.end());
  at[9] = '0';
  auto other = manifest_from_bytes(bytes);
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error().to_string(), HasSubstr("made for a hook of a host"));
}

TEST(HostHookRules, FieldsFromBtf) {
  const std::unique_ptr<btf, decltype(&btf__free)> types(btf__new_empty(), btf__free);
  const int u32 = btf__add_int(types.get(), "u32", 4, 0),
            u8 = btf__add_int(types.get(), "u8", 1, 0);
  const int array = btf__add_array(types.get(), u32, u8, 12);
  const int pointer = btf__add_ptr(types.get(), 0);
  btf__add_struct(types.get(), "job", 48);
  btf__add_field(types.get(), "id", u32, 0, 0);
  btf__add_field(types.get(), "flags", u32, 32, 3);  // a bit field
  btf__add_field(types.get(), "data", pointer, 64, 0);
  btf__add_field(types.get(), "data_end", pointer, 128, 0);
  btf__add_field(types.get(), "secret", pointer, 192, 0);
  btf__add_field(types.get(), "note", array, 256, 0);
  uint32_t size = 0;
  const auto* raw = static_cast<const uint8_t*>(btf__raw_data(types.get(), &size));
  auto parsed = Btf::parse(ByteSpan(raw, size));
  ASSERT_TRUE(parsed) << parsed.error().to_string();
  ContextDescription d;
  d.name = "job";
  const std::string_view writable[] = {"note"};
  auto filled = fill_context(d, *parsed, "job", writable);
  ASSERT_TRUE(filled) << filled.error().to_string();
  ASSERT_EQ(d.fields.size(), 4U);
  EXPECT_EQ(d.bytes, 48);
  EXPECT_EQ(d.fields[1].kind, FieldKind::kData);
  EXPECT_EQ(d.fields[2].kind, FieldKind::kDataEnd);
  auto kind = register_context(d);
  ASSERT_TRUE(kind) << kind.error().to_string();
  EXPECT_TRUE(find_field(*kind, 1, 1, false));
  EXPECT_FALSE(find_field(*kind, 0, 4, true));
  EXPECT_TRUE(find_field(*kind, 40, 4, true));
  EXPECT_FALSE(find_field(*kind, 24, 8, false));
  EXPECT_EQ(find_field(*kind, 8, 8, false)->native_size, 8);
  EXPECT_FALSE(fill_context(d, *parsed, "nobody"));
  const std::string_view nothing[] = {"secret"};
  EXPECT_FALSE(fill_context(d, *parsed, "job", nothing));
}

}  // namespace
}  // namespace weir::test
