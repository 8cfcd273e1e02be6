// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/inputs.h"

#include <elf.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "frontend/isa/assembler.h"
#include "frontend/isa/decode.h"
#include "frontend/object/elf_reader.h"
#include "frontend/object/link_program.h"
#include "frontend/support/text.h"
#include "runtime/hooks/classic_hook.h"
#include "runtime/native/variants.h"
#include "tools/hex.h"

namespace weir::tool {

namespace {

bool ends_with_any(std::string_view path, std::initializer_list<std::string_view> suffixes) {
  return std::ranges::any_of(suffixes, [&](auto suffix) { return path.ends_with(suffix); });
}

bool is_elf(ByteSpan bytes) {
  return bytes.size() >= SELFMAG && std::memcmp(bytes.data(), ELFMAG, SELFMAG) == 0;
}

// An ELF file for a machine that weir compiles for. (0 is what LLVM 3.7 wrote for BPF.)
bool is_native(ByteSpan bytes) {
  if (!is_elf(bytes) || bytes.size() < sizeof(Elf64_Ehdr)) return false;
  uint16_t machine;
  std::memcpy(&machine, &bytes[offsetof(Elf64_Ehdr, e_machine)], sizeof machine);
  return machine == EM_X86_64 || machine == EM_AARCH64;
}

// Assembler text holds nothing but what can be printed, or is UTF-8 in a comment.
bool is_text(ByteSpan bytes) {
  return !bytes.empty() && std::ranges::all_of(bytes, [](uint8_t b) {
    return b >= 0x20 ? b != 0x7f : b == '\n' || b == '\t' || b == '\r';
  });
}

Result<Program> program_from_slots(ByteSpan code, const std::string& name) {
  WEIR_TRY(std::vector<Instruction> insns, decode(code));
  return make_program(std::move(insns), name);
}

// The first line of `text`, without blanks at its ends.
std::string_view first_line(std::string_view text) {
  std::string_view line = text.substr(0, text.find('\n'));
  const size_t start = line.find_first_not_of(" \t");
  if (start == std::string_view::npos) return {};
  return line.substr(start, line.find_last_not_of(" \t\r") + 1 - start);
}

// The source line of each instruction, in one walk along the text: traps and listings then show
// what the user wrote.
std::vector<LineInfo> lines_of(std::string_view text, const std::vector<AsmLine>& places) {
  std::vector<LineInfo> lines;
  size_t start = 0;
  uint32_t line = 1;
  for (const AsmLine& place : places) {
    for (; line < place.line; ++line) start = text.find('\n', start) + 1;
    lines.push_back({.insn = static_cast<uint32_t>(lines.size()),
                     .line = line,
                     .column = 0,
                     .file = 0,
                     .text = std::string(first_line(text.substr(start)))});
  }
  return lines;
}

Result<Program> program_from_text(std::string_view text, const std::string& path) {
  WEIR_TRY(const AssembledText assembled, assemble(text, path));
  std::vector<LineInfo> lines = lines_of(text, assembled.lines);
  // The name alone: the lines are part of the cache key, and where the file lies is not.
  const std::string file = path.substr(path.rfind('/') + 1);
  auto program = program_from_slots(assembled.bytes, file_stem(path));
  if (!program) {
    Error error = program.take_error();
    if (!error.where().instruction) return error;
    const auto at = std::ranges::find(assembled.lines, *error.where().instruction, &AsmLine::slot);
    if (at == assembled.lines.end()) return error;
    LineInfo& line = lines[static_cast<size_t>(at - assembled.lines.begin())];
    Location where;
    where.source_file = file;
    where.source_line = line.line;
    where.source_text = std::move(line.text);
    return std::move(error).at(where);
  }
  program->source_files.push_back(file);
  program->lines = std::move(lines);
  WEIR_CHECK(check_structure(*program));
  return program;
}

Result<std::vector<uint8_t>> read_standard_input() {
  std::vector<uint8_t> bytes;
  uint8_t block[65536];
  for (;;) {
    const ssize_t n = ::read(STDIN_FILENO, block, sizeof block);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      return Error(ErrorCode::kIo, fmt::format("cannot read: {}", std::strerror(errno)))
          .in_file("standard input");
    }
    if (n == 0) return bytes;
    if (bytes.size() + static_cast<size_t>(n) > kMaxObjectBytes) {
      return Error(ErrorCode::kLimit, fmt::format("more than {} bytes", kMaxObjectBytes))
          .in_file("standard input");
    }
    bytes.insert(bytes.end(), block, block + n);
  }
}

std::string list_of(const std::vector<ProgramRef>& refs) {
  constexpr size_t kListed = 20;
  std::string out;
  for (size_t i = 0; i < refs.size() && i < kListed; ++i) {
    out += (i == 0 ? "" : ", ") + program_label(refs[i].name, refs[i].section);
  }
  if (refs.size() > kListed) out += fmt::format(" and {} more", refs.size() - kListed);
  return out;
}

}  // namespace

std::string file_stem(std::string_view path) {
  if (const auto expression = pcap_expression(path)) return to_identifier(expression->text);
  std::string_view name = path.substr(path.rfind('/') + 1);
  for (const std::string_view suffix :
       {".bpf.o", ".bpf.s", ".weir", ".o", ".s", ".asm", ".bin", ".hex", ".cbpf"}) {
    if (name.size() > suffix.size() && name.ends_with(suffix)) {
      return std::string(name.substr(0, name.size() - suffix.size()));
    }
  }
  return name == "-" ? "stdin" : std::string(name);
}

std::string program_label(std::string_view name, std::string_view section) {
  if (section.empty()) return printable(name);
  return fmt::format("{} ({})", printable(name), printable(section));
}

Result<std::vector<uint8_t>> read_data(const std::string& path) {
  if (path == "-") return read_standard_input();
  return read_object_bytes(path);
}

Result<Input> Input::read(const std::string& path) {
  if (pcap_expression(path)) return from_bytes({}, path);
  WEIR_TRY(std::vector<uint8_t> bytes, read_data(path));
  auto input = from_bytes(std::move(bytes), path);
  if (!input) return input.take_error().in_file(path);
  return input;
}

Result<Input> Input::from_hex(std::string_view hex, const std::string& shown) {
  WEIR_TRY(const std::vector<uint8_t> bytes, parse_hex(hex, shown));
  Input input;
  input.kind_ = Kind::kBare;
  input.path_ = shown;
  WEIR_TRY(input.bare_, program_from_slots(bytes, "program"));
  return input;
}

Result<Input> Input::from_bytes(std::vector<uint8_t> bytes, const std::string& path) {
  Input input;
  input.path_ = path;
  if (auto expression = pcap_expression(path)) {
    input.kind_ = Kind::kClassic;
    WEIR_TRY(input.classic_, ClassicFilter::from_expression(std::move(*expression)));
    return input;
  }
  if (is_native(bytes) || is_variant_file(bytes) || (path.ends_with(".weir") && is_elf(bytes))) {
    input.kind_ = Kind::kNative;
    // Of a file for several CPUs, what suits this machine.
    WEIR_TRY(bytes, choose_variant(std::move(bytes), host_cpu()));
    WEIR_TRY(input.native_, NativeObject::parse(std::move(bytes)));
    return input;
  }
  const std::string_view text = as_text(bytes);
  const bool object_name = ends_with_any(path, {".o", ".weir"});
  if (!is_elf(bytes) && !object_name) {
    const bool text_name = ends_with_any(path, {".s", ".asm"});
    const bool hex_name = path.ends_with(".hex");
    if (path.ends_with(".cbpf") || (!text_name && !hex_name && looks_like_classic(text))) {
      input.kind_ = Kind::kClassic;
      WEIR_TRY(input.classic_, ClassicFilter::from_bytes(bytes, file_stem(path)));
      return input;
    }
    if (hex_name || (!text_name && looks_like_hex(text))) return from_hex(text, path);
    if (text_name || is_text(bytes)) {
      input.kind_ = Kind::kBare;
      WEIR_TRY(input.bare_, program_from_text(text, path));
      return input;
    }
    if (path.ends_with(".bin")) {
      input.kind_ = Kind::kBare;
      WEIR_TRY(input.bare_, program_from_slots(bytes, file_stem(path)));
      return input;
    }
  }
  WEIR_TRY(input.object_, read_elf(bytes, path, &input.warnings_));
  return input;
}

Result<std::vector<ProgramRef>> Input::programs() const {
  std::vector<ProgramRef> refs;
  switch (kind_) {
    case Kind::kObject:
      for (const FunctionSymbol* function : object_->programs()) {
        refs.push_back({function->name, object_->sections[function->section].name, refs.size()});
      }
      break;
    case Kind::kNative:
      for (const ManifestProgram& program : native_->manifest().programs) {
        refs.push_back({program.name, program.section, refs.size()});
      }
      break;
    case Kind::kBare: refs.push_back({bare_->name, "", 0}); break;
    case Kind::kClassic: refs.push_back({classic_->name(), std::string(kClassicSection), 0}); break;
  }
  // find_program() words what is missing.
  if (refs.empty()) WEIR_CHECK(object_->find_program(""));
  return refs;
}

Result<std::vector<ProgramRef>> Input::choose(const ProgramChoice& choice) const {
  WEIR_TRY(const std::vector<ProgramRef> all, programs());
  std::vector<ProgramRef> chosen;
  for (const ProgramRef& ref : all) {
    if (!choice.name.empty() && ref.name != choice.name) continue;
    if (!choice.section.empty() && ref.section != choice.section) continue;
    chosen.push_back(ref);
  }
  if (!chosen.empty()) return chosen;
  std::string wanted;
  if (!choice.name.empty()) wanted += fmt::format(" named '{}'", printable(choice.name));
  if (!choice.section.empty()) wanted += fmt::format(" in section '{}'", printable(choice.section));
  return Error(ErrorCode::kNotFound, fmt::format("there is no program{}", wanted))
      .in_file(path_)
      .with_hint("there is " + list_of(all));
}

Result<ProgramRef> Input::choose_one(const ProgramChoice& choice) const {
  WEIR_TRY(const std::vector<ProgramRef> chosen, choose(choice));
  if (chosen.size() == 1) return chosen.front();
  return Error(ErrorCode::kUsage,
               fmt::format("{} programs to choose from: {}", chosen.size(), list_of(chosen)))
      .in_file(path_)
      .with_hint("choose one with --prog-name or --section");
}

Result<Program> Input::load(const ProgramRef& ref, std::optional<ContextKind> at) const {
  switch (kind_) {
    case Kind::kObject: {
      auto program = link_program(*object_, *object_->programs()[ref.index]);
      if (!program) return program.take_error().in_file(path_);
      return program;
    }
    case Kind::kNative: {
      auto program = native_->program(ref.index);
      if (!program) return program.take_error().in_file(path_);
      return program;
    }
    case Kind::kClassic: {
      auto program = classic_->program(at.value_or(context_from_section(kClassicSection)));
      if (!program) return program.take_error().in_file(path_);
      return program;
    }
    case Kind::kBare: break;
  }
  return Program(*bare_);
}

}  // namespace weir::tool
