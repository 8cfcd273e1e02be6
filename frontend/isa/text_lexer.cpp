// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/isa/text_lexer.h"

#include <algorithm>

#include <fmt/format.h>

#include "frontend/support/text.h"

namespace weir {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

// Longest first: the first that fits is the token.
constexpr std::string_view kOperators[] = {
    "s>>=", "<<=", ">>=", "s>=", "s<=", "s/=", "s%=", "+=", "-=", "*=", "/=", "%=",
    "|=",   "&=",  "^=",  "==",  "!=",  "<=",  ">=",  "s>", "s<", "=",  "+",  "-",
    "*",    "(",   ")",   "[",   "]",   ",",   ":",   "%",  "&",  "<",  ">",  "#",
};

std::string_view operator_at(std::string_view text) {
  for (std::string_view op : kOperators) {
    if (text.starts_with(op)) return op;
  }
  return {};
}

// Decimal, 0x or 0b. False if a character is no digit of the base; `overflow` if beyond 64 bits.
bool read_magnitude(std::string_view text, uint64_t& value, bool& overflow) {
  unsigned base = 10;
  if (text.starts_with("0x") || text.starts_with("0X")) base = 16;
  if (text.starts_with("0b") || text.starts_with("0B")) base = 2;
  if (base != 10) text.remove_prefix(2);
  if (text.empty()) return false;
  value = 0;
  overflow = false;
  for (char c : text) {
    unsigned digit = 99;
    if (is_digit(c)) digit = static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f') digit = static_cast<unsigned>(c - 'a' + 10);
    if (c >= 'A' && c <= 'F') digit = static_cast<unsigned>(c - 'A' + 10);
    if (digit >= base) return false;
    if (value > (UINT64_MAX - digit) / base) overflow = true;
    value = value * base + digit;
  }
  return true;
}

}  // namespace

bool is_word_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.' || c == '$';
}

bool is_word_char(char c) {
  return is_word_start(c) || is_digit(c);
}

Error LineContext::error(uint32_t column, ErrorCode code, std::string message,
                         std::string hint) const {
  Location at;
  at.source_file = file;
  at.source_line = line;
  at.source_text = text;
  return Error(code, fmt::format("column {}: {}", column, message))
      .at(at)
      .with_hint(std::move(hint));
}

std::string describe(const Token& token) {
  if (token.kind == TokenKind::kEnd) return "the end of the line";
  return fmt::format("'{}'", printable(token.text, 40));
}

std::string_view strip_comment(std::string_view line) {
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] == ';' || line.substr(i).starts_with("//")) return line.substr(0, i);
    if (line[i] != '#') continue;
    // `call NAME#NUMBER`: a helper's name and number, as the kernel prints them.
    size_t word = i;
    while (word > 0 && is_word_char(line[word - 1])) --word;
    const bool numbered = word < i && is_word_start(line[word]) && i + 1 < line.size() &&
                          is_digit(line[i + 1]) && word >= 5 &&
                          line.substr(word - 5, 4) == "call" && is_space(line[word - 1]);
    if (!numbered) return line.substr(0, i);
  }
  return line;
}

Status tokenize(const LineContext& where, std::string_view text, uint32_t column,
                std::vector<Token>& out) {
  out.clear();
  size_t i = 0;
  auto push = [&](TokenKind kind, size_t length) {
    out.push_back({kind, text.substr(i, length), column + static_cast<uint32_t>(i)});
    i += length;
  };
  while (i < text.size()) {
    const char c = text[i];
    if (is_space(c)) {
      ++i;
    } else if (is_word_start(c)) {
      size_t length = 1;
      while (i + length < text.size() && is_word_char(text[i + length])) ++length;
      // `s>` and its kin are operators, a lone `s` is a word.
      const std::string_view op = length == 1 && c == 's' ? operator_at(text.substr(i)) : "";
      if (!op.empty()) {
        push(TokenKind::kPunct, op.size());
      } else {
        push(TokenKind::kWord, length);
      }
    } else if (is_digit(c)) {
      size_t length = 1;
      while (i + length < text.size() && is_word_char(text[i + length])) ++length;
      push(TokenKind::kNumber, length);
    } else if (const std::string_view op = operator_at(text.substr(i)); !op.empty()) {
      push(TokenKind::kPunct, op.size());
    } else {
      return where.error(column + static_cast<uint32_t>(i), ErrorCode::kAsmSyntax,
                         fmt::format("unexpected character '{}'", printable(text.substr(i, 1))));
    }
  }
  push(TokenKind::kEnd, 0);
  return {};
}

bool LineReader::accept(std::string_view text) {
  if (!peek().is(text)) return false;
  next();
  return true;
}

Error LineReader::expected(std::string_view what, std::string hint) const {
  return fail(peek(), ErrorCode::kAsmSyntax,
              fmt::format("expected {}, found {}", what, describe(peek())), std::move(hint));
}

Status LineReader::expect(std::string_view text, std::string_view in) {
  if (accept(text)) return {};
  return expected(fmt::format("'{}' in {}", text, in));
}

Status LineReader::expect_end() {
  if (at_end()) return {};
  return fail(peek(), ErrorCode::kAsmSyntax,
              fmt::format("unexpected {} after the instruction", describe(peek())),
              "one instruction a line; comments start with '#', '//' or ';'");
}

Result<SignedNumber> LineReader::number(std::string_view what) {
  SignedNumber out;
  if (peek().is("-") || peek().is("+")) out.negative = next().is("-");
  const Token token = peek();
  if (token.kind != TokenKind::kNumber) return expected(what);
  next();
  bool overflow = false;
  if (!read_magnitude(token.text, out.magnitude, overflow)) {
    return fail(token, ErrorCode::kAsmSyntax, fmt::format("{} is no number", describe(token)),
                "numbers are decimal, hexadecimal (0x1f) or binary (0b101)");
  }
  if (overflow) {
    return fail(token, ErrorCode::kAsmRange,
                fmt::format("{} {} does not fit into 64 bits", what, describe(token)));
  }
  // LLVM would read octal here, other assemblers decimal.
  if (token.text.size() > 1 && token.text[0] == '0' && is_digit(token.text[1])) {
    return fail(token, ErrorCode::kAsmSyntax,
                fmt::format("{} could mean an octal or a decimal number", describe(token)),
                "leave out the leading zeros, or write 0x for a hexadecimal number");
  }
  return out;
}

Result<int64_t> LineReader::number_in(std::string_view what, int64_t low, uint64_t high) {
  const Token first = peek();
  WEIR_TRY(const SignedNumber number, this->number(what));
  // low is not positive: its magnitude is how far down it goes.
  const uint64_t limit = number.negative ? uint64_t{0} - static_cast<uint64_t>(low) : high;
  if (number.magnitude > limit) {
    return fail(first, ErrorCode::kAsmRange,
                fmt::format("{} {}{} is out of range: {} to {} are allowed", what,
                            number.negative ? "-" : "", number.magnitude, low, high));
  }
  return static_cast<int64_t>(number.negative ? uint64_t{0} - number.magnitude : number.magnitude);
}

}  // namespace weir
