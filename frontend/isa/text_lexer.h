// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One line of assembler text as tokens, each with its column, and the errors that point at them.
// Both dialects share the tokens: words (`r1`, `ldxw`, `LBB0_2`), numbers, and punctuation, where
// the pseudo-C operators (`s>>=`, `<<=`, `!=`) are one token each.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/support/result.h"

namespace weir {

enum class TokenKind : uint8_t { kWord, kNumber, kPunct, kEnd };

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string_view text;  // into the input
  uint32_t column = 1;    // 1-based, in bytes
  bool is(std::string_view other) const { return kind != TokenKind::kEnd && text == other; }
};

// Which line is being read. Views must outlive the context.
struct LineContext {
  std::string_view file;
  uint32_t line = 0;  // 1-based
  std::string_view text;

  // "FILE:LINE: column C: MESSAGE", with the line itself below.
  Error error(uint32_t column, ErrorCode code, std::string message, std::string hint = {}) const;
};

// The line without its comment: `#`, `//` or `;` up to the end. `#` is no comment in the kernel's
// `call bpf_map_lookup_elem#1`.
std::string_view strip_comment(std::string_view line);

// Tokens of `text`, whose first byte is in column `column`; the last one is kEnd.
Status tokenize(const LineContext& where, std::string_view text, uint32_t column,
                std::vector<Token>& out);

// A number with its sign, so that every 64-bit value and its negation can be told apart.
struct SignedNumber {
  bool negative = false;
  uint64_t magnitude = 0;
};

// Reads the tokens of one line from left to right.
class LineReader {
 public:
  LineReader(const LineContext& where, std::span<const Token> tokens)
      : where_(where), tokens_(tokens) {}

  // Past the end every token is the end token.
  const Token& peek(size_t ahead = 0) const {
    return tokens_[position_ + ahead < tokens_.size() ? position_ + ahead : tokens_.size() - 1];
  }
  const Token& next() {
    const Token& token = peek();
    if (position_ + 1 < tokens_.size()) ++position_;
    return token;
  }
  bool at_end() const { return peek().kind == TokenKind::kEnd; }
  // Consumes the next token if it is `text`.
  bool accept(std::string_view text);
  // The same, or an error that says what was found and what `text` would have completed.
  Status expect(std::string_view text, std::string_view in);
  Status expect_end();

  // An optional sign and a number: decimal, 0x hex, 0b binary.
  Result<SignedNumber> number(std::string_view what);
  // A number in [low, high], where high may need 64 unsigned bits; wraps into an int64_t.
  Result<int64_t> number_in(std::string_view what, int64_t low, uint64_t high);

  Error fail(const Token& at, ErrorCode code, std::string message, std::string hint = {}) const {
    return where_.error(at.column, code, std::move(message), std::move(hint));
  }
  // "expected WHAT, found 'xyz'" at the next token.
  Error expected(std::string_view what, std::string hint = {}) const;

 private:
  const LineContext& where_;
  std::span<const Token> tokens_;
  size_t position_ = 0;
};

// "'xyz'" or "the end of the line", fit to print.
std::string describe(const Token& token);

// A label is a word, but no register's name; "." and "$" occur in compilers' labels.
inline constexpr size_t kMaxLabel = 256;
bool is_word_start(char c);
bool is_word_char(char c);

}  // namespace weir
