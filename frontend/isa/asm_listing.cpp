// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/isa/asm_listing.h"

namespace weir {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r';
}

void skip_spaces(ListingLine& line) {
  size_t n = 0;
  while (n < line.text.size() && is_space(line.text[n])) ++n;
  line.text.remove_prefix(n);
  line.column += static_cast<uint32_t>(n);
}

void drop(ListingLine& line, size_t n) {
  line.text.remove_prefix(n);
  line.column += static_cast<uint32_t>(n);
  skip_spaces(line);
}

void trim_end(std::string_view& text) {
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
}

// Two hexadecimal digits at the start of `text`, or -1.
int hex_byte(std::string_view text) {
  if (text.size() < 2) return -1;
  const int high = hex_digit(text[0]);
  const int low = hex_digit(text[1]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

void read_slot(ListingLine& line) {
  size_t n = 0;
  uint64_t value = 0;
  while (n < line.text.size() && n < 18 && is_digit(line.text[n])) {
    value = value * 10 + static_cast<uint64_t>(line.text[n] - '0');
    ++n;
  }
  if (n == 0 || n >= line.text.size() || line.text[n] != ':') return;
  line.slot = value;
  drop(line, n + 1);
}

// Eight or sixteen pairs of digits with blanks between them. Fewer are no bytes: `be 16`.
void read_bytes(ListingLine& line) {
  std::array<uint8_t, 16> bytes{};
  size_t count = 0;
  size_t at = 0;
  size_t end = 0;  // after the eighth or sixteenth byte
  while (count < bytes.size()) {
    const int byte = hex_byte(line.text.substr(at));
    if (byte < 0) break;
    if (at + 2 < line.text.size() && !is_space(line.text[at + 2])) break;
    bytes[count++] = static_cast<uint8_t>(byte);
    at += 2;
    if (count == 8 || count == 16) end = at;
    while (at < line.text.size() && is_space(line.text[at])) ++at;
  }
  if (count < 8) return;
  line.bytes = bytes;
  line.byte_count = count == 16 ? 16 : 8;
  line.bytes_column = line.column;
  drop(line, end);
}

// `(bf)`
void read_opcode(ListingLine& line) {
  if (line.text.size() < 4 || line.text[0] != '(' || line.text[3] != ')') return;
  const int byte = hex_byte(line.text.substr(1));
  if (byte < 0) return;
  line.opcode = static_cast<uint8_t>(byte);
  drop(line, 4);
}

// `0000000000000020 <LBB0_2>:`, or `<L1>:` of --symbolize-operands.
bool read_address(ListingLine& line) {
  size_t n = 0;
  while (n < line.text.size() && hex_digit(line.text[n]) >= 0) ++n;
  std::string_view name = line.text.substr(n);
  if (n == 16 && name.starts_with(' ')) {
    name.remove_prefix(1);
  } else if (n != 0) {
    return false;
  }
  if (!name.starts_with('<') || !name.ends_with(">:")) return false;
  line.label = name.substr(1, name.size() - 3);
  line.text = {};
  return true;
}

// The first word and the rest of a line.
std::string_view first_word(std::string_view line) {
  size_t n = 0;
  while (n < line.size() && (is_word_char(line[n]) || line[n] == '-')) ++n;
  return line.substr(0, n);
}

}  // namespace

ListingLine read_listing(std::string_view text) {
  ListingLine line;
  line.text = text;
  skip_spaces(line);
  trim_end(line.text);
  if (line.text.starts_with("Disassembly of section ") ||
      line.text.find(":\tfile format ") != std::string_view::npos) {
    line.text = {};
    line.section_start = true;
    return line;
  }
  if (read_address(line)) return line;
  read_slot(line);
  read_bytes(line);
  read_opcode(line);
  // The symbol that a target is at, as llvm-objdump adds it.
  if (line.text.ends_with('>')) {
    const size_t open = line.text.rfind(" <");
    if (open != std::string_view::npos) line.text = line.text.substr(0, open);
    trim_end(line.text);
  }
  return line;
}

bool is_directive(std::string_view line) {
  if (line.empty() || line[0] != '.') return false;
  const std::string_view rest = line.substr(first_word(line).size());
  return !rest.starts_with(':');
}

Directive classify_directive(std::string_view line) {
  constexpr std::string_view kNothing[] = {
      ".globl", ".global", ".weak",    ".hidden",      ".protected", ".local",
      ".type",  ".size",   ".align",   ".p2align",     ".balign",    ".file",
      ".loc",   ".ident",  ".addrsig", ".addrsig_sym",
  };
  const std::string_view word = first_word(line);
  if (word == ".text") return Directive::kCode;
  if (word == ".data" || word == ".bss" || word == ".rodata") return Directive::kData;
  if (word == ".section") {
    // .section NAME,"FLAGS",TYPE: code is what has the flag x.
    if (line.find(".text") != std::string_view::npos) return Directive::kCode;
    const size_t open = line.find(",\"");
    if (open == std::string_view::npos) return Directive::kData;
    const std::string_view flags = line.substr(open + 2);
    return flags.substr(0, flags.find('"')).find('x') != std::string_view::npos ? Directive::kCode
                                                                                : Directive::kData;
  }
  if (word.starts_with(".cfi_")) return Directive::kNone;
  for (std::string_view known : kNothing) {
    if (word == known) return Directive::kNone;
  }
  return Directive::kPlaces;
}

}  // namespace weir
