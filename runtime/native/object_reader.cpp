// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/native/object_reader.h"

#include <algorithm>

#include <fmt/format.h>

#include "frontend/support/text.h"

namespace weir {

namespace {

constexpr std::string_view kForeignHint =
    "only objects that weir wrote can be loaded: make one with 'weir compile'";

Error malformed(std::string message) {
  return Error(ErrorCode::kObjectMalformed, std::move(message));
}

std::string_view elf_type_name(uint16_t type) {
  switch (type) {
    case ET_REL: return "a relocatable file";
    case ET_EXEC: return "an executable";
    case ET_DYN: return "a shared library";
    case ET_CORE: return "a core dump";
    default: return "of an unknown kind";
  }
}

// Something in the header differs from what the writer writes. Tells the likely mistakes apart.
Error header_error(const Elf64_Ehdr& found, const Elf64_Ehdr& wanted) {
  if (std::memcmp(found.e_ident, ELFMAG, SELFMAG) != 0) {
    return malformed("not an ELF file: it does not start with 7f 45 4c 46")
        .with_hint(std::string(kForeignHint));
  }
  if (found.e_ident[EI_CLASS] != ELFCLASS64 || found.e_ident[EI_DATA] != ELFDATA2LSB) {
    return malformed(
        fmt::format("ELF class {} and byte order {}, expected {} (64 bits) and {} (little "
                    "endian)",
                    found.e_ident[EI_CLASS], found.e_ident[EI_DATA], ELFCLASS64, ELFDATA2LSB));
  }
  if (found.e_machine == EM_BPF) {
    return Error(ErrorCode::kObjectTarget,
                 "this is eBPF bytecode (ELF machine 247), not machine code")
        .with_hint("compile it first: 'weir compile'");
  }
  if (found.e_machine != EM_X86_64 && found.e_machine != EM_AARCH64) {
    return Error(ErrorCode::kObjectTarget,
                 fmt::format("ELF machine {}, expected {} (x86_64) or {} (aarch64)",
                             found.e_machine, EM_X86_64, EM_AARCH64));
  }
  if (found.e_type != ET_REL) {
    return malformed(
               fmt::format("the ELF file is {} (type {}), expected a relocatable file (type {})",
                           elf_type_name(found.e_type), found.e_type, ET_REL))
        .with_hint(std::string(kForeignHint));
  }
  const auto* a = reinterpret_cast<const uint8_t*>(&found);
  const auto* b = reinterpret_cast<const uint8_t*>(&wanted);
  const size_t at = static_cast<size_t>(std::mismatch(a, a + sizeof found, b).first - a);
  return malformed(fmt::format("byte {} of the ELF header is {:#04x}, expected {:#04x}", at, a[at],
                               b[at]))
      .with_hint(std::string(kForeignHint));
}

// The name that starts at `offset`, or nothing if the table ends first.
std::optional<std::string_view> name_at(ByteSpan names, uint32_t offset) {
  if (offset >= names.size()) return std::nullopt;
  const std::string_view rest = as_text(names.subspan(offset));
  const size_t length = rest.find('\0');
  if (length == std::string_view::npos) return std::nullopt;
  return rest.substr(0, length);
}

bool name_fits(Part part, uint32_t number, std::string_view name) {
  const std::string_view wanted = shape(part).name;
  if (part == Part::kDebug) return name.starts_with(wanted) && is_identifier(name.substr(1));
  if (part != Part::kProgram) return name == wanted;
  if (!name.starts_with(wanted)) return false;
  char digits[16];
  const auto end = fmt::format_to_n(digits, sizeof digits, "{}", number).out;
  return name.substr(wanted.size()) == std::string_view(digits, end);
}

std::string wanted_name(Part part, uint32_t number) {
  if (part == Part::kProgram) return fmt::format("{}{}", shape(part).name, number);
  if (part == Part::kDebug) return fmt::format("{}*", shape(part).name);
  return std::string(shape(part).name);
}

}  // namespace

Result<ObjectReader> ObjectReader::open(ByteSpan file) {
  if (file.size() > kMaxNativeBytes) {
    return Error(ErrorCode::kLimit,
                 fmt::format("the native object has {} bytes, at most {} are allowed", file.size(),
                             kMaxNativeBytes));
  }
  Elf64_Ehdr found;
  if (file.size() < sizeof found) {
    return Error(ErrorCode::kObjectTruncated,
                 fmt::format("the file has {} bytes, but an ELF header "
                             "takes {}",
                             file.size(), sizeof found));
  }
  std::memcpy(&found, file.data(), sizeof found);
  const Elf64_Ehdr wanted = object_header(found.e_machine == EM_AARCH64 ? EM_AARCH64 : EM_X86_64,
                                          found.e_shoff, found.e_shnum);
  if (std::memcmp(&found, &wanted, sizeof found) != 0) return header_error(found, wanted);

  ObjectReader reader;
  reader.file_ = file;
  reader.arch_ = found.e_machine == EM_AARCH64 ? Arch::kAarch64 : Arch::kX86_64;
  reader.end_ = sizeof(Elf64_Ehdr);
  reader.table_ = found.e_shoff;
  reader.count_ = found.e_shnum;
  constexpr uint32_t kLeastSections = kFirstProgramIndex + 1 + kTrailingSections;
  if (reader.count_ < kLeastSections) {
    return malformed(fmt::format("the file has {} sections, a native object has at least {}",
                                 reader.count_, kLeastSections))
        .with_hint(std::string(kForeignHint));
  }
  if (reader.count_ > kMaxNativeSections) {
    return Error(ErrorCode::kLimit, fmt::format("the native object has {} sections, at most {} are "
                                                "allowed",
                                                reader.count_, kMaxNativeSections));
  }
  const uint64_t table_bytes = uint64_t{reader.count_} * sizeof(Elf64_Shdr);
  if (reader.table_ > file.size() || table_bytes > file.size() - reader.table_) {
    return Error(ErrorCode::kObjectTruncated,
                 fmt::format("the file has {} bytes, but its section table is at {} and takes {}",
                             file.size(), reader.table_, table_bytes))
        .with_hint("the file was cut short: write or fetch it again");
  }
  if (reader.table_ % kSectionTableAlignment != 0 || table_bytes != file.size() - reader.table_) {
    return malformed(
        fmt::format("the section table at {} with {} bytes does not end the file of {} "
                    "bytes",
                    reader.table_, table_bytes, file.size()));
  }

  const Elf64_Shdr null = reader.header(0);
  constexpr Elf64_Shdr kNull{};
  if (std::memcmp(&null, &kNull, sizeof null) != 0) {
    return malformed("section 0 is not empty, but ELF keeps it so");
  }
  const Elf64_Shdr names = reader.header(reader.count_ - 1);
  if (names.sh_offset > reader.table_ || names.sh_size > reader.table_ - names.sh_offset) {
    return malformed(
        fmt::format("the section names at {} with {} bytes reach into the section table "
                    "at {}",
                    names.sh_offset, names.sh_size, reader.table_));
  }
  reader.names_ = file.subspan(names.sh_offset, names.sh_size);
  if (reader.names_.empty() || reader.names_[0] != 0) {
    return malformed("the section names do not start with the empty name");
  }
  return reader;
}

Elf64_Shdr ObjectReader::header(uint32_t index) const {
  Elf64_Shdr out;
  std::memcpy(&out, file_.data() + table_ + uint64_t{index} * sizeof out, sizeof out);
  return out;
}

Status ObjectReader::check_zero(uint64_t from, uint64_t to) const {
  for (uint64_t at = from; at < to; ++at) {
    if (file_[at] != 0) {
      return malformed(fmt::format("byte {} lies between two sections and is {:#04x}, expected 0",
                                   at, file_[at]));
    }
  }
  return {};
}

Result<ObjectReader::Section> ObjectReader::next(Part part, uint32_t number) {
  const uint32_t index = next_;
  if (index >= count_) {
    return malformed(fmt::format("the file has {} sections, but '{}' is missing", count_,
                                 wanted_name(part, number)));
  }
  const Elf64_Shdr found = header(index);
  const auto name = name_at(names_, found.sh_name);
  if (!name) {
    return malformed(fmt::format("section {}: its name at {} lies outside the {} bytes of names",
                                 index, found.sh_name, names_.size()));
  }
  auto bad = [&](std::string message) {
    return malformed(fmt::format("section {}: {}", index, message)).in_section(*name);
  };
  if (found.sh_type == SHT_REL || found.sh_type == SHT_RELA) {
    return bad("holds relocations, but nothing is left to resolve in a native object")
        .with_hint(std::string(kForeignHint));
  }
  if (!name_fits(part, number, *name)) {
    return bad(fmt::format("'{}' is not what belongs here, expected '{}'", printable(*name),
                           wanted_name(part, number)))
        .with_hint(std::string(kForeignHint));
  }
  if (found.sh_name != name_end_) {
    return bad(fmt::format("its name is at {}, expected {}", found.sh_name, name_end_));
  }
  const PartShape& form = shape(part);
  if (found.sh_type != form.type || found.sh_flags != form.flags || found.sh_addr != 0 ||
      found.sh_addralign != form.alignment || found.sh_entsize != form.entry_size) {
    return bad(
        fmt::format("type {}, flags {:#x}, address {:#x}, alignment {}, entry size {}; "
                    "expected {}, {:#x}, 0x0, {}, {}",
                    found.sh_type, found.sh_flags, found.sh_addr, found.sh_addralign,
                    found.sh_entsize, form.type, form.flags, form.alignment, form.entry_size));
  }
  if (part != Part::kSymbols && (found.sh_link != 0 || found.sh_info != 0)) {
    return bad(fmt::format("link {} and info {}, expected 0", found.sh_link, found.sh_info));
  }
  const uint64_t offset = align_up(end_, form.alignment);
  if (found.sh_offset != offset) {
    return bad(fmt::format("starts at {}, but the section before it ends at {}, so expected {}",
                           found.sh_offset, end_, offset));
  }
  if (offset > table_ || found.sh_size > table_ - offset) {
    return bad(fmt::format("{} bytes at {} reach into the section table at {}", found.sh_size,
                           offset, table_));
  }
  WEIR_CHECK(check_zero(end_, offset));
  end_ = offset + found.sh_size;
  name_end_ = found.sh_name + static_cast<uint32_t>(name->size()) + 1;
  ++next_;
  return Section{*name, offset, file_.subspan(offset, found.sh_size), found.sh_link, found.sh_info};
}

Status ObjectReader::finish() const {
  if (next_ != count_) {
    return malformed(
        fmt::format("{} sections follow the last one, section {}", count_ - next_, next_ - 1));
  }
  if (name_end_ != names_.size()) {
    return malformed(
        fmt::format("the section names take {} bytes, expected {}", names_.size(), name_end_));
  }
  if (align_up(end_, kSectionTableAlignment) != table_) {
    return malformed(
        fmt::format("the sections end at {}, but the section table is at {}", end_, table_));
  }
  return check_zero(end_, table_);
}

}  // namespace weir
