// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tests/fuzz/oracles/differential.h"

#include <algorithm>

#include <fmt/format.h>

#include "frontend/isa/decode.h"
#include "frontend/verifier/verifier.h"
#include "tests/fuzz/oracles/interpreter.h"
#include "tests/support/programs.h"

namespace weir::test {

namespace {

constexpr size_t kMostMemory = 256;

std::string to_text(const RunInput& input) {
  std::string text = "mem=";
  for (uint8_t byte : input.memory) text += fmt::format("{:02x}", byte);
  return text + fmt::format(" budget={}{}", input.budget,
                            input.helpers == HelperTable::kEmpty ? " table=empty" : "");
}

class Comparison {
 public:
  Comparison(std::span<const std::vector<uint8_t>> programs, DifferentialCounts* counts)
      : counts_(counts), found_(programs.size()), memory_(kMostMemory) {
    for (const auto& code : programs) {
      auto program = program_from_code(code, fmt::format("p{}", programs_.size()));
      if (!program) found_[programs_.size()] = {"refused: " + program.error().to_string(), {}, {}};
      programs_.push_back(program ? std::optional(std::move(*program)) : std::nullopt);
    }
  }

  std::vector<std::optional<Disagreement>> run(std::span<const std::vector<RunInput>> inputs,
                                               std::span<const CompiledWay> ways) {
    interpret(inputs);
    for (const CompiledWay& way : ways) run_compiled(way, inputs);
    return std::move(found_);
  }

 private:
  static CompileOptions options_of(const CompiledWay& way) {
    CompileOptions options = test_options();
    options.opt_level = way.level;
    options.policy = way.policy;
    options.debug_info = DebugInfo::kNone;
    return options;
  }

  void disagree(size_t program, const RunInput& input, std::optional<CompiledWay> way,
                std::string what) {
    if (!found_[program]) found_[program] = {std::move(what), input, way};
  }

  // The expected outcome of every run, where there is one.
  void interpret(std::span<const std::vector<RunInput>> inputs) {
    expected_.resize(programs_.size());
    interp_.resize(programs_.size());
    for (size_t i = 0; i < programs_.size(); ++i) {
      expected_[i].resize(inputs[i].size());
      if (!programs_[i]) continue;
      auto verified = verify(*programs_[i], options_of({}));
      if (!verified && verified.error().code() == ErrorCode::kProgramUnsupported) {
        programs_[i].reset();  // a wild program may use what raw hooks do not have
        continue;
      }
      auto code = verified ? prepare(Engine::kInterp, *verified) : verified.error();
      if (!code) {
        disagree(i, {}, {}, "refused: " + code.error().to_string());
        continue;
      }
      interp_[i] = *code;
      const Facts& facts = verified->facts();
      const bool proven = facts.proven == facts.accesses && !facts.depth_unbounded;
      counts_->proven += proven;
      for (size_t k = 0; k < inputs[i].size(); ++k) {
        ++counts_->runs;
        expected_[i][k] = interpret(i, *code, *verified, inputs[i][k]);
        if (!expected_[i][k]) continue;
        const TrapCode trap = expected_[i][k]->trap.code;
        counts_->trapped += trap != TrapCode::kNone;
        if (proven && (trap == TrapCode::kAccess || trap == TrapCode::kCallDepth)) {
          disagree(i, inputs[i][k], {}, "all is proven, but: " + to_string(*expected_[i][k]));
        }
      }
    }
  }

  std::optional<Outcome> interpret(size_t i, const Runnable& code, const VerifiedProgram& verified,
                                   const RunInput& input) {
    Judged judged = judge(code, verified, input, memory_);
    counts_->left_out += judged.left_out;
    if (!judged.broken.empty()) disagree(i, input, {}, std::move(judged.broken));
    return std::move(judged.outcome);
  }

  void run_compiled(const CompiledWay& way, std::span<const std::vector<RunInput>> inputs) {
    std::vector<VerifiedProgram> verified;
    std::vector<size_t> index;
    for (size_t i = 0; i < programs_.size(); ++i) {
      if (!programs_[i]) continue;
      auto one = verify(*programs_[i], options_of(way));
      if (!one) continue;  // said by interpret()
      verified.push_back(std::move(*one));
      index.push_back(i);
    }
    if (verified.empty()) return;
    auto code = prepare(way.engine, verified);
    if (!code) {
      // Which one is it?
      bool found = false;
      for (size_t v = 0; v < verified.size(); ++v) {
        auto alone = prepare(way.engine, verified[v]);
        if (alone) continue;
        disagree(index[v], {}, way, alone.error().to_string());
        found = true;
      }
      if (!found) disagree(index[0], {}, way, "together only: " + code.error().to_string());
      return;
    }
    for (size_t v = 0; v < code->size(); ++v) {
      const size_t i = index[v];
      for (size_t k = 0; k < inputs[i].size(); ++k) {
        if (!expected_[i][k]) continue;
        const Outcome outcome = weir::test::run((*code)[v], inputs[i][k], memory_);
        if (outcome == *expected_[i][k]) continue;
        if (addresses_matter(interp_[i], inputs[i][k], memory_)) {
          ++counts_->left_out;
          continue;
        }
        disagree(i, inputs[i][k], way,
                 fmt::format("interp: {}\n{}: {}", to_string(*expected_[i][k]), way_name(way),
                             to_string(outcome)));
      }
    }
  }

  DifferentialCounts* const counts_;
  std::vector<std::optional<Program>> programs_;
  std::vector<std::optional<Disagreement>> found_;
  std::vector<std::vector<std::optional<Outcome>>> expected_;
  std::vector<Runnable> interp_;
  GuardedMemory memory_;
};

// The program without instruction `gone`; empty if it cannot do without.
std::vector<uint8_t> without(const std::vector<uint8_t>& code, size_t gone) {
  auto decoded = decode(code);
  if (!decoded || decoded->size() < 2) return {};
  std::vector<Instruction>& insns = *decoded;
  for (Instruction& insn : insns) {
    if (insn.op != Op::kLddwFunc) continue;
    const int64_t slot = int64_t{insn.slot} + 1 + static_cast<int32_t>(insn.imm);
    for (size_t i = 0; i < insns.size(); ++i) {
      if (insns[i].slot == slot) insn.target = static_cast<uint32_t>(i);
    }
  }
  insns.erase(insns.begin() + static_cast<ptrdiff_t>(gone));
  std::vector<uint32_t> slot = {0};
  for (const Instruction& insn : insns) slot.push_back(slot.back() + insn.info().slots());
  for (size_t i = 0; i < insns.size(); ++i) {
    Instruction& insn = insns[i];
    const Format format = insn.info().format;
    if (!is_jump(insn) && format != Format::kCallTarget && insn.op != Op::kLddwFunc) continue;
    const size_t target = insn.target > gone ? insn.target - 1 : insn.target;
    const int64_t distance = int64_t{slot[target]} - slot[i] - 1;
    if (insn.op == Op::kLddwFunc) {
      insn.imm = static_cast<uint32_t>(distance);
    } else if (format == Format::kCallTarget || format == Format::kJumpLong) {
      insn.imm = distance;
    } else {
      insn.offset = static_cast<int16_t>(distance);
    }
  }
  std::vector<uint8_t> out = encode(insns);
  return program_from_code(out, "p0") ? out : std::vector<uint8_t>();
}

}  // namespace

std::string way_name(const CompiledWay& way) {
  return fmt::format("{} -O{}", engine_name(way.engine), way.level);
}

std::vector<std::optional<Disagreement>> compare_engines(
    std::span<const std::vector<uint8_t>> programs, std::span<const std::vector<RunInput>> inputs,
    std::span<const CompiledWay> ways, DifferentialCounts* counts) {
  auto found = Comparison(programs, counts).run(inputs, ways);
  for (auto& one : found) {
    if (one) one->what = fmt::format("{}\n{}", to_text(one->input), one->what);
  }
  return found;
}

std::optional<Disagreement> compare_engines(const std::vector<uint8_t>& program,
                                            const RunInput& input) {
  DifferentialCounts counts;
  const std::vector<RunInput> inputs = {input};
  return compare_engines(std::span(&program, 1), std::span(&inputs, 1), kAllWays, &counts).front();
}

std::vector<uint8_t> minimise(std::vector<uint8_t> program, const RunInput& input) {
  if (!compare_engines(program, input)) return program;
  for (bool shorter = true; shorter;) {
    shorter = false;
    // From the end, so that what later instructions need goes after them.
    for (size_t i = program.size() / sizeof(RawInsn); i-- > 0;) {
      const auto decoded = decode(program);
      if (!decoded || i >= decoded->size()) continue;
      std::vector<uint8_t> less = without(program, i);
      if (less.empty() || !compare_engines(less, input)) continue;
      program = std::move(less);
      shorter = true;
    }
  }
  return program;
}

}  // namespace weir::test
