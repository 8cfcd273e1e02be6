// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/chain_options.h"

#include <algorithm>

#include <fmt/format.h>

#include "frontend/support/text.h"
#include "tools/inputs.h"

namespace weir::tool {

void add_chain_options(CLI::App& command, ChainOptions& options) {
  command
      .add_option("--priority", options.priority,
                  "Of several programs those with a lower number run earlier (default: what an XDP "
                  "program says itself, XDP_RUN_CONFIG; else 50)")
      ->type_name("NAME=N")
      ->allow_extra_args(false);
  command
      .add_option("--go-on", options.go_on,
                  "Results of a program after which the next one has its turn, as "
                  "XDP_PASS,XDP_DROP, or all or none (default: what an XDP program says itself; "
                  "else as is usual there: XDP_PASS, TC_ACT_UNSPEC and TC_ACT_PIPE, ...)")
      ->type_name("NAME=RESULTS")
      ->allow_extra_args(false);
}

Result<std::pair<std::string, std::string>> split_option(const std::string& text,
                                                         const char* option) {
  const size_t equals = text.find('=');
  if (equals != std::string::npos && equals != 0)
    return std::pair(text.substr(0, equals), text.substr(equals + 1));
  return Error(ErrorCode::kUsage,
               fmt::format("{}: '{}' is not of the form NAME=VALUE", option, printable(text)));
}

Status apply_chain_options(const ChainOptions& options, std::vector<ChainedProgram>& programs) {
  const auto named = [&](const std::string& name, const char* option) -> Result<ChainedProgram*> {
    const auto found = std::ranges::find(programs, name, &ChainedProgram::program);
    if (found != programs.end()) return &*found;
    return Error(ErrorCode::kUsage,
                 fmt::format("{}: no program '{}' runs", option, printable(name)));
  };
  for (const std::string& text : options.priority) {
    WEIR_TRY(const auto value, split_option(text, "--priority"));
    WEIR_TRY(ChainedProgram* const program, named(value.first, "--priority"));
    uint32_t number = 0;
    if (!CLI::detail::lexical_cast(value.second, number)) {
      return Error(ErrorCode::kUsage,
                   fmt::format("--priority: '{}' is no number", printable(value.second)));
    }
    program->priority = number;
  }
  for (const std::string& text : options.go_on) {
    WEIR_TRY(const auto value, split_option(text, "--go-on"));
    WEIR_TRY(ChainedProgram* const program, named(value.first, "--go-on"));
    program->go_on = value.second.empty() ? "none" : value.second;
  }
  return {};
}

Result<PlannedChain> plan_chain(ContextKind kind, const std::vector<ChainedProgram>& programs,
                                const std::vector<const ProgramInfo*>& infos) {
  std::vector<ChainLink> links;
  std::vector<ChainPlace> places;
  for (size_t i = 0; i < programs.size(); ++i) {
    const ChainedProgram& program = programs[i];
    const ContextKind own = infos[i]->options.context;
    if (own != kind &&
        !(own == ContextKind::kMemory && context_shape(kind) == ContextShape::kRaw)) {
      return Error(ErrorCode::kUsage,
                   fmt::format("the programs of a chain are of one hook kind, but this one runs at "
                               "{} and '{}' at {}",
                               context_name(own), printable(infos[0]->name), context_name(kind)))
          .in_program(infos[i]->name)
          .in_file(program.file);
    }
    std::optional<VerdictSet> go_on;
    if (!program.go_on.empty()) {
      auto results = verdict_set_from_text(kind, program.go_on);
      if (!results) return results.take_error().in_program(infos[i]->name);
      go_on = *results;
    }
    const ChainRules rules = chain_rules(kind, infos[i]->run_config, program.priority, go_on);
    links.push_back(
        {.program = i, .name = infos[i]->name, .priority = rules.priority, .go_on = rules.go_on});
    places.push_back({program.file, infos[i]->name, infos[i]->section, rules});
  }
  PlannedChain out{.chain = Chain(kind, std::move(links)), .places = {}};
  for (const ChainLink& link : out.chain.links()) out.places.push_back(places[link.program]);
  return out;
}

std::string chain_text(ContextKind kind, const std::vector<ChainPlace>& places) {
  std::string out;
  for (size_t i = 0; i < places.size(); ++i) {
    const ChainPlace& place = places[i];
    out += fmt::format("{:<10}{}. {}, priority {} ({}), the next one after {} ({})\n",
                       i == 0 ? "chain" : "", i + 1, program_label(place.program, place.section),
                       place.rules.priority, chain_source_name(place.rules.priority_from),
                       verdict_set_text(kind, place.rules.go_on),
                       chain_source_name(place.rules.go_on_from));
  }
  return out;
}

Json chain_json(ContextKind kind, const std::vector<ChainPlace>& places) {
  Json out = Json::array();
  for (const ChainPlace& place : places) {
    out.push_back({{"program", printable(place.program)},
                   {"section", printable(place.section)},
                   {"file", printable(place.file, 4096)},
                   {"priority", place.rules.priority},
                   {"priority_from", chain_source_name(place.rules.priority_from)},
                   {"go_on", verdict_set_text(kind, place.rules.go_on)},
                   {"go_on_from", chain_source_name(place.rules.go_on_from)}});
  }
  return out;
}

}  // namespace weir::tool
