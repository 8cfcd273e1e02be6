// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// CO-RE relocations: core.c, compiled against one version of some types, and linked against
// another one (core_target.c), against itself, and against nothing that makes sense.
#include <bpf/btf.h>

#include "frontend/object/core_spec.h"
#include "frontend/object/core_target.h"
#include "tests/unit/object/object_test_util.h"

namespace weir {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::shared_ptr<const CoreTarget> target_of(const std::string& input) {
  auto target = CoreTarget::parse(read_input(input).btf, "target.btf");
  EXPECT_TRUE(target) << target.error().to_string();
  return target ? std::make_shared<const CoreTarget>(std::move(*target)) : nullptr;
}

Program link_core(const char* name, std::shared_ptr<const CoreTarget> target) {
  const ObjectFile object = read_input("core.o");
  auto entry = object.find_program(name);
  EXPECT_TRUE(entry);
  if (!entry) return {};
  auto program =
      link_program(object, **entry, {.core_target = std::move(target), .running_kernel = false});
  EXPECT_TRUE(program) << program.error().to_string();
  return program ? std::move(*program) : Program();
}

// The immediates of moves, and the accesses as "Ldxw+8", of a program linked with core_target.c.
std::vector<std::string> effects(const Program& program) {
  std::vector<std::string> out;
  for (const Instruction& i : program.insns) {
    if (is_access(i)) out.push_back(i.info().name + ("+" + std::to_string(i.offset)));
  }
  return out;
}
std::vector<int64_t> numbers(const Program& program) {
  std::vector<int64_t> out;
  for (const Instruction& i : program.insns) {
    if (i.op == Op::kMov64Imm || i.op == Op::kMov32Imm || i.op == Op::kLddw) out.push_back(i.imm);
  }
  return out;
}

class Core : public testing::Test {
 protected:
  void SetUp() override {
    NEEDS_CLANG();
    target = target_of("core_target.o");
  }
  std::vector<std::string> accesses(const char* name) { return effects(link_core(name, target)); }
  std::vector<int64_t> values(const char* name) { return numbers(link_core(name, target)); }
  std::shared_ptr<const CoreTarget> target;
};

TEST_F(Core, LoadsFollowTheMember) {
  EXPECT_THAT(accesses("load_wider"), ElementsAre("Ldxdw+8"));
  EXPECT_THAT(accesses("load_narrower"), ElementsAre("Ldxh+16"));
  EXPECT_THAT(accesses("load_anonymous"), ElementsAre("Ldxb+22"));
  EXPECT_THAT(accesses("load_element"), ElementsAre("Ldxh+28"));
  EXPECT_THAT(accesses("load_open_end"), ElementsAre("Ldxh+70"));
  EXPECT_THAT(accesses("load_of_array"), ElementsAre("Ldxw+56"));
  EXPECT_THAT(accesses("store"), ElementsAre("Stxw+40"));
  EXPECT_THAT(accesses("load_flavour"), ElementsAre("Ldxdw+0"));
}

TEST_F(Core, WhatCannotBeIsPoisoned) {
  auto reason = [&](const char* name) {
    const Program program = link_core(name, target);
    if (program.poisoned.empty()) return std::string();
    const Instruction& insn = program.insns.at(program.poisoned[0].insn);
    EXPECT_EQ(insn.op, Op::kCallHelper);
    EXPECT_EQ(insn.imm, kPoisonHelper);
    EXPECT_TRUE(check_structure(program));
    return program.poisoned[0].reason;
  };
  EXPECT_EQ(reason("load_gone"),
            "uses the offset of struct device.gone, which target.btf does not have");
  EXPECT_EQ(reason("load_nowhere"),
            "uses the offset of struct nowhere.a, which target.btf does not have");
  EXPECT_EQ(reason("load_signed"),
            "reads or writes struct device.balance as target.btf has it: it has 8 bytes where the "
            "program expects 4, and only pointers and unsigned integers can be read with another "
            "size");
  EXPECT_EQ(reason("enumerator_gone"),
            "uses the value of enum colour.VIOLET, which target.btf does not have");
  EXPECT_EQ(reason("load_wider"), "");
  // Both slots of the wide immediate.
  const Program wide = link_core("enumerator_gone", target);
  ASSERT_EQ(wide.poisoned.size(), 2u);
  EXPECT_EQ(wide.poisoned[1].insn, wide.poisoned[0].insn + 1);
}

TEST_F(Core, QuestionsAboutFields) {
  EXPECT_THAT(values("offsets"), testing::UnorderedElementsAre(26, 56));
  EXPECT_THAT(values("sizes"), testing::UnorderedElementsAre(8, 20, 16));
  EXPECT_THAT(values("exist"), testing::UnorderedElementsAre(1, 0, 1));
  // low: in the 4 bytes at 44, 3 bits from bit 20 on; middle: unsigned there, 7 bits after it.
  EXPECT_THAT(values("bits"), testing::UnorderedElementsAre(44, 4, 0, 0, 34, 57));
}

TEST_F(Core, QuestionsAboutTypesAndEnumerators) {
  // device, nowhere, handler, size of part, choice, device as it is, colour with its VIOLET.
  EXPECT_THAT(values("types"), testing::UnorderedElementsAre(1, 0, 1, 20, 1, 0, 0));
  EXPECT_THAT(values("enumerators"), testing::UnorderedElementsAre(1, 0, -2, 1000));
  const auto own = Btf::parse(read_input("core.o").btf);
  ASSERT_TRUE(own);
  EXPECT_THAT(values("type_ids"),
              testing::UnorderedElementsAre(*own->find(BTF_KIND_STRUCT, "device"),
                                            *target->btf().find(BTF_KIND_STRUCT, "device")));
}

TEST_F(Core, WithoutATargetTheFilesOwnTypesCount) {
  EXPECT_THAT(effects(link_core("load_wider", nullptr)), ElementsAre("Ldxw+0"));
  EXPECT_THAT(effects(link_core("load_gone", nullptr)), ElementsAre("Ldxdw+40"));
  EXPECT_THAT(link_core("load_nowhere", nullptr).poisoned, IsEmpty());
  EXPECT_THAT(numbers(link_core("enumerators", nullptr)),
              testing::UnorderedElementsAre(1, 1, 2, 3));
}

TEST_F(Core, TheSameTypesChangeNothing) {
  const ObjectFile object = read_input("core.o");
  const auto own = target_of("core.o");
  for (const FunctionSymbol* f : object.programs()) {
    SCOPED_TRACE(f->name);
    // Two types of this file have one name when flavours are left out.
    if (f->name == "load_flavour" || f->name == "type_ids" || f->name == "types") continue;
    const Program with = link_core(f->name.c_str(), own);
    const Program without = link_core(f->name.c_str(), nullptr);
    EXPECT_EQ(encode(with.insns), encode(without.insns));
  }
}

TEST_F(Core, RecordsThatDoNotFitTheCode) {
  const ObjectFile sound = read_input("core.o");
  const FunctionSymbol* f = *sound.find_program("load_wider");
  auto error = [&](auto change) {
    ObjectFile object = sound;
    for (CoreRelocation& r : object.core_relocations) {
      if (r.section == f->section && r.offset == f->offset) change(r);
    }
    auto program = link_program(object, *f, {.core_target = target});
    EXPECT_FALSE(program);
    return program ? std::string() : program.error().to_string();
  };
  EXPECT_THAT(error([&](CoreRelocation& r) { r.offset += 8; }),
              HasSubstr("program 'load_wider': instruction 1: "));
  EXPECT_THAT(error([](CoreRelocation& r) { r.offset += 8; }),
              HasSubstr("a CO-RE relocation applies to opcode 0x95"));
  EXPECT_THAT(error([](CoreRelocation& r) { r.kind = CoreRelocation::Kind::kFieldSize; }),
              HasSubstr("a CO-RE relocation expects the offset 4, but the instruction has 0"));
  EXPECT_THAT(error([](CoreRelocation& r) { r.type_id = 999; }),
              HasSubstr("type 999 is void or does not exist [btf-malformed]"));
  EXPECT_THAT(error([](CoreRelocation& r) { r.access = 0; }),
              HasSubstr("the access string '' is no list of at most 64 numbers"));
  EXPECT_THAT(error([](CoreRelocation& r) { r.kind = CoreRelocation::Kind::kEnumValue; }),
              HasSubstr("is no enumerator of type"));
  EXPECT_THAT(error([](CoreRelocation& r) { r.kind = CoreRelocation::Kind::kTypeSize; }),
              HasSubstr("the access string of a type is"));
}

TEST(CoreNames, FlavoursDoNotCount) {
  EXPECT_EQ(essential_name("task_struct___old"), "task_struct");
  EXPECT_EQ(essential_name("a___b___c"), "a___b");
  EXPECT_EQ(essential_name("a___"), "a___");
  EXPECT_EQ(essential_name("___a"), "___a");
  EXPECT_EQ(essential_name("a____b"), "a____b");
  EXPECT_EQ(essential_name("a__b"), "a__b");
  EXPECT_EQ(essential_name("x___y"), "x");
  EXPECT_EQ(essential_name(""), "");
}

TEST(CoreTargets, WhatIsNoBtf) {
  const std::string elf = "\177ELF and more";
  const auto result = CoreTarget::parse(as_bytes(elf), "k.o");
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().to_string(), HasSubstr("k.o: this is an ELF file, but raw BTF was"));
  EXPECT_FALSE(CoreTarget::parse({}, "empty"));
  EXPECT_EQ(CoreTarget::load("/nonexistent/btf").error().code(), ErrorCode::kNotFound);
}

// BTF made by hand.
class Types {
 public:
  Types() : btf_(btf__new_empty()) {}
  ~Types() { btf__free(btf_); }
  Types(const Types&) = delete;
  btf* operator*() { return btf_; }
  std::vector<uint8_t> bytes() const {
    uint32_t size = 0;
    const auto* data = static_cast<const uint8_t*>(btf__raw_data(btf_, &size));
    return {data, data + size};
  }
  Btf parsed() const {
    auto out = Btf::parse(bytes());
    EXPECT_TRUE(out) << out.error().to_string();
    return std::move(*out);
  }

 private:
  btf* btf_;
};

TEST(CoreLimits, TypesInCirclesEnd) {
  // struct s holds itself twice, in anonymous members: looking for a member that is not there would
  // visit 2^64 of them.
  Types types;
  btf__add_int(*types, "int", 4, BTF_INT_SIGNED);
  const int s = btf__add_struct(*types, "s", 8);
  btf__add_field(*types, "", s, 0, 0);
  btf__add_field(*types, "", s, 32, 0);
  Types local;
  btf__add_int(*local, "int", 4, BTF_INT_SIGNED);
  const int mine = btf__add_struct(*local, "s", 4);
  btf__add_field(*local, "a", 1, 0, 0);

  const Btf local_btf = local.parsed();
  const Btf target_btf = types.parsed();
  CoreTypes matching(local_btf, target_btf);
  const auto spec = parse_core_spec(local_btf, CoreRelocation::Kind::kFieldExists, mine, "0:0");
  ASSERT_TRUE(spec) << spec.error().to_string();
  const auto found =
      find_core_spec(local_btf, *spec, CoreRelocation::Kind::kFieldExists, target_btf, s, matching);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code(), ErrorCode::kLimit);
}

TEST(CoreLimits, AccessStrings) {
  Types types;
  const int integer = btf__add_int(*types, "int", 4, BTF_INT_SIGNED);
  const int array = btf__add_array(*types, integer, integer, 3);
  const int s = btf__add_struct(*types, "s", 12);
  btf__add_field(*types, "list", array, 0, 0);
  const Btf btf = types.parsed();
  auto offset = [&](std::string_view text) -> int64_t {
    const auto spec = parse_core_spec(btf, CoreRelocation::Kind::kFieldOffset, s, text);
    return spec ? static_cast<int64_t>(spec->bit_offset / 8) : -1;
  };
  EXPECT_EQ(offset("0"), 0);
  EXPECT_EQ(offset("2:0:1"), 28);
  EXPECT_EQ(offset("0:0:2"), 8);
  EXPECT_EQ(offset("0:0:3"), -1);  // the array has three
  EXPECT_EQ(offset("0:1"), -1);
  EXPECT_EQ(offset("0:0:1:0"), -1);
  EXPECT_EQ(offset("4294967295"), -1);
  EXPECT_EQ(offset("4294967296"), -1);
  for (const char* text : {"", ":", "0:", ":0", "0::0", "-1", "0:0 ", "x"}) {
    EXPECT_EQ(offset(text), -1) << text;
  }
  std::string longest = "0";
  for (int i = 1; i < 64; ++i) longest += ":0";
  EXPECT_THAT(
      parse_core_spec(btf, CoreRelocation::Kind::kFieldOffset, s, longest).error().message(),
      HasSubstr("step 3 of"));
  EXPECT_THAT(
      parse_core_spec(btf, CoreRelocation::Kind::kFieldOffset, s, longest + ":0").error().message(),
      HasSubstr("no list of at most 64"));
}

}  // namespace
}  // namespace weir
