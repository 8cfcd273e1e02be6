// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <linux/bpf.h>

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "tests/filetests/filetest.h"
#include "tests/support/programs.h"

namespace weir::test {

namespace {

std::string_view trim(std::string_view text) {
  const size_t from = text.find_first_not_of(" \t\r");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t\r") - from + 1);
}

// Decimal or hexadecimal, perhaps negative.
std::optional<uint64_t> parse_number(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const bool hex = text.starts_with("0x");
  if (hex) text.remove_prefix(2);
  uint64_t value = 0;
  const auto [end, failed] =
      std::from_chars(text.data(), text.data() + text.size(), value, hex ? 16 : 10);
  if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return negative ? uint64_t{0} - value : value;
}

std::optional<HelperTable> parse_table(std::string_view name) {
  if (name == "absent") return HelperTable::kAbsent;
  if (name == "empty") return HelperTable::kEmpty;
  if (name == "full") return HelperTable::kFull;
  return std::nullopt;
}

std::optional<TrapCode> parse_trap(std::string_view name) {
  for (uint32_t code = 0; code <= static_cast<uint32_t>(TrapCode::kUnsupported); ++code) {
    if (trap_name(static_cast<TrapCode>(code)) == name) return static_cast<TrapCode>(code);
  }
  return std::nullopt;
}

struct KeyValue {
  std::string_view key, value;
};

std::vector<KeyValue> split(std::string_view text) {
  std::vector<KeyValue> out;
  while (!(text = trim(text)).empty()) {
    const std::string_view word = text.substr(0, text.find_first_of(" \t"));
    text.remove_prefix(word.size());
    const size_t equals = std::min(word.find('='), word.size());
    out.push_back({word.substr(0, equals), word.substr(std::min(equals + 1, word.size()))});
  }
  return out;
}

class Parser {
 public:
  Parser(std::string_view text, std::string path) : test_{.path = std::move(path)} {
    while (!text.empty()) {
      const size_t end = std::min(text.find('\n'), text.size());
      test_.lines.emplace_back(text.substr(0, end));
      text.remove_prefix(std::min(end + 1, text.size()));
    }
  }

  Result<Filetest> run() {
    begin_case("main");
    for (line_ = 0; line_ < test_.lines.size(); ++line_) WEIR_CHECK(read_line());
    end_case(test_.lines.size());
    for (const Case& c : test_.cases) {
      if (c.runs.empty() && !c.error && c.ir.empty()) {
        return Error(ErrorCode::kUsage, fmt::format("program '{}' expects nothing", c.name))
            .in_file(test_.path);
      }
    }
    return std::move(test_);
  }

 private:
  Error bad(std::string_view what) const {
    return Error(ErrorCode::kUsage, fmt::format("line {}: {}", line_ + 1, what))
        .in_file(test_.path);
  }

  void begin_case(std::string_view name) {
    Case c{.name = std::string(name), .options = test_options()};
    // The listings of a file must not depend on the machine.
    if (auto cpu = parse_cpu(kBaselineCpu)) c.options.cpu = *cpu;
    test_.cases.push_back(std::move(c));
    defaults_ = RunInput{};
    first_line_ = line_;
  }

  // The text of the case that ends here: its own lines, blank ones before.
  void end_case(size_t end) {
    Case& c = test_.cases.back();
    c.text.assign(first_line_, '\n');
    for (size_t i = first_line_; i < end; ++i) c.text += test_.lines[i] + "\n";
  }

  Status read_line() {
    const std::string_view line = test_.lines[line_];
    const size_t at = line.find(';');
    if (at == std::string_view::npos) return {};
    const std::string_view comment = trim(line.substr(at + 1));
    const size_t colon = comment.find(':');
    if (colon == std::string_view::npos) return {};
    const std::string_view key = comment.substr(0, colon);
    const std::string_view rest = trim(comment.substr(colon + 1));
    if (key == "program") {
      if (test_.cases.size() == 1 && first_line_ == 0 && !has_instructions(0, line_)) {
        test_.cases.back().name = rest;  // the head of the file belongs to the first program
        return {};
      }
      end_case(line_);
      begin_case(rest);
      return {};
    }
    if (key == "options") return read_options(rest);
    if (key == "map") return read_map(rest);
    if (key == "run") return read_run(rest);
    if (key == "error") return read_error(rest, at);
    return read_ir(key, rest);
  }

  bool has_instructions(size_t from, size_t to) const {
    return std::any_of(test_.lines.begin() + static_cast<ptrdiff_t>(from),
                       test_.lines.begin() + static_cast<ptrdiff_t>(to),
                       [](const std::string& line) { return is_code(line); });
  }

  static bool is_code(std::string_view line) {
    const std::string_view code = trim(line.substr(0, line.find(';')));
    return !code.empty() && !code.starts_with('#') && !code.starts_with("//") &&
           !code.ends_with(':');
  }

  Status read_options(std::string_view text) {
    Case& c = test_.cases.back();
    for (const auto& [key, value] : split(text)) {
      const auto number = parse_number(value);
      if (key == "helpers" && helper_set_from_name(value)) {
        c.options.helpers = *helper_set_from_name(value);
      } else if (key == "table" && parse_table(value)) {
        defaults_.helpers = *parse_table(value);
      } else if (key == "budget" && number) {
        defaults_.budget = *number;
      } else if (key == "policy" && policy_from_name(value)) {
        c.options.policy = *policy_from_name(value);
      } else if (key == "at" && context_from_name(value)) {
        c.options.context = *context_from_name(value);
      } else if (key == "opt" && number && *number <= 3) {
        c.options.opt_level = static_cast<uint8_t>(*number);
      } else {
        return bad(fmt::format("unknown option '{}={}'", key, value));
      }
    }
    return {};
  }

  // name=N type=N key=N value=N entries=N flags=N spin_lock=N inner=NAME slotN=NAME bytes=BYTES
  Status read_map(std::string_view text) {
    MapDef map;
    for (const auto& [key, value] : split(text)) {
      const auto number = parse_number(value);
      uint32_t* const field = key == "type"      ? &map.type
                              : key == "key"     ? &map.key_size
                              : key == "value"   ? &map.value_size
                              : key == "entries" ? &map.max_entries
                              : key == "flags"   ? &map.flags
                                                 : nullptr;
      if (field && number) {
        *field = static_cast<uint32_t>(*number);
      } else if (key == "name") {
        map.name = value;
      } else if (key == "spin_lock" && number) {
        map.spin_lock_offset = static_cast<uint32_t>(*number);
      } else if (key == "inner") {
        // The shape of the map of that name.
        const std::vector<MapDef>& maps = test_.cases.back().maps;
        const auto found = std::ranges::find(maps, value, &MapDef::name);
        if (found == maps.end()) return bad(fmt::format("no map '{}' before this one", value));
        map.inner = {*found};
        map.inner.front().name.clear();
      } else if (key.starts_with("slot") && parse_number(key.substr(4))) {
        map.slots.push_back(
            {static_cast<uint32_t>(*parse_number(key.substr(4))), std::string(value)});
      } else if (key == "bytes" && parse_bytes(value)) {
        // Data that never changes.
        map.initial = *parse_bytes(value);
        map.read_only = true;
        map.flags |= BPF_F_RDONLY_PROG;
      } else {
        return bad(fmt::format("cannot read '{}={}'", key, value));
      }
    }
    test_.cases.back().maps.push_back(std::move(map));
    return {};
  }

  Status read_run(std::string_view text) {
    RunLine run{.line = line_, .input = defaults_};
    run.input.maps = test_.cases.back().maps;
    run.input.helper_set = test_.cases.back().options.helpers;
    run.input.context = test_.cases.back().options.context;
    for (const auto& [key, value] : split(text)) {
      const auto number = parse_number(value);
      bool good = true, input = false;
      if (key == "mem") {
        const auto bytes = parse_bytes(value);
        good = input = bytes.has_value();
        if (bytes) run.input.memory = *bytes;
      } else if (key == "meta" && number) {
        run.input.meta = *number;
        input = true;
      } else if (key == "budget" && number) {
        run.input.budget = *number;
        input = true;
      } else if (key == "table" && parse_table(value)) {
        run.input.helpers = *parse_table(value);
        input = true;
      } else if (key == "r0" && (number || value == "any")) {
        run.r0 = number;
        run.any_r0 = !number;
      } else if (key == "trap") {
        const size_t at = std::min(value.find('@'), value.size());
        const auto code = parse_trap(value.substr(0, at));
        good = code && at < value.size();
        if (good) run.trap = {*code, std::string(value.substr(at + 1))};
      } else if (key == "mem_after") {
        run.memory = parse_bytes(value);
        good = run.memory.has_value();
      } else if (key == "maps") {
        run.maps = std::string(value);
      } else if (key == "budget_left" && number) {
        run.budget = number;
      } else {
        good = false;
      }
      if (!good) return bad(fmt::format("cannot read '{}={}'", key, value));
      if (input) run.input_text += fmt::format(" {}={}", key, value);
    }
    test_.cases.back().runs.push_back(std::move(run));
    return {};
  }

  Status read_error(std::string_view text, size_t column) {
    Case& c = test_.cases.back();
    if (c.error) return bad("a program has one error");
    size_t about = line_;
    while (about < test_.lines.size() && !is_code(test_.lines[about])) ++about;
    if (about == test_.lines.size()) return bad("no instruction follows");
    c.error = ErrorLine{line_, column, about, std::string(text)};
    return {};
  }

  // ir- (lifted), opt-ir- or asm- with check, not or count; other words are comments.
  Status read_ir(std::string_view key, std::string_view text) {
    IrLine check{.line = line_, .pattern = std::string(text)};
    struct Family {
      std::string_view prefix;
      Listing listing;
    };
    constexpr Family kFamilies[] = {{"ir-", Listing::kLiftedIr},
                                    {"opt-ir-", Listing::kOptimizedIr},
                                    {"asm-", Listing::kMachineCode}};
    const auto* const family =
        std::find_if(std::begin(kFamilies), std::end(kFamilies),
                     [&](const Family& f) { return key.starts_with(f.prefix); });
    if (family == std::end(kFamilies)) return {};
    check.listing = family->listing;
    const std::string_view what = key.substr(family->prefix.size());
    if (what == "not") {
      check.what = IrWhat::kNot;
    } else if (what == "count") {
      const std::string_view word = text.substr(0, text.find(' '));
      const auto number = parse_number(word);
      if (!number) return bad("expected a number and a pattern");
      check.what = IrWhat::kCount;
      check.count = *number;
      check.pattern = trim(text.substr(word.size()));
    } else if (what != "check") {
      return bad(fmt::format("unknown directive '{}'", key));
    }
    if (check.pattern.empty()) return bad("expected a pattern");
    test_.cases.back().ir.push_back(std::move(check));
    return {};
  }

  Filetest test_;
  size_t line_ = 0;
  size_t first_line_ = 0;
  RunInput defaults_;
};

}  // namespace

std::optional<std::vector<uint8_t>> parse_bytes(std::string_view text) {
  std::vector<uint8_t> out;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find(','));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    const size_t star = part.find('*');
    const auto bytes = from_hex(part.substr(0, star));
    uint64_t times = 1;
    if (star != std::string_view::npos) {
      const auto number = parse_number(part.substr(star + 1));
      if (!number || *number > 65'536) return std::nullopt;
      times = *number;
    }
    if (!bytes || bytes->empty()) return std::nullopt;
    while (times-- > 0) out.insert(out.end(), bytes->begin(), bytes->end());
  }
  return out;
}

std::string write_bytes(const std::vector<uint8_t>& bytes) {
  constexpr size_t kRun = 8;  // equal bytes that are worth a '*'
  std::string out;
  for (size_t i = 0; i < bytes.size();) {
    size_t end = i;
    while (end < bytes.size() && bytes[end] == bytes[i]) ++end;
    if (end - i >= kRun) {
      out += fmt::format("{}{:02x}*{},", out.empty() || out.ends_with(',') ? "" : ",", bytes[i],
                         end - i);
      i = end;
    } else {
      out += fmt::format("{:02x}", bytes[i++]);
    }
  }
  if (out.ends_with(',')) out.pop_back();
  return out;
}

Result<Filetest> parse_filetest(std::string_view text, std::string path) {
  return Parser(text, std::move(path)).run();
}

}  // namespace weir::test
