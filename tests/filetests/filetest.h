// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A filetest: assembler text whose comments say what must happen. README.md describes the format.
// The stages are parse (this text to Cases), execute (every engine, every expectation), bless (what
// happened back into the text).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codegen/compiler.h"
#include "runtime/abi/compile_options.h"
#include "tests/support/engines.h"

namespace weir::test {

// A place in memory written short: "aabb", "00*64", "01,00*6,ff".
std::optional<std::vector<uint8_t>> parse_bytes(std::string_view text);
std::string write_bytes(const std::vector<uint8_t>& bytes);

// What a `run:` line expects of the trap.
struct ExpectedTrap {
  TrapCode code = TrapCode::kNone;
  std::string where;  // a label or an instruction index, as written
};

struct RunLine {
  size_t line = 0;  // index into Filetest::lines
  RunInput input;
  std::string input_text;  // the keys that are input, as written, for blessing
  // What is expected; what is not written is not expected, except that memory then stays as it is.
  std::optional<uint64_t> r0;
  bool any_r0 = false;
  std::optional<ExpectedTrap> trap;
  std::optional<std::vector<uint8_t>> memory;
  std::optional<uint64_t> budget;
  std::optional<std::string> maps;
};

struct ErrorLine {
  size_t line = 0;    // index into Filetest::lines
  size_t column = 0;  // where the directive starts in it
  size_t about = 0;   // index of the line that the error must be at
  std::string text;
};

enum class IrWhat : uint8_t { kCheck, kNot, kCount };
struct IrLine {
  size_t line = 0;
  Listing listing = Listing::kOptimizedIr;
  IrWhat what = IrWhat::kCheck;
  size_t count = 0;
  std::string pattern;
};

// One program of the file.
struct Case {
  std::string name;
  std::string text;  // the whole file's lines, those of other programs blank: line numbers stay
  CompileOptions options;
  std::vector<MapDef> maps;
  std::vector<RunLine> runs;
  std::optional<ErrorLine> error;
  std::vector<IrLine> ir;
};

struct Filetest {
  std::string path;
  std::vector<std::string> lines;
  std::vector<Case> cases;
};

// Errors: a directive that is not understood (kUsage), with its line.
Result<Filetest> parse_filetest(std::string_view text, std::string path);

// What is wrong, a paragraph each; empty if the test passes. With `bless`, expectations are not
// compared (engines must still agree) but replaced in `test.lines`.
std::vector<std::string> execute_filetest(Filetest& test, bool bless);

// Replaces what a line expects.
void bless_run(Filetest& test, const RunLine& run, const Outcome& outcome);
void bless_error(Filetest& test, const ErrorLine& line, std::string_view text);

// Checks of one listing in the order of the file, after FileCheck: a check matches a line after the
// one before it, a not-pattern matches no line between its neighbours, a count is of all lines.
// {{...}} in a pattern is a regular expression, blanks match any blanks. Gives what is wrong, or
// nothing.
std::vector<std::string> match_ir(const std::vector<std::string>& listing,
                                  const std::vector<IrLine>& checks);

}  // namespace weir::test
