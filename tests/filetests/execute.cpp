// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Runs a filetest: assembles, decodes and verifies each program, runs each `run:` line on every
// engine, compares all with the interpreter, the interpreter with the reference (which also checks
// the facts) and with the line.
#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "frontend/isa/assembler.h"
#include "frontend/verifier/verifier.h"
#include "tests/filetests/filetest.h"
#include "tests/support/programs.h"
#include "tests/support/reference.h"

namespace weir::test {

namespace {

struct Way {
  Engine engine;
  uint8_t level;
  bool native;  // for this machine, or for the portable baseline
};
// The interpreter first: it is what the others are compared with.
constexpr Way kWays[] = {
    {Engine::kInterp, 2, true}, {Engine::kJit, 2, true},  {Engine::kAot, 0, false},
    {Engine::kAot, 1, true},    {Engine::kAot, 2, false}, {Engine::kAot, 3, true},
    {Engine::kCached, 2, true},
};
constexpr size_t kMostMemory = 1u << 16;
constexpr uint64_t kReferenceBudget = 2'000'000;  // the reference takes its time

std::string way_name(const Way& way) {
  return way.engine == Engine::kInterp
             ? std::string("interp")
             : fmt::format("{} -O{}{}", engine_name(way.engine), way.level,
                           way.native ? "" : " (baseline CPU)");
}

class CaseRunner {
 public:
  CaseRunner(Filetest& test, const Case& c, bool bless) : test_(test), case_(c), bless_(bless) {}

  std::vector<std::string> execute() {
    auto verified = front();
    if (case_.error) {
      if (verified) {
        wrong(case_.error->about, "the program was accepted, expected: " + case_.error->text);
      } else {
        compare_error(verified.error());
      }
      return std::move(wrong_);
    }
    if (!verified) {
      wrong_.push_back(fmt::format("{}: program '{}' is refused: {}", test_.path, case_.name,
                                   verified.error().to_string()));
      return std::move(wrong_);
    }
    if (!case_.runs.empty()) run_all(verified->source());
    for (Listing listing : {Listing::kLiftedIr, Listing::kOptimizedIr, Listing::kMachineCode}) {
      check_ir(*verified, listing);
    }
    return std::move(wrong_);
  }

 private:
  void wrong(size_t line, std::string_view what) {
    wrong_.push_back(fmt::format("{}:{}: {}", test_.path, line + 1, what));
  }

  Result<VerifiedProgram> front() {
    WEIR_TRY(assembled_, assemble(case_.text, test_.path));
    WEIR_TRY(Program program, program_from_code(assembled_.bytes, case_.name, case_.maps));
    return verify(std::move(program), case_.options);
  }

  // The line of the file that an error is about: the assembler says it, others say the slot.
  std::optional<size_t> line_of(const Error& error) const {
    if (error.where().source_line != 0) return error.where().source_line - 1;
    if (!error.where().instruction) return std::nullopt;
    std::optional<size_t> line;
    for (const AsmLine& at : assembled_.lines) {
      if (at.slot <= *error.where().instruction) line = at.line - 1;
    }
    return line;
  }

  void compare_error(const Error& error) {
    const std::string text = fmt::format("{} [{}]", error.message(), error_code_name(error.code()));
    if (const auto line = line_of(error); line && *line != case_.error->about) {
      wrong(case_.error->about, fmt::format("the error is at line {}: {}", *line + 1, text));
    } else if (bless_) {
      bless_error(test_, *case_.error, text);
    } else if (text.find(case_.error->text) == std::string::npos) {
      wrong(case_.error->line, fmt::format("expected {}\n  found    {}", case_.error->text, text));
    }
  }

  // The instruction index that a label or a number stands for.
  std::optional<uint32_t> index_of(const std::string& where, const Program& program) const {
    for (const AsmLabel& label : assembled_.labels) {
      if (label.name != where) continue;
      for (uint32_t i = 0; i < program.insns.size(); ++i) {
        if (program.insns[i].slot == label.slot) return i;
      }
    }
    uint32_t index = 0;
    const auto [end, failed] = std::from_chars(where.data(), where.data() + where.size(), index);
    if (failed != std::errc() || end != where.data() + where.size()) return std::nullopt;
    return index;
  }

  void run_all(const Program& program) {
    std::vector<Runnable> ready;
    for (const Way& way : kWays) {
      CompileOptions options = case_.options;
      options.opt_level = way.level;
      if (way.native) options.cpu = host_cpu();
      auto verified = verify(program, options);
      auto runnable = verified ? prepare(way.engine, *verified) : verified.take_error();
      if (!runnable) {
        wrong_.push_back(fmt::format("{}: program '{}', {}: {}", test_.path, case_.name,
                                     way_name(way), runnable.error().to_string()));
        return;
      }
      ready.push_back(std::move(*runnable));
    }
    GuardedMemory memory(kMostMemory);
    for (const RunLine& run_line : case_.runs) {
      const Outcome reference = run(ready.front(), run_line.input, memory);
      if (reference.strayed) wrong(run_line.line, "interp wrote outside the memory");
      bool agreed = compare_reference(run_line, reference, program, memory);
      for (size_t i = 1; i < ready.size(); ++i) {
        const Outcome outcome = run(ready[i], run_line.input, memory);
        if (outcome == reference) continue;
        agreed = false;
        wrong(run_line.line,
              fmt::format("interp and {} differ\n  interp: {}\n  {}: {}", way_name(kWays[i]),
                          to_string(reference), way_name(kWays[i]), to_string(outcome)));
      }
      if (!agreed) continue;
      RunLine expected = run_line;
      if (bless_) {
        // A label stays if it still names the place.
        if (expected.trap && index_of(expected.trap->where, program) != reference.trap.insn) {
          expected.trap->where = std::to_string(reference.trap.insn);
        }
        bless_run(test_, expected, reference);
      } else {
        compare_run(run_line, reference, program);
      }
    }
  }

  bool compare_reference(const RunLine& line, const Outcome& interp, const Program& program,
                         GuardedMemory& memory) {
    if (line.input.budget > kReferenceBudget) return true;
    const auto verified = verify(program, case_.options);
    if (!verified) return true;  // it was accepted for every engine
    const ReferenceRun reference = run_reference(*verified, line.input, memory);
    for (const std::string& what : reference.disproved) {
      wrong(line.line, "a fact is wrong: " + what);
    }
    if (!reference.disproved.empty()) return false;
    if (reference.outcome == interp) return true;
    wrong(line.line,
          fmt::format("interp and docs/SEMANTICS.md differ\n  interp: {}\n  expected: {}",
                      to_string(interp), to_string(reference.outcome)));
    return false;
  }

  void compare_run(const RunLine& expected, const Outcome& outcome, const Program& program) {
    std::string differs;
    auto differ = [&](const char* what) {
      differs += differs.empty() ? what : fmt::format(", {}", what);
    };
    if (expected.trap) {
      const auto insn = index_of(expected.trap->where, program);
      if (outcome.trap.code != expected.trap->code || outcome.trap.insn != insn) differ("trap");
      if (outcome.r0 != 0) differ("r0 after a trap");
    } else if (outcome.trap) {
      differ("trap");
    } else if (!expected.r0 && !expected.any_r0) {
      differ("no r0 or trap is expected: run with WEIR_BLESS=1");
    } else if (expected.r0 && *expected.r0 != outcome.r0) {
      differ("r0");
    }
    if (outcome.memory != expected.memory.value_or(expected.input.memory)) differ("memory");
    if (expected.maps && outcome.maps != *expected.maps) differ("maps");
    if (expected.budget && *expected.budget != outcome.budget) differ("budget");
    if (differs.empty()) return;
    wrong(expected.line,
          fmt::format("not as expected ({})\n  expected:{}\n  all engines: {}", differs,
                      test_.lines[expected.line].substr(test_.lines[expected.line].find(':') + 1),
                      to_string(outcome)));
  }

  void check_ir(const VerifiedProgram& verified, Listing listing) {
    std::vector<IrLine> checks;
    std::copy_if(case_.ir.begin(), case_.ir.end(), std::back_inserter(checks),
                 [&](const IrLine& check) { return check.listing == listing; });
    if (checks.empty()) return;
    const auto lines = list_code(verified, listing);
    if (!lines) {
      wrong_.push_back(test_.path + ": " + lines.error().to_string());
      return;
    }
    std::vector<std::string> text;
    for (const ListingLine& line : *lines) text.push_back(line.text);
    const auto found = match_ir(text, checks);
    for (const std::string& what : found) wrong_.push_back(test_.path + ": " + what);
    if (found.empty()) return;
    std::string whole = listing == Listing::kLiftedIr      ? "the lifted IR:"
                        : listing == Listing::kOptimizedIr ? "the optimised IR:"
                                                           : "the machine code:";
    for (size_t i = 0; i < text.size(); ++i) whole += fmt::format("\n{:4} {}", i + 1, text[i]);
    wrong_.push_back(std::move(whole));
  }

  Filetest& test_;
  const Case& case_;
  const bool bless_;
  AssembledText assembled_;
  std::vector<std::string> wrong_;
};

}  // namespace

std::vector<std::string> execute_filetest(Filetest& test, bool bless) {
  std::vector<std::string> wrong;
  for (const Case& c : test.cases) {
    std::vector<std::string> more = CaseRunner(test, c, bless).execute();
    wrong.insert(wrong.end(), more.begin(), more.end());
  }
  return wrong;
}

}  // namespace weir::test
