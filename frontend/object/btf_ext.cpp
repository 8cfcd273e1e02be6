// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// .BTF.ext, as far as weir reads it (the kernel's Documentation/bpf/btf.rst, section 4):
//
//   header          magic, version, flags, hdr_len, then offset and length of func_info and
//   line_info
//                   (newer files add CO-RE relocations), offsets counted from the header's end
//   line_info       u32 rec_size, then for each program section:
//     sec_name_off, num_info
//     num_info records of rec_size bytes: insn_off, file_name_off, line_off, line_col
//
// insn_off counts bytes from the start of the section, file_name_off and line_off are strings of
// .BTF, and line_col is line << 10 | column. Clang writes a relocation (.rel.BTF.ext,
// R_BPF_64_NODYLD32) for each insn_off, against the section's own symbol and with the offset
// already in place; its value is zero, so that there is nothing to apply.
#include "frontend/object/btf_ext.h"

#include <algorithm>
#include <optional>
#include <string>
#include <tuple>
#include <unordered_map>

#include <fmt/format.h>

#include "frontend/isa/instruction.h"

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

struct LineRecord {
  uint32_t insn_off;
  uint32_t file_name_off;
  uint32_t line_off;
  uint32_t line_col;
};

Error malformed(std::string message) {
  return Error(ErrorCode::kBtfMalformed, std::move(message)).in_section(".BTF.ext");
}

// The line_info part, checked to be inside the section.
Result<ByteSpan> find_line_info(ByteSpan bytes) {
  ByteReader in(bytes);
  const auto header = in.read<ExtHeader>();
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
  const ByteSpan body = bytes.subspan(header.hdr_len);
  if (header.line_info_off > body.size() ||
      header.line_info_len > body.size() - header.line_info_off) {
    return malformed(
        fmt::format("line information at {} has {} bytes, but only {} follow the header",
                    header.line_info_off, header.line_info_len, body.size()));
  }
  return body.subspan(header.line_info_off, header.line_info_len);
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
  std::unordered_map<std::string_view, uint32_t> sections;
  for (uint32_t i = 0; i < object.sections.size(); ++i) {
    const Section& section = object.sections[i];
    if (section.kind == SectionKind::kProgram) sections.try_emplace(section.name, i);
  }

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
  WEIR_TRY(const ByteSpan line_info, find_line_info(btf_ext));
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

}  // namespace weir
