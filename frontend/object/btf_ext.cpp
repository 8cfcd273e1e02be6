// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// .BTF.ext, as far as weir reads it (the kernel's Documentation/bpf/btf.rst, section 4):
//
//   header          magic, version, flags, hdr_len, then offset and length of func_info, line_info
//                   and (in newer files) CO-RE relocations, offsets counted from the header's end
//   line_info       u32 rec_size, then for each program section:
//     sec_name_off, num_info
//     num_info records of rec_size bytes: insn_off, file_name_off, line_off, line_col
//   core_relo       likewise, with records insn_off, type_id, access_str_off, kind
//
// insn_off counts bytes from the start of the section, file_name_off, line_off and access_str_off
// are strings of .BTF, and line_col is line << 10 | column. Clang writes a relocation
// (.rel.BTF.ext, R_BPF_64_NODYLD32) for each insn_off, against the section's own symbol and with
// the offset already in place; its value is zero, so that there is nothing to apply.
#include "frontend/object/btf_ext.h"

#include <algorithm>
#include <optional>
#include <string>
#include <tuple>
#include <unordered_map>

#include <fmt/format.h>

#include "frontend/isa/instruction.h"
#include "frontend/support/text.h"

namespace weir {

namespace {

constexpr uint16_t kMagic = 0xeb9f;  // BTF_MAGIC
constexpr uint8_t kVersion = 1;

struct ExtHeader {
  uint16_t magic;
  uint8_t version;
  uint8_t flags;
  uint32_t hdr_len;
  uint32_t func_info_off;
  uint32_t func_info_len;
  uint32_t line_info_off;
  uint32_t line_info_len;
};

// What headers of at least 32 bytes go on with.
struct CoreHeader {
  uint32_t core_relo_off;
  uint32_t core_relo_len;
};

struct CoreRecord {
  uint32_t insn_off;
  uint32_t type_id;
  uint32_t access_str_off;
  uint32_t kind;
};

struct LineRecord {
  uint32_t insn_off;
  uint32_t file_name_off;
  uint32_t line_off;
  uint32_t line_col;
};

Error malformed(std::string message) {
  return Error(ErrorCode::kBtfMalformed, std::move(message)).in_section(".BTF.ext");
}

// The header, and the bytes that follow it.
struct Parts {
  ExtHeader header{};
  CoreHeader core{};  // zero in older files
  ByteSpan body;
};

Result<Parts> open_ext(ByteSpan bytes) {
  ByteReader in(bytes);
  Parts out;
  out.header = in.read<ExtHeader>();
  const ExtHeader& header = out.header;
  if (!in.ok()) {
    return malformed(fmt::format("the section has {} bytes, but its header has {}", bytes.size(),
                                 sizeof header));
  }
  if (header.magic != kMagic || header.version != kVersion || header.flags != 0) {
    return malformed(
        fmt::format("magic {:#06x}, version {}, flags {:#x}, but {:#06x}, {}, 0 were expected",
                    header.magic, header.version, header.flags, kMagic, kVersion));
  }
  if (header.hdr_len < sizeof header || header.hdr_len > bytes.size()) {
    return malformed(
        fmt::format("a header of {} bytes in a section of {}, at least {} were expected",
                    header.hdr_len, bytes.size(), sizeof header));
  }
  if (header.hdr_len >= sizeof header + sizeof out.core) out.core = in.read<CoreHeader>();
  out.body = bytes.subspan(header.hdr_len);
  return out;
}

// One part, checked to be inside the section.
Result<ByteSpan> part_of(const Parts& parts, uint32_t offset, uint32_t size, const char* what) {
  if (offset > parts.body.size() || size > parts.body.size() - offset) {
    return malformed(fmt::format("{} at {} has {} bytes, but only {} follow the header", what,
                                 offset, size, parts.body.size()));
  }
  return parts.body.subspan(offset, size);
}

// The program sections by name.
std::unordered_map<std::string_view, uint32_t> program_sections(const ObjectFile& object) {
  std::unordered_map<std::string_view, uint32_t> out;
  for (uint32_t i = 0; i < object.sections.size(); ++i) {
    const Section& section = object.sections[i];
    if (section.kind == SectionKind::kProgram) out.try_emplace(section.name, i);
  }
  return out;
}

// Checks one record against its section, and keeps it.
Status add_core(ObjectFile& object, uint32_t section, const CoreRecord& record) {
  const Section& target = object.sections[section];
  if (record.insn_off >= target.size || record.insn_off % sizeof(RawInsn) != 0) {
    return malformed(
        fmt::format("a CO-RE relocation is at {} of section '{}', where no "
                    "instruction starts",
                    record.insn_off, printable(target.name)));
  }
  if (record.kind >= kCoreRelocationKinds) {
    return Error(ErrorCode::kProgramUnsupported,
                 fmt::format("a CO-RE relocation at {} of section '{}' is of kind {}, but weir "
                             "knows 0 to {}",
                             record.insn_off, printable(target.name), record.kind,
                             kCoreRelocationKinds - 1))
        .with_hint("it is newer than weir: compile with an older clang, or update weir");
  }
  if (object.core_relocations.size() == kMaxCoreRelocations) {
    return Error(ErrorCode::kLimit,
                 fmt::format("the file has more than {} CO-RE relocations", kMaxCoreRelocations));
  }
  object.core_relocations.push_back({.section = section,
                                     .offset = record.insn_off,
                                     .type_id = record.type_id,
                                     .access = record.access_str_off,
                                     .kind = static_cast<CoreRelocation::Kind>(record.kind)});
  return {};
}

class LineReader {
 public:
  LineReader(const Btf& btf, ObjectFile& object) : btf_(btf), object_(object) {}

  // Keeps a record, or says that it is left out.
  bool add(uint32_t section, const LineRecord& record) {
    if (object_.lines.size() >= kMaxLines) return false;
    if (record.insn_off >= object_.sections[section].size ||
        record.insn_off % sizeof(RawInsn) != 0) {
      return false;
    }
    const std::optional<uint32_t> file = source_file(record.file_name_off);
    if (!file) return false;
    const uint32_t line = record.line_col >> 10;
    if (line == 0) return true;  // code that comes from no line: nothing to keep, nothing wrong
    SourceLine out;
    out.section = section;
    out.offset = record.insn_off;
    out.file = *file;
    out.line = line;
    out.column = record.line_col & 0x3ff;
    out.text = text(record.line_off, kMaxLineText);
    object_.lines.push_back(std::move(out));
    return true;
  }

 private:
  // Empty when the budget is spent: a hostile file has millions of records with one long string.
  std::string text(uint32_t offset, size_t limit) {
    std::string_view found = btf_.string(offset).substr(0, limit);
    if (found.size() > budget_) found = {};
    budget_ -= found.size();
    return std::string(found);
  }

  std::optional<uint32_t> source_file(uint32_t name_offset) {
    auto [it, added] =
        file_index_.try_emplace(name_offset, static_cast<uint32_t>(object_.source_files.size()));
    if (added) {
      std::string name = text(name_offset, kMaxNameBytes);
      if (name.empty()) {
        file_index_.erase(it);
        return std::nullopt;
      }
      object_.source_files.push_back(std::move(name));
    }
    return it->second;
  }

  const Btf& btf_;
  ObjectFile& object_;
  size_t budget_ = kMaxLineTextTotal;
  std::unordered_map<uint32_t, uint32_t> file_index_;  // by offset of the name
};

Status read_records(ByteSpan line_info, const Btf& btf, ObjectFile& object, size_t& left_out) {
  const auto sections = program_sections(object);
  ByteReader in(line_info);
  const auto record_size = in.read<uint32_t>();
  if (record_size < sizeof(LineRecord)) {
    return malformed(fmt::format("line records of {} bytes, at least {} were expected", record_size,
                                 sizeof(LineRecord)));
  }
  LineReader reader(btf, object);
  while (in.ok() && in.remaining() > 0) {
    const auto name_offset = in.read<uint32_t>();
    const uint32_t count = in.read_count(record_size);
    const auto section = sections.find(btf.string(name_offset));
    for (uint32_t i = 0; i < count; ++i) {
      ByteReader raw(in.take(record_size));
      const auto record = raw.read<LineRecord>();
      if (section == sections.end() || !reader.add(section->second, record)) ++left_out;
    }
  }
  if (!in.ok()) return malformed("line information ends inside a record");
  return {};
}

}  // namespace

Status read_lines(ByteSpan btf_ext, const Btf& btf, ObjectFile& object, size_t& left_out) {
  WEIR_TRY(const Parts parts, open_ext(btf_ext));
  WEIR_TRY(const ByteSpan line_info, part_of(parts, parts.header.line_info_off,
                                             parts.header.line_info_len, "line information"));
  if (line_info.empty()) return {};
  if (auto status = read_records(line_info, btf, object, left_out); !status) {
    object.lines.clear();
    object.source_files.clear();
    return status;
  }

  auto place = [](const SourceLine& l) { return std::pair(l.section, l.offset); };
  auto order = [](const SourceLine& l) {
    return std::tuple(l.section, l.offset, l.line, l.column, l.file);
  };
  std::sort(object.lines.begin(), object.lines.end(),
            [&](const auto& a, const auto& b) { return order(a) < order(b); });
  auto repeated = std::unique(object.lines.begin(), object.lines.end(),
                              [&](const auto& a, const auto& b) { return place(a) == place(b); });
  object.lines.erase(repeated, object.lines.end());
  return {};
}

bool has_core_relocations(ByteSpan btf_ext) {
  const auto parts = open_ext(btf_ext);
  return parts && parts->core.core_relo_len != 0;
}

Status read_core_relocations(ByteSpan btf_ext, const Btf& btf, ObjectFile& object) {
  WEIR_TRY(const Parts parts, open_ext(btf_ext));
  WEIR_TRY(const ByteSpan part, part_of(parts, parts.core.core_relo_off, parts.core.core_relo_len,
                                        "the list of CO-RE relocations"));
  if (part.empty()) return {};
  const auto sections = program_sections(object);
  ByteReader in(part);
  const auto record_size = in.read<uint32_t>();
  if (record_size < sizeof(CoreRecord)) {
    return malformed(fmt::format("CO-RE relocations of {} bytes, at least {} were expected",
                                 record_size, sizeof(CoreRecord)));
  }
  while (in.ok() && in.remaining() > 0) {
    const auto name_offset = in.read<uint32_t>();
    const uint32_t count = in.read_count(record_size);
    const auto section = sections.find(btf.string(name_offset));
    for (uint32_t i = 0; i < count; ++i) {
      ByteReader raw(in.take(record_size));
      const auto record = raw.read<CoreRecord>();
      if (section != sections.end()) WEIR_CHECK(add_core(object, section->second, record));
    }
  }
  if (!in.ok()) return malformed("the list of CO-RE relocations ends inside a record");

  auto place = [](const CoreRelocation& r) { return std::pair(r.section, r.offset); };
  std::ranges::sort(object.core_relocations, {}, place);
  const auto twice = std::ranges::adjacent_find(object.core_relocations, {}, place);
  if (twice != object.core_relocations.end()) {
    return malformed(fmt::format("two CO-RE relocations are at {} of section '{}'", twice->offset,
                                 printable(object.sections[twice->section].name)));
  }
  return {};
}

}  // namespace weir
