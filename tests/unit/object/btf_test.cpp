// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Btf::parse(): good BTF through libbpf, and each way in which BTF can be bad.
#include "frontend/object/btf.h"

#include <bpf/btf.h>
#include <linux/btf.h>

#include "tests/unit/object/object_test_util.h"

namespace weir {
namespace {

using namespace test;
using testing::HasSubstr;

// Raw BTF: type words and strings as a test wants them.
struct RawBtf {
  btf_header header{.magic = BTF_MAGIC, .version = BTF_VERSION, .hdr_len = sizeof(btf_header)};
  std::vector<uint32_t> types;
  std::string strings = std::string("\0int\0", 5);

  std::vector<uint8_t> build() const {
    btf_header h = header;
    h.type_len += static_cast<uint32_t>(types.size() * 4);
    h.str_off += h.type_len;
    h.str_len += static_cast<uint32_t>(strings.size());
    ByteWriter out;
    out.write(h);
    for (uint32_t word : types) out.write(word);
    out.write_bytes(as_bytes(strings));
    return out.take();
  }
};

uint32_t type_info(uint32_t kind, uint32_t vlen = 0) {
  return kind << 24 | vlen;
}
const std::vector<uint32_t> kInt = {1, type_info(BTF_KIND_INT), 4, 32};

std::string parse_error(const RawBtf& raw) {
  auto btf = Btf::parse(raw.build());
  EXPECT_FALSE(btf);
  return btf ? std::string() : btf.error().to_string();
}
std::string types_error(std::vector<uint32_t> types) {
  RawBtf raw;
  raw.types = std::move(types);
  return parse_error(raw);
}

TEST(Btf, Good) {
  RawBtf raw;
  raw.types = kInt;
  raw.types.insert(raw.types.end(), {0, type_info(BTF_KIND_CONST), 1});
  raw.types.insert(raw.types.end(), {0, type_info(BTF_KIND_ARRAY), 0, 2, 1, 5});
  auto btf = Btf::parse(raw.build());
  ASSERT_TRUE(btf) << btf.error().to_string();
  EXPECT_EQ(btf->type_count(), 3u);
  EXPECT_EQ(btf->string(1), "int");
  EXPECT_EQ(btf->string(99), "");
  EXPECT_EQ(btf->type(0), nullptr);
  EXPECT_EQ(btf->type(4), nullptr);
  EXPECT_EQ(btf->find(BTF_KIND_INT, "int"), 1u);
  EXPECT_EQ(btf->find(BTF_KIND_INT, "long"), std::nullopt);
  EXPECT_EQ(*btf->skip_modifiers(2), 1u);
  EXPECT_EQ(*btf->size_of(3), 20u);
  EXPECT_FALSE(btf->size_of(0));
}

TEST(Btf, WithoutTypes) {
  EXPECT_TRUE(Btf::parse(RawBtf().build()));
}

TEST(Btf, BadHeader) {
  EXPECT_EQ(
      Btf::parse({}).error().to_string(),
      "error: section '.BTF': the section has 0 bytes, but its header has 24 [btf-malformed]");
  auto error = [](auto&& alter) {
    RawBtf raw;
    raw.types = kInt;
    alter(raw);
    return parse_error(raw);
  };
  EXPECT_THAT(error([](RawBtf& r) { r.header.magic = 0x9feb; }),
              HasSubstr("starts with 0x9feb, but 0xeb9f was expected"));
  EXPECT_THAT(error([](RawBtf& r) { r.header.version = 2; }),
              HasSubstr("version 2 with flags 0x0"));
  EXPECT_THAT(error([](RawBtf& r) { r.header.hdr_len = 23; }), HasSubstr("a header of 23 bytes"));
  EXPECT_THAT(error([](RawBtf& r) { r.header.hdr_len = 4000; }),
              HasSubstr("a header of 4000 bytes"));
  EXPECT_THAT(error([](RawBtf& r) { r.header.type_off = 2; }), HasSubstr("do not fit into"));
  EXPECT_THAT(error([](RawBtf& r) { r.header.type_off = UINT32_MAX; }),
              HasSubstr("do not fit into"));
  EXPECT_THAT(error([](RawBtf& r) { r.header.str_off = UINT32_MAX - 16; }),
              HasSubstr("do not fit into"));
  EXPECT_THAT(error([](RawBtf& r) { r.header.str_len = 1; }), HasSubstr("do not fit into"));
  EXPECT_THAT(error([](RawBtf& r) { r.strings = ""; }),
              HasSubstr("the strings do not start and end with a zero byte"));
  EXPECT_THAT(error([](RawBtf& r) { r.strings.pop_back(); }), HasSubstr("do not start and end"));
  EXPECT_THAT(error([](RawBtf& r) { r.strings[0] = 'x'; }), HasSubstr("do not start and end"));
}

TEST(Btf, BadTypes) {
  EXPECT_THAT(types_error({1, type_info(0), 0}), HasSubstr("type 1 is of kind 0, but 1 to 19 are"));
  EXPECT_THAT(types_error({1, type_info(20), 0}), HasSubstr("type 1 is of kind 20"));
  EXPECT_THAT(types_error({1, 2}), HasSubstr("the type section ends inside type 1"));
  EXPECT_THAT(types_error({0, type_info(BTF_KIND_STRUCT, 2), 8, 0, 0, 0}),
              HasSubstr("the type section ends inside type 1, a struct"));
  EXPECT_THAT(types_error({5, type_info(BTF_KIND_FWD), 0}),
              HasSubstr("type 1 has a name at 5, but there are 5 bytes of strings"));
  EXPECT_THAT(types_error({0, type_info(BTF_KIND_PTR), 2}),
              HasSubstr("type 1 refers to type 2, but the last type is 1"));
  EXPECT_THAT(types_error({0, type_info(BTF_KIND_ARRAY), 0, 0, 7, 1}),
              HasSubstr("refers to type 7"));
  EXPECT_THAT(types_error({0, type_info(BTF_KIND_STRUCT, 1), 8, 77, 0, 0}),
              HasSubstr("a name at 77"));
  EXPECT_THAT(types_error({0, type_info(BTF_KIND_UNION, 1), 8, 0, 9, 0}), HasSubstr("to type 9"));
  EXPECT_THAT(types_error({0, type_info(BTF_KIND_ENUM, 1), 4, 66, 0}), HasSubstr("a name at 66"));
  EXPECT_THAT(types_error({0, type_info(19, 1), 8, 66, 0, 0}), HasSubstr("a name at 66"));
  EXPECT_THAT(types_error({0, type_info(BTF_KIND_FUNC_PROTO, 1), 0, 0, 8}), HasSubstr("to type 8"));
  EXPECT_THAT(types_error({0, type_info(BTF_KIND_DATASEC, 1), 8, 8, 0, 0}), HasSubstr("to type 8"));
  EXPECT_THAT(types_error({0, type_info(BTF_KIND_INT), 4, 64}),
              HasSubstr("type 1 is an int of 4 bytes and 64 bits"));
  EXPECT_THAT(types_error({0, type_info(BTF_KIND_INT), UINT32_MAX, 64}), HasSubstr("is an int of"));
}

TEST(Btf, SizesThatOverflowOrNeverEnd) {
  RawBtf raw;
  raw.types = kInt;
  // Types 2 to 41: each an array of 65,536 of the one before.
  for (uint32_t i = 1; i <= 40; ++i) {
    raw.types.insert(raw.types.end(), {0, type_info(BTF_KIND_ARRAY), 0, i, 1, 65'536});
  }
  raw.types.insert(raw.types.end(), {0, type_info(BTF_KIND_ARRAY), 0, 42, 1, 1});  // of itself
  auto btf = Btf::parse(raw.build());
  ASSERT_TRUE(btf) << btf.error().to_string();
  EXPECT_EQ(*btf->size_of(2), 4u * 65'536);
  EXPECT_FALSE(btf->size_of(3));
  EXPECT_FALSE(btf->size_of(41));
  EXPECT_FALSE(btf->size_of(42));
}

}  // namespace
}  // namespace weir
