// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// .BTF.ext: lines and CO-RE relocations of an object whose program sections are known. The input is
// the size of the BTF (32 bits), the BTF, and the section.
#include <algorithm>
#include <cstring>

#include "frontend/object/btf_ext.h"
#include "frontend/object/object_file.h"
#include "tests/fuzz/mutators/btf.h"
#include "tests/fuzz/targets/target.h"

using namespace weir;

namespace {

constexpr uint32_t kSectionBytes = 256;

// Every name that objects of the corpus have, and a few more.
ObjectFile object() {
  ObjectFile object;
  for (const char* name : {"xdp", ".text", "tc", "socket", "filter/ip", "raw", "tracepoint"}) {
    Section section;
    section.name = name;
    section.kind = SectionKind::kProgram;
    section.size = kSectionBytes;
    section.bytes.resize(kSectionBytes);
    const auto index = static_cast<uint32_t>(object.sections.size());
    object.sections.push_back(section);
    for (uint32_t offset : {0u, kSectionBytes / 2})
      object.functions.push_back({name, index, offset, kSectionBytes / 2, true, true});
  }
  return object;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ByteReader in({data, size});
  const ByteSpan raw = in.take(in.read<uint32_t>());
  const ByteSpan ext = in.take(in.remaining());
  if (!in.ok()) return 0;
  const auto btf = Btf::parse(raw);
  if (!btf) return 0;
  ObjectFile lines = object();
  size_t left_out = 0;
  if (read_lines(ext, *btf, lines, left_out)) {
    for (const SourceLine& line : lines.lines) {
      fuzz::promise(line.section < lines.sections.size(), "a line is in a section");
      fuzz::promise(line.offset % 8 == 0 && line.offset < kSectionBytes,
                    "a line is in its section");
      fuzz::promise(line.file < lines.source_files.size(), "a line is in a file");
      fuzz::promise(line.text.size() <= kMaxLineText, "a line's text has its limit");
      (void)lines.line_at(line.section, line.offset);
    }
    const auto place = [](const SourceLine& line) { return std::pair(line.section, line.offset); };
    fuzz::promise(std::ranges::is_sorted(lines.lines, {}, place), "lines ascend");
  }
  ObjectFile core = object();
  (void)has_core_relocations(ext);
  if (read_core_relocations(ext, *btf, core)) {
    for (const CoreRelocation& one : core.core_relocations) {
      fuzz::promise(
          one.section < core.sections.size() && one.offset < kSectionBytes && one.offset % 8 == 0,
          "a CO-RE relocation is in its section");
    }
  }
  return 0;
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t most, unsigned seed) {
  fuzz::Random random(seed);
  uint32_t btf = 0;
  if (size >= 4) std::memcpy(&btf, data, 4);
  if (size < 4 || btf > size - 4 || random.one_in(12)) return LLVMFuzzerMutate(data, size, most);
  if (random.one_in(6)) {
    fuzz::mutate_btf(data + 4, btf, random);
  } else {
    fuzz::mutate_btf_ext(data + 4 + btf, size - 4 - btf, random);
  }
  return size;
}
