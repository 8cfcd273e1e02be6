// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Whatever the bytes: no crash, no output, and what comes out keeps the promises of object_file.h.
// Worth most under the address and undefined-behaviour sanitizers (preset asan-ubsan). The random
// numbers are the same in every run.
#include <algorithm>
#include <array>
#include <memory>
#include <random>

#include "tests/unit/object/object_test_util.h"

namespace weir {
namespace {

using namespace test;

constexpr const char* kInputs[] = {
    "programs_v4_g.o", "lines_v3_g.o",  "btf_maps.o", "legacy_maps.o", "data.o",          "kfunc.o",
    "text_only.o",     "programs_v1.o", "externs.o",  "slots.o",       "iproute2_maps.o", "core.o"};

void check_object(const ObjectFile& object) {
  for (const Section& section : object.sections) {
    for (const Relocation& r : section.relocations) {
      ASSERT_LT(r.offset, section.size);
      ASSERT_LT(r.symbol, object.symbols.size());
    }
  }
  for (const Symbol& s : object.symbols) {
    ASSERT_LT(s.section, static_cast<int64_t>(object.sections.size()));
  }
  for (const FunctionSymbol& f : object.functions) {
    ASSERT_LT(f.section, object.sections.size());
    ASSERT_GE(f.size, 8u);
    ASSERT_LE(uint64_t{f.offset} + f.size, object.sections[f.section].bytes.size());
    const FunctionSymbol* found = object.function_at(f.section, f.offset + f.size - 1);
    ASSERT_NE(found, nullptr);
    ASSERT_EQ(found->offset, f.offset);
  }
  ASSERT_EQ(object.maps.size(), object.map_places.size());
  for (const auto& place : object.map_places) ASSERT_LT(place.section, object.sections.size());
  for (const Extern& e : object.externs) ASSERT_LT(e.symbol, object.symbols.size());
  for (const CoreRelocation& r : object.core_relocations) {
    ASSERT_LT(r.section, object.sections.size());
    ASSERT_LT(r.offset, object.sections[r.section].size);
  }
  for (const SourceLine& line : object.lines) {
    ASSERT_LT(line.section, object.sections.size());
    ASSERT_LT(line.offset, object.sections[line.section].size);
    ASSERT_LT(line.file, object.source_files.size());
  }
}

// Reads the bytes and links everything that can be linked. Gives true if they were read.
bool exercise(ByteSpan bytes) {
  // Exactly as many bytes on the heap, so that a sanitizer sees a read of one too many.
  auto copy = std::make_unique<uint8_t[]>(bytes.size());
  if (!bytes.empty()) std::memcpy(copy.get(), bytes.data(), bytes.size());
  std::vector<std::string> warnings;
  auto object = read_elf({copy.get(), bytes.size()}, "f.o", &warnings);
  copy.reset();
  if (!object) {
    EXPECT_FALSE(object.error().message().empty());
    EXPECT_FALSE(object.error().to_string().empty());
    return false;
  }
  check_object(*object);
  LinkOptions options{.running_kernel = false};
  if (!object->core_relocations.empty()) {
    // Its own types, whatever they are: two of one name, too.
    auto target = CoreTarget::parse(object->btf, "own");
    if (target) options.core_target = std::make_shared<const CoreTarget>(std::move(*target));
  }
  size_t linked = 0;
  for (const FunctionSymbol& f : object->functions) {
    if (++linked > 32) break;
    auto program = link_program(*object, f, options);
    if (program) {
      EXPECT_TRUE(check_structure(*program));
    } else {
      EXPECT_FALSE(program.error().to_string().empty());
    }
  }
  (void)object->find_program("").has_value();
  return true;
}

// A sanitizer's report must be seen.
#if defined(__SANITIZE_ADDRESS__)
constexpr bool kSanitized = true;
#elif defined(__has_feature)
constexpr bool kSanitized = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
constexpr bool kSanitized = false;
#endif

// Nothing may be printed: libbpf and libelf are quiet, and so are we.
class Robustness : public testing::Test {
 protected:
  void SetUp() override {
    if (kSanitized) return;
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
  }
  void TearDown() override {
    if (kSanitized) return;
    EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  }
  std::mt19937 random{20'241'121};
  uint32_t below(size_t n) { return static_cast<uint32_t>(random() % n); }
};

TEST_F(Robustness, TruncatedAtEveryLength) {
  NEEDS_CLANG();
  for (const char* input : {"btf_maps.o", "programs_v1.o"}) {
    const std::vector<uint8_t> bytes = input_bytes(input);
    // Clang writes the section header table last, so that no shorter file is whole.
    for (size_t n = 0; n < bytes.size(); ++n) EXPECT_FALSE(exercise(ByteSpan(bytes).first(n))) << n;
    EXPECT_TRUE(exercise(bytes));
  }
}

TEST_F(Robustness, EveryBitOfTheHeaders) {
  NEEDS_CLANG();
  for (const char* input : {"btf_maps.o", "legacy_maps.o"}) {
    std::vector<uint8_t> bytes = input_bytes(input);
    Elf64_Ehdr header;
    std::memcpy(&header, bytes.data(), sizeof header);
    auto flip_all = [&](size_t from, size_t to) {
      for (size_t at = from; at < to; ++at) {
        for (int bit = 0; bit < 8; ++bit) {
          bytes[at] ^= static_cast<uint8_t>(1 << bit);
          exercise(bytes);
          bytes[at] ^= static_cast<uint8_t>(1 << bit);
        }
      }
    };
    flip_all(0, sizeof header);
    flip_all(header.e_shoff, bytes.size());
  }
}

// One to eight bytes, of which some are values that parsers stumble over.
void mutate(std::vector<uint8_t>& bytes, size_t from, size_t size, std::mt19937& random) {
  const size_t changes = 1 + random() % 4;
  for (size_t i = 0; i < changes; ++i) {
    const size_t at = from + random() % size;
    switch (random() % 4) {
      case 0: bytes[at] ^= static_cast<uint8_t>(1 << random() % 8); break;
      case 1: bytes[at] = static_cast<uint8_t>(random()); break;
      case 2: bytes[at] = random() % 2 ? 0xff : 0; break;
      default: {
        const uint32_t word =
            std::array{0u,          1u,         0x7fffffffu,
                       0x80000000u, UINT32_MAX, static_cast<uint32_t>(bytes.size())}[random() % 6];
        std::memcpy(bytes.data() + at, &word, std::min<size_t>(4, from + size - at));
      }
    }
  }
}

TEST_F(Robustness, TenThousandMutationsAnywhere) {
  NEEDS_CLANG();
  size_t read = 0;
  for (const char* input : kInputs) {
    const std::vector<uint8_t> bytes = input_bytes(input);
    for (int i = 0; i < 1'250; ++i) {
      std::vector<uint8_t> copy = bytes;
      mutate(copy, 0, copy.size(), random);
      read += exercise(copy);
    }
  }
  // Else the mutations are too coarse to reach the later stages.
  EXPECT_GT(read, 2'000u);
}

TEST_F(Robustness, TenThousandMutationsOfWhatIsRead) {
  NEEDS_CLANG();
  size_t read = 0;
  for (const char* input : kInputs) {
    const std::vector<uint8_t> bytes = input_bytes(input);
    Elf64_Ehdr header;
    std::memcpy(&header, bytes.data(), sizeof header);
    std::vector<Elf64_Shdr> sections(header.e_shnum);
    std::memcpy(sections.data(), bytes.data() + header.e_shoff,
                sections.size() * sizeof(Elf64_Shdr));
    // Not the debug information, which is most of a file and is not looked at.
    std::vector<std::pair<size_t, size_t>> places;
    for (const Elf64_Shdr& s : sections) {
      const std::string_view name = reinterpret_cast<const char*>(
          bytes.data() + sections[header.e_shstrndx].sh_offset + s.sh_name);
      if (s.sh_type == SHT_NOBITS || s.sh_size == 0 || name.contains("debug")) continue;
      places.emplace_back(s.sh_offset, s.sh_size);
    }
    for (int i = 0; i < 1'250; ++i) {
      std::vector<uint8_t> copy = bytes;
      const auto [from, size] = places[below(places.size())];
      mutate(copy, from, size, random);
      read += exercise(copy);
    }
  }
  // Else the mutations are too coarse to reach the later stages.
  EXPECT_GT(read, 2'000u);
}

TEST_F(Robustness, TenThousandRandomStrings) {
  ElfBuilder elf;
  const uint16_t xdp = elf.add_code("xdp", code({kMov0, kRet}));
  elf.add_symbol("f", STT_FUNC, STB_GLOBAL, xdp, 0, 16);
  const std::vector<uint8_t> sound = elf.build();
  for (int i = 0; i < 10'000; ++i) {
    std::vector<uint8_t> bytes(below(2'048));
    for (uint8_t& b : bytes) b = static_cast<uint8_t>(random());
    // Half of them get past the first checks: a sound ELF header, at times with its table.
    if (i % 2 == 0) {
      const size_t keep = i % 4 == 0 ? sizeof(Elf64_Ehdr) : sound.size();
      std::copy_n(sound.begin(), std::min(keep, bytes.size()), bytes.begin());
      if (i % 4 != 0 && bytes.size() > sizeof(Elf64_Ehdr)) {
        mutate(bytes, sizeof(Elf64_Ehdr), bytes.size() - sizeof(Elf64_Ehdr), random);
      }
    }
    exercise(bytes);
  }
}

TEST_F(Robustness, RandomInstructions) {
  for (int i = 0; i < 5'000; ++i) {
    ElfBuilder elf;
    std::vector<RawInsn> insns(1 + below(12));
    for (RawInsn& raw : insns) {
      // Mostly the opcodes that refer to something.
      const uint8_t opcode = std::array<uint8_t, 6>{0x85, 0x18, 0x05, 0x95, 0xb7, 0x00}[below(6)];
      raw = insn(below(8) == 0 ? static_cast<uint8_t>(random()) : opcode, below(11), below(6),
                 static_cast<int16_t>(below(4)), static_cast<int32_t>(below(8)) - 4);
    }
    insns.back() = kRet;
    const uint16_t xdp = elf.add_code("xdp", bytes_of(insns));
    const uint16_t maps =
        elf.add_section("maps", SHT_PROGBITS, SHF_ALLOC, bytes_of<uint32_t>({1, 4, 4, 1, 0}));
    elf.add_symbol("m", STT_OBJECT, STB_GLOBAL, maps, 0, 20);
    elf.add_symbol("", STT_SECTION, STB_LOCAL, xdp);
    elf.add_symbol("gone", STT_NOTYPE, STB_GLOBAL, SHN_UNDEF);
    for (size_t f = 0; f < insns.size(); f += 1 + below(6)) {
      elf.add_symbol("f" + std::to_string(f), STT_FUNC, STB_GLOBAL, xdp, f * 8, 0);
    }
    for (size_t slot = 0; slot < insns.size(); ++slot) {
      if (below(2) == 0) {
        elf.add_relocation(xdp, slot * 8, insns[slot].opcode == 0x85 ? 10 : 1 + below(2),
                           1 + below(4));
      }
    }
    exercise(elf.build());
  }
}

}  // namespace
}  // namespace weir
