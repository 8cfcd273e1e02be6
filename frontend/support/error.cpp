// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/support/error.h"

#include "frontend/support/text.h"

namespace weir {

std::string_view error_code_name(ErrorCode code) {
  switch (code) {
#define WEIR_ERROR(name, text) \
  case ErrorCode::k##name: return text;
#include "frontend/support/errors.def"
#undef WEIR_ERROR
  }
  return "unknown";
}

bool Location::empty() const {
  return file.empty() && section.empty() && program.empty() && !instruction &&
         source_file.empty() && source_line == 0;
}

Error&& Error::with_hint(std::string hint) && {
  if (hint_.empty()) hint_ = std::move(hint);
  return std::move(*this);
}

Error&& Error::at(const Location& outer) && {
  if (where_.file.empty()) where_.file = outer.file;
  if (where_.section.empty()) where_.section = outer.section;
  if (where_.program.empty()) where_.program = outer.program;
  if (!where_.instruction) where_.instruction = outer.instruction;
  if (where_.source_file.empty()) where_.source_file = outer.source_file;
  if (where_.source_line == 0) where_.source_line = outer.source_line;
  if (where_.source_text.empty()) where_.source_text = outer.source_text;
  return std::move(*this);
}

Error&& Error::in_file(std::string_view path) && {
  if (where_.file.empty()) where_.file = path;
  return std::move(*this);
}

Error&& Error::in_section(std::string_view name) && {
  if (where_.section.empty()) where_.section = name;
  return std::move(*this);
}

Error&& Error::in_program(std::string_view name) && {
  if (where_.program.empty()) where_.program = name;
  return std::move(*this);
}

Error&& Error::at_instruction(uint32_t slot) && {
  if (!where_.instruction) where_.instruction = slot;
  return std::move(*this);
}

std::string Error::to_string() const {
  std::string out = "error: ";
  if (!where_.file.empty()) out += printable(where_.file, 4096) + ": ";
  if (!where_.program.empty()) {
    out += "program '" + printable(where_.program) + "': ";
  } else if (!where_.section.empty()) {
    out += "section '" + printable(where_.section) + "': ";
  }
  if (where_.instruction) out += "instruction " + std::to_string(*where_.instruction) + ": ";
  if (where_.source_line != 0 || !where_.source_file.empty()) {
    out += printable(where_.source_file, 1024);
    if (where_.source_line != 0) out += ":" + std::to_string(where_.source_line);
    out += ": ";
  }
  out += message_ + " [" + std::string(error_code_name(code_)) + "]";
  if (!where_.source_text.empty()) out += "\n    | " + printable(where_.source_text, 400);
  if (!hint_.empty()) out += "\nhint: " + hint_;
  return out;
}

}  // namespace weir
