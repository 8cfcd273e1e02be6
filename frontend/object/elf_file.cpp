// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Opening an ELF file that nobody has checked.
//
// libelf knows the format, but it was written for files that a compiler made: it has read outside
// the file for altered headers before. So everything that libelf believes is checked here first, on
// the raw bytes: what kind of file it is, that the section header table lies in it, and that each
// section does. Only then libelf sees it, and from libelf only the decoded headers are taken;
// contents are sub-spans of the caller's bytes.
//
// Most people who meet an error here gave the wrong file, not a damaged one. So each usual mistake
// (a host object, bitcode, an archive, C source) has a sentence of its own.
#include "frontend/object/elf_file.h"

#include <elf.h>
#include <gelf.h>
#include <libelf.h>

#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "frontend/object/object_file.h"
#include "frontend/support/text.h"

namespace weir {

namespace {

constexpr const char* kCompileHint = "compile with clang -target bpf -O2 -g -c";
constexpr const char* kCopyHint = "the file is cut short or damaged: copy or build it again";

// With its article: "this is an x86-64 object".
std::string machine_name(uint16_t machine) {
  switch (machine) {
    case EM_386: return "a 32-bit x86";
    case EM_X86_64: return "an x86-64";
    case EM_ARM: return "a 32-bit Arm";
    case EM_AARCH64: return "an AArch64";
    case EM_RISCV: return "a RISC-V";
    case EM_PPC: return "a PowerPC";
    case EM_PPC64: return "a PowerPC 64";
    case EM_S390: return "an s390x";
    case EM_MIPS: return "a MIPS";
    case EM_SPARCV9: return "a SPARC 64";
    case EM_LOONGARCH: return "a LoongArch";
    default: return fmt::format("a machine-{}", machine);
  }
}

Error not_bpf(std::string message) {
  return Error(ErrorCode::kElfNotBpf, std::move(message)).with_hint(kCompileHint);
}

Error cut_short(std::string message) {
  return Error(ErrorCode::kElfTruncated, std::move(message)).with_hint(kCopyHint);
}

Error damaged(std::string message) {
  return Error(ErrorCode::kElfMalformed, std::move(message)).with_hint(kCopyHint);
}

bool starts_with(ByteSpan bytes, std::string_view magic) {
  return as_text(bytes).starts_with(magic);
}

bool looks_like_text(ByteSpan bytes) {
  const ByteSpan head = bytes.first(std::min<size_t>(bytes.size(), 256));
  return std::all_of(head.begin(), head.end(), [](uint8_t c) {
    return (c >= 0x20 && c < 0x7f) || c == '\n' || c == '\t' || c == '\r';
  });
}

// Bytes that do not start with the ELF magic.
Error not_elf(ByteSpan bytes) {
  if (bytes.empty()) return cut_short("the file is empty, but an ELF file was expected");
  if (bytes.size() < SELFMAG && std::string_view(ELFMAG).starts_with(as_text(bytes))) {
    return cut_short(fmt::format("the file has {} bytes, but an ELF header has 64", bytes.size()));
  }
  if (starts_with(bytes, "BC\xC0\xDE") || starts_with(bytes, "\xDE\xC0\x17\x0B")) {
    return Error(ErrorCode::kElfNotBpf, "this is LLVM bitcode, but an ELF object was expected")
        .with_hint(
            "compile with clang -target bpf -c without -emit-llvm and -flto, or finish it with "
            "llc -march=bpf -filetype=obj");
  }
  if (starts_with(bytes, "!<arch>\n") || starts_with(bytes, "!<thin>\n")) {
    return Error(ErrorCode::kElfNotBpf, "this is an archive, but an ELF object was expected")
        .with_hint("extract the object with ar x, or link it with bpftool gen object");
  }
  if (looks_like_text(bytes)) {
    return Error(ErrorCode::kElfNotBpf, "this is a text file, but an ELF object was expected")
        .with_hint("if it is C source, compile it with clang -target bpf -O2 -g -c");
  }
  std::string head;
  for (uint8_t b : bytes.first(std::min<size_t>(bytes.size(), 4)))
    head += fmt::format(" {:02x}", b);
  return not_bpf(fmt::format(
      "this is not an ELF file: it starts with the bytes{}, but 7f 45 4c 46 was expected", head));
}

// From here the magic is right. The checks go from "which kind" to "is it whole", because a wrong
// kind of file is the likelier mistake.
Result<Elf64_Ehdr> check_header(ByteSpan bytes) {
  if (bytes.size() < EI_NIDENT + 4) {
    return cut_short(fmt::format("the file has {} bytes, but an ELF header has 64", bytes.size()));
  }
  const uint8_t file_class = bytes[EI_CLASS];
  const uint8_t order = bytes[EI_DATA];
  if (order != ELFDATA2LSB && order != ELFDATA2MSB) {
    return damaged(
        fmt::format("the ELF header gives byte order {}, but 1 (little-endian) or 2 "
                    "(big-endian) was expected",
                    order));
  }
  auto half = [&](size_t at) {
    return static_cast<uint16_t>(order == ELFDATA2LSB ? bytes[at] | bytes[at + 1] << 8
                                                      : bytes[at] << 8 | bytes[at + 1]);
  };
  // e_type and e_machine follow e_ident in both classes.
  const uint16_t type = half(EI_NIDENT);
  const uint16_t machine = half(EI_NIDENT + 2);
  if (machine != EM_BPF && machine != EM_NONE) {
    return not_bpf(
        fmt::format("this is {} object, but a BPF object was expected", machine_name(machine)));
  }
  if (file_class == ELFCLASS32) {
    return not_bpf("this is a 32-bit ELF file, but BPF objects are 64-bit");
  }
  if (file_class != ELFCLASS64) {
    return damaged(
        fmt::format("the ELF header gives class {}, but 2 (64-bit) was expected", file_class));
  }
  if (order == ELFDATA2MSB) {
    return Error(ErrorCode::kElfBigEndian,
                 "this is a big-endian BPF object, but weir runs little-endian ones")
        .with_hint("compile with clang -target bpfel (or -target bpf on a little-endian host)");
  }
  if (bytes[EI_VERSION] != EV_CURRENT) {
    return damaged(
        fmt::format("the ELF header gives version {}, but 1 was expected", bytes[EI_VERSION]));
  }
  if (bytes.size() < sizeof(Elf64_Ehdr)) {
    return cut_short(fmt::format("the file has {} bytes, but an ELF header has 64", bytes.size()));
  }
  Elf64_Ehdr header;
  std::memcpy(&header, bytes.data(), sizeof header);
  if (type != ET_REL) {
    return Error(ErrorCode::kElfNotBpf,
                 fmt::format("this BPF file has ELF type {}, but a relocatable object (type 1) was "
                             "expected",
                             type))
        .with_hint("give the object that clang -target bpf -c writes, not a linked file");
  }
  return header;
}

// That the section header table lies in the file, and each section too.
Status check_layout(ByteSpan bytes, const Elf64_Ehdr& header) {
  const uint64_t file_size = bytes.size();
  if (header.e_shoff == 0) return damaged("the file has no section header table");
  if (header.e_shentsize != sizeof(Elf64_Shdr)) {
    return damaged(
        fmt::format("the ELF header says that a section header has {} bytes, but {} was "
                    "expected",
                    header.e_shentsize, sizeof(Elf64_Shdr)));
  }
  // 0 stands for 65,280 or more sections, which is beyond our limit anyway.
  if (header.e_shnum == 0) return damaged("the ELF header gives no number of sections");
  if (header.e_shnum > kMaxSections) {
    return Error(ErrorCode::kLimit, fmt::format("the file has {} sections, at most {} are allowed",
                                                header.e_shnum, kMaxSections));
  }
  const uint64_t table_size = uint64_t{header.e_shnum} * sizeof(Elf64_Shdr);
  if (header.e_shoff > file_size || table_size > file_size - header.e_shoff) {
    return cut_short(fmt::format(
        "the section header table is at {:#x} and has {} bytes, but the file ends at {:#x}",
        header.e_shoff, table_size, file_size));
  }
  if (header.e_shstrndx >= header.e_shnum) {
    return damaged(fmt::format("section names are in section {}, but the file has {} sections",
                               header.e_shstrndx, header.e_shnum));
  }

  uint64_t total = 0;
  for (uint32_t i = 0; i < header.e_shnum; ++i) {
    Elf64_Shdr section;
    std::memcpy(&section, bytes.data() + header.e_shoff + i * sizeof section, sizeof section);
    if (section.sh_type == SHT_NOBITS || section.sh_type == SHT_NULL) continue;
    if (section.sh_offset > file_size || section.sh_size > file_size - section.sh_offset) {
      return cut_short(
          fmt::format("section {} is at {:#x} and has {} bytes, but the file ends at {:#x}", i,
                      section.sh_offset, section.sh_size, file_size));
    }
    if (section.sh_flags & SHF_COMPRESSED) {
      return Error(ErrorCode::kProgramUnsupported,
                   fmt::format("section {} is compressed, which weir does not read", i))
          .with_hint("compile without -gz, or run llvm-objcopy --decompress-debug-sections");
    }
    total += section.sh_size;  // no overflow: kMaxSections times kMaxObjectBytes
    if (i == header.e_shstrndx && section.sh_type != SHT_STRTAB) {
      return damaged(
          fmt::format("section {} should hold the section names, but is no string table", i));
    }
  }
  // Sections of a real file do not overlap. Without this a small file could ask for 16,384 copies
  // of itself.
  if (total > file_size) {
    return damaged(fmt::format("sections overlap: together they have {} bytes, the file has {}",
                               total, file_size));
  }
  return {};
}

struct CloseElf {
  void operator()(Elf* elf) const { elf_end(elf); }
};

Error libelf_failed(const char* call) {
  const char* why = elf_errmsg(-1);
  return damaged(fmt::format("libelf refuses the file: {}: {}", call, why ? why : "unknown error"));
}

}  // namespace

Result<std::string> elf_string(ByteSpan table, uint64_t offset, const std::string& what) {
  if (offset >= table.size()) {
    if (offset == 0) return std::string();  // an empty table has the empty string
    return damaged(
        fmt::format("{} is at {} of a string table of {} bytes", what, offset, table.size()));
  }
  const std::string_view rest = as_text(table.subspan(offset));
  const size_t length = rest.find('\0');
  if (length == std::string_view::npos) {
    return damaged(fmt::format("{} does not end inside its string table", what));
  }
  if (length > kMaxNameBytes) {
    return Error(ErrorCode::kLimit, fmt::format("{} has {} bytes, at most {} are allowed", what,
                                                length, kMaxNameBytes));
  }
  return std::string(rest.substr(0, length));
}

Result<ElfFile> open_elf(ByteSpan bytes) {
  if (bytes.size() > kMaxObjectBytes) {
    return Error(ErrorCode::kLimit, fmt::format("the file has {} bytes, at most {} are allowed",
                                                bytes.size(), kMaxObjectBytes));
  }
  if (!starts_with(bytes, std::string_view(ELFMAG, SELFMAG))) return not_elf(bytes);
  WEIR_TRY(const Elf64_Ehdr header, check_header(bytes));
  WEIR_CHECK(check_layout(bytes, header));

  // libelf takes a char* but only reads: the file is opened for nothing else.
  elf_version(EV_CURRENT);
  std::unique_ptr<Elf, CloseElf> elf(
      elf_memory(reinterpret_cast<char*>(const_cast<uint8_t*>(bytes.data())), bytes.size()));
  if (elf == nullptr) return libelf_failed("elf_memory");
  size_t count = 0;
  size_t names_index = 0;
  if (elf_kind(elf.get()) != ELF_K_ELF || elf_getshdrnum(elf.get(), &count) != 0 ||
      elf_getshdrstrndx(elf.get(), &names_index) != 0) {
    return libelf_failed("elf_getshdrnum");
  }
  if (count != header.e_shnum || names_index >= count) {
    return damaged(
        fmt::format("libelf sees {} sections, the ELF header says {}", count, header.e_shnum));
  }

  ElfFile file;
  file.machine_unknown = header.e_machine == EM_NONE;
  file.sections.resize(count);
  std::vector<uint32_t> name_offsets(count);
  for (size_t i = 0; i < count; ++i) {
    Elf_Scn* scn = elf_getscn(elf.get(), i);
    // A copy: the table may lie at any offset of the file.
    GElf_Shdr shdr;
    if (scn == nullptr || gelf_getshdr(scn, &shdr) == nullptr)
      return libelf_failed("gelf_getshdr");
    ElfSection& section = file.sections[i];
    section.type = shdr.sh_type;
    section.flags = shdr.sh_flags;
    section.link = shdr.sh_link;
    section.info = shdr.sh_info;
    section.size = shdr.sh_size;
    name_offsets[i] = shdr.sh_name;
    if (section.type != SHT_NOBITS && section.type != SHT_NULL) {
      section.bytes = bytes.subspan(shdr.sh_offset, shdr.sh_size);  // in range: check_layout()
    }
  }
  size_t total = 0;
  for (size_t i = 1; i < count; ++i) {
    WEIR_TRY(file.sections[i].name, elf_string(file.sections[names_index].bytes, name_offsets[i],
                                               fmt::format("the name of section {}", i)));
    total += file.sections[i].name.size();
    if (total > kMaxNameBytesTotal) {
      return Error(ErrorCode::kLimit, fmt::format("section names have more than {} bytes together",
                                                  kMaxNameBytesTotal));
    }
  }
  return file;
}

}  // namespace weir
