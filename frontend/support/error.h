// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The one error type of weir. An Error says what is wrong, where it is and what to do about it.
// Errors are values: they travel in Result<T> (result.h), never as exceptions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weir {

// Stable, greppable names of every kind of error; the list is support/errors.def.
enum class ErrorCode : uint16_t {
#define WEIR_ERROR(name, text) k##name,
#include "frontend/support/errors.def"
#undef WEIR_ERROR
};

// "elf-truncated" for ErrorCode::kElfTruncated. Never null, static storage.
std::string_view error_code_name(ErrorCode code);

// Where an error is. Every part is optional; what is known is printed.
struct Location {
  std::string file;                     // path as the user gave it
  std::string section;                  // ELF section name, raw bytes of the file
  std::string program;                  // program (function) name, raw bytes of the file
  std::optional<uint32_t> instruction;  // index in 8-byte slots from the start of the program
  std::string source_file;              // from .BTF.ext or the assembler's input
  uint32_t source_line = 0;             // 1-based; 0 = unknown
  std::string source_text;              // the line itself, if the object carries it
  bool empty() const;
};

class [[nodiscard]] Error {
 public:
  Error(ErrorCode code, std::string message) : code_(code), message_(std::move(message)) {}

  ErrorCode code() const { return code_; }
  // One sentence: what was found and what was expected. No trailing full stop, no newline.
  const std::string& message() const { return message_; }
  const Location& where() const { return where_; }
  // What to do; may be empty.
  const std::string& hint() const { return hint_; }

  Error&& with_hint(std::string hint) &&;
  // Fills in only what is still unknown, so that inner (more exact) places win.
  Error&& at(const Location& outer) &&;
  Error&& in_file(std::string_view path) &&;
  Error&& in_section(std::string_view name) &&;
  Error&& in_program(std::string_view name) &&;
  Error&& at_instruction(uint32_t slot) &&;

  // Several lines for a terminal: "error: FILE: program P: instruction 3 (f.c:12): message [code]",
  // then the source line, then "hint: ...". Bytes that came from input are quoted when unprintable.
  std::string to_string() const;

 private:
  ErrorCode code_;
  std::string message_;
  Location where_;
  std::string hint_;
};

}  // namespace weir
