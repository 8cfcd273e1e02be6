// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tests/fuzz/mutators/elf.h"

#include <elf.h>

#include <algorithm>
#include <cstring>
#include <string_view>
#include <vector>

#include "tests/fuzz/mutators/btf.h"
#include "tests/fuzz/mutators/instructions.h"

namespace weir::fuzz {

namespace {

struct Part {
  Elf64_Shdr header;
  size_t header_at = 0;
  std::string_view name;
};

std::vector<Part> parts_of(const uint8_t* file, size_t size) {
  std::vector<Part> parts;
  Elf64_Ehdr elf;
  if (size < sizeof elf) return parts;
  std::memcpy(&elf, file, sizeof elf);
  if (elf.e_shentsize != sizeof(Elf64_Shdr)) return parts;
  for (uint64_t i = 0; i < elf.e_shnum; ++i) {
    const uint64_t at = elf.e_shoff + i * sizeof(Elf64_Shdr);
    if (at > size || size - at < sizeof(Elf64_Shdr)) break;
    Part part;
    part.header_at = at;
    std::memcpy(&part.header, file + at, sizeof part.header);
    parts.push_back(part);
  }
  if (elf.e_shstrndx >= parts.size()) return parts;
  const Elf64_Shdr& names = parts[elf.e_shstrndx].header;
  if (names.sh_offset > size || names.sh_size > size - names.sh_offset) return parts;
  for (Part& part : parts) {
    if (part.header.sh_name >= names.sh_size) continue;
    const auto* const name =
        reinterpret_cast<const char*>(file) + names.sh_offset + part.header.sh_name;
    part.name = {name, ::strnlen(name, names.sh_size - part.header.sh_name)};
  }
  return parts;
}

// A field of `bytes` bytes at any place of a record of such fields.
void change_record(uint8_t* record, size_t bytes, Random& random) {
  const size_t width = size_t{1} << random.below(4);
  if (bytes < width) return;
  const size_t at = random.below(bytes / width) * width;
  uint64_t value = 0;
  std::memcpy(&value, record + at, width);
  value = random.one_in(2) ? random.odd_number() : value + random.below(17) - 8;
  std::memcpy(record + at, &value, width);
}

void change_contents(uint8_t* bytes, const Part& part, Random& random) {
  const size_t size = part.header.sh_size;
  if (part.name == ".BTF") return mutate_btf(bytes, size, random);
  if (part.name == ".BTF.ext") return mutate_btf_ext(bytes, size, random);
  if ((part.header.sh_flags & SHF_EXECINSTR) != 0) {
    (void)mutate_code(bytes, size, size, random);
    return;
  }
  const size_t record = part.header.sh_type == SHT_SYMTAB ? sizeof(Elf64_Sym)
                        : part.header.sh_type == SHT_REL  ? sizeof(Elf64_Rel)
                        : part.name == "maps"             ? 20
                                                          : 0;
  if (record != 0 && size >= record)
    return change_record(bytes + random.below(size / record) * record, record, random);
  // Names and data.
  switch (random.below(3)) {
    case 0: bytes[random.below(size)] = static_cast<uint8_t>(random.bits()); break;
    case 1: bytes[random.below(size)] ^= static_cast<uint8_t>(1u << random.below(8)); break;
    default: change_record(bytes, size, random); break;
  }
}

}  // namespace

bool mutate_elf(uint8_t* file, size_t size, Random& random) {
  std::vector<Part> parts = parts_of(file, size);
  std::erase_if(parts, [&](const Part& part) {
    return part.header.sh_type == SHT_NOBITS || part.header.sh_size == 0 ||
           part.header.sh_offset > size || part.header.sh_size > size - part.header.sh_offset ||
           part.name.starts_with(".debug");
  });
  if (parts.empty()) return false;
  if (random.one_in(40)) {
    change_record(file, sizeof(Elf64_Ehdr), random);
    return true;
  }
  const Part& part = parts[random.below(parts.size())];
  if (random.one_in(8)) {
    change_record(file + part.header_at, sizeof(Elf64_Shdr), random);
  } else {
    change_contents(file + part.header.sh_offset, part, random);
  }
  return true;
}

}  // namespace weir::fuzz
