// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/verifier/log.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "frontend/isa/disassembler.h"
#include "frontend/support/text.h"
#include "frontend/verifier/callbacks.h"
#include "frontend/verifier/explore.h"

namespace weir {

namespace {

using Base = Value::Base;

constexpr size_t kTextColumn = 40;

std::string number(const char* name, uint64_t value) {
  const bool is_signed = name[0] == 's';
  const auto as_signed = static_cast<int64_t>(value);
  if (is_signed && as_signed < 0) {
    return as_signed < -65536 ? fmt::format("{:#x}", value) : fmt::format("{}", as_signed);
  }
  return value > 65536 ? fmt::format("{:#x}", value) : fmt::format("{}", value);
}

// ",smin=smin32=0,smax=...,var_off=(0x0; 0xff)": bounds that say something; equal ones together.
std::string bounds(const ScalarRange& r) {
  struct Bound {
    const char* name;
    uint64_t value;
    bool silent;
  };
  std::array<Bound, 8> all = {{
      {"smin", static_cast<uint64_t>(r.smin), r.smin == INT64_MIN},
      {"smax", static_cast<uint64_t>(r.smax), r.smax == INT64_MAX},
      {"umin", r.umin, r.umin == 0},
      {"umax", r.umax, r.umax == UINT64_MAX},
      {"smin32", static_cast<uint64_t>(int64_t{r.smin32}), r.smin32 == INT32_MIN},
      {"smax32", static_cast<uint64_t>(int64_t{r.smax32}), r.smax32 == INT32_MAX},
      {"umin32", r.umin32, r.umin32 == 0},
      {"umax32", r.umax32, r.umax32 == UINT32_MAX},
  }};
  std::string out;
  for (size_t i = 0; i < all.size(); ++i) {
    if (all[i].silent) continue;
    const bool negative = all[i].name[0] == 's' && static_cast<int64_t>(all[i].value) < 0;
    out += fmt::format(",{}=", all[i].name);
    for (size_t k = i + 2; k < all.size(); k += 2) {
      const bool other = all[k].name[0] == 's' && static_cast<int64_t>(all[k].value) < 0;
      if (all[k].silent || all[k].value != all[i].value || other != negative) continue;
      out += fmt::format("{}=", all[k].name);
      all[k].silent = true;
    }
    out += number(all[i].name, all[i].value);
  }
  if (r.bits.mask != UINT64_MAX)
    out += fmt::format(",var_off=({:#x}; {:#x})", r.bits.value, r.bits.mask);
  return out;
}

std::string in_parentheses(std::string_view name, std::string parts) {
  if (parts.starts_with(',')) parts.erase(0, 1);
  return fmt::format("{}({})", name, parts);
}

std::string scalar_text(const Value& v) {
  if (v.range.is_constant())
    return fmt::format("{}", static_cast<int64_t>(v.range.constant_value()));
  std::string parts;
  if (v.length) {
    parts += v.offset == 0 ? ",length" : fmt::format(",length{:+}", v.offset);
  }
  if (v.id != 0) {
    parts += fmt::format(",{}={}", v.low ? "id32" : "id", v.id);
    if (v.delta != 0) parts += fmt::format("{:+}", v.delta);
  }
  return in_parentheses("scalar", parts + bounds(v.range));
}

std::string opcode_text(const Program& program, uint32_t insn) {
  DisasmNames names;
  names.program = &program;
  names.helper = nullptr;
  std::string text = disassemble_one(program.insns[insn], Dialect::kKernel, &names);
  // As the kernel writes addresses: (r2 +0).
  for (size_t at = 0; (at = text.find('(', at)) != std::string::npos; ++at) {
    for (const char sign : {'+', '-'}) {
      const size_t space = text.find(fmt::format(" {} ", sign), at);
      if (space != std::string::npos && space < text.find(')', at)) text.erase(space + 2, 1);
    }
  }
  return text;
}

}  // namespace

std::string to_log(const AbstractState& state, const Program& program, const Value& v) {
  if (v.kind == Value::Kind::kUninit) return "?";
  if (v.is_scalar()) return scalar_text(v);
  if (v.is_dynptr())
    return fmt::format("dynptr_{}(id={})", v.record != 0 ? "ringbuf" : "local", v.dynptr);
  std::string parts;
  const std::string variable = v.fixed() ? "" : bounds(v.range);
  if (!v.fixed()) parts += fmt::format(",id={}", v.id);
  if (v.offset != 0) parts += fmt::format(",off={}", v.offset);
  switch (v.base) {
    case Base::kData: {
      const int64_t past = std::max<int64_t>(state.proven_past(v.id), 0);
      return in_parentheses("pkt", parts + fmt::format(",r={}", past) + variable);
    }
    case Base::kDataEnd: return in_parentheses("pkt_end", parts + variable);
    case Base::kMeta:
      return in_parentheses("pkt_meta", parts + fmt::format(",r={}", state.meta) + variable);
    case Base::kContext: return in_parentheses("ctx", parts + variable);
    case Base::kStack: {
      const std::string frame = v.frame == state.depth() ? "" : fmt::format("[{}]", v.frame);
      const std::string name = fmt::format("fp{}{}", frame, v.offset);
      return v.fixed() ? name : in_parentheses(name, variable);
    }
    case Base::kSocket: {
      constexpr std::string_view kNames[] = {"sock_common", "sock", "tcp_sock"};
      if (v.or_null) parts = fmt::format(",id={}", v.null_id) + parts;
      if (v.record != 0) parts += fmt::format(",ref_obj_id={}", v.record);
      return in_parentheses(fmt::format("{}{}", kNames[v.object], v.or_null ? "_or_null" : ""),
                            parts + variable);
    }
    case Base::kMap: return fmt::format("map_ptr(map={})", printable(program.maps[v.object].name));
    case Base::kMapValue: {
      const MapDef& map = program.maps[v.object];
      if (v.dynptr != 0) {
        parts += fmt::format(",sz={},dynptr_id={}", v.extent, v.dynptr);
        return in_parentheses(v.or_null ? "mem_or_null" : "mem", parts + variable);
      }
      if (v.or_null) parts = fmt::format(",id={}", v.null_id) + parts;
      return in_parentheses(
          v.or_null ? "map_value_or_null" : "map_value",
          fmt::format(",map={},ks={},vs={}", printable(map.name), map.key_size, map.value_size) +
              parts + variable);
    }
  }
  return "?";
}

std::string to_log(const AbstractState& state, const Program& program) {
  std::string out = state.depth() == 0 ? "" : fmt::format(" frame{}:", state.depth());
  for (unsigned r = 0; r < kRegisters; ++r) {
    const Value& v = state.top().regs[r];
    if (v.kind == Value::Kind::kUninit) continue;
    out += fmt::format(" R{}={}", r, to_log(state, program, v));
  }
  for (const auto& [offset, slot] : state.top().slots) {
    out += fmt::format(" fp{}={}", offset, to_log(state, program, slot.value));
    if (slot.size != 8) out += fmt::format(":{}", slot.size);
  }
  return out;
}

void VerifierLog::write(const std::string& text) {
  if (cut_) return;
  if (text_.size() + text.size() > max_bytes_) {
    text_ += fmt::format("... the log is cut here, after {} bytes\n", text_.size());
    cut_ = true;
    return;
  }
  text_ += text;
}

void VerifierLog::restart(size_t paths_apart) {
  text_.clear();
  cut_ = false;
  pending_ = kNone;
  line_ = nullptr;
  if (paths_apart != 0)
    write(fmt::format("; at most {} states of a place are kept apart\n", paths_apart));
}

void VerifierLog::finish_line(const AbstractState* after) {
  if (pending_ == kNone || cut_) return;
  const Instruction& insn = program_->insns[pending_];
  const LineInfo* const line = program_->line_of(pending_);
  if (line && line != line_ && !line->text.empty()) {
    write(fmt::format("; {} @ {}:{}\n", printable(line->text, 400),
                      printable(program_->source_files[line->file], 1024), line->line));
  }
  line_ = line;
  std::string text = fmt::format("{}: ({:02x}) {}", insn.slot, insn.info().opcode,
                                 opcode_text(*program_, pending_));
  if (after && after->frames.size() == pending_depth_) {
    const std::vector<RegMask> arguments(program_->subprograms.size(), 0);
    const Effect effect = register_effect(insn, arguments, helpers_);
    std::string known;
    for (unsigned r = 0; r < kRegisters; ++r) {
      const bool written = (effect.writes >> r & 1) != 0;
      const Value& v = after->top().regs[r];
      if ((!written && (effect.reads >> r & 1) == 0) || v.kind == Value::Kind::kUninit) continue;
      known += fmt::format(" R{}{}={}", r, written ? "_w" : "", to_log(*after, *program_, v));
    }
    if (!known.empty()) text = fmt::format("{:<{}};{}", text, kTextColumn, known);
  } else if (after) {
    text = fmt::format("{:<{}};{}", text, kTextColumn, to_log(*after, *program_));
  }
  write(text + "\n");
  pending_ = kNone;
}

void VerifierLog::start_path(uint32_t from, uint32_t to, const AbstractState& state) {
  if (cut_) return;
  const uint32_t slot = program_->insns[to].slot;
  line_ = nullptr;
  last_ = from;
  if (from == kNone) {
    write(fmt::format("{}:{}\n", slot, to_log(state, *program_)));
  } else {
    write(fmt::format("\nfrom {} to {}:{}\n", program_->insns[from].slot, slot,
                      to_log(state, *program_)));
  }
}

void VerifierLog::after(const AbstractState& state) {
  finish_line(&state);
}

void VerifierLog::step(uint32_t insn, size_t depth) {
  if (cut_) return;
  finish_line(nullptr);
  pending_ = insn;
  pending_depth_ = depth;
  last_ = insn;
}

void VerifierLog::covered(uint32_t insn) {
  if (cut_) return;
  finish_line(nullptr);
  const uint32_t slot = program_->insns[insn].slot;
  write(last_ == kNone ? fmt::format("{}: safe\n", slot)
                       : fmt::format("from {} to {}: safe\n", program_->insns[last_].slot, slot));
}

void VerifierLog::joined(uint32_t insn, const AbstractState& state) {
  if (cut_) return;
  finish_line(nullptr);
  write(fmt::format("{}: joined:{}\n", program_->insns[insn].slot, to_log(state, *program_)));
}

void VerifierLog::end_path() {
  finish_line(nullptr);
}

void VerifierLog::finish(uint64_t steps) {
  finish_line(nullptr);
  text_ += fmt::format("processed {} insns (limit {})\n", steps, kMaxSteps);
}

std::string analysis_log(const Program& program, const CompileOptions& options, size_t max_bytes) {
  const auto expanded = expand_callbacks(program, options.helpers);
  const Program& walked = expanded ? expanded->program : program;
  VerifierLog log(walked, options.helpers, max_bytes);
  const Cfg cfg = build_cfg(walked);
  (void)explore(walked, cfg, options, expanded ? &*expanded : nullptr, &log);
  return log.text();
}

}  // namespace weir
