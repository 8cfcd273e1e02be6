// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// weir feature: what programs can use, in the manner of `bpftool feature`: hook kinds, kinds of
// maps, and the helpers of each hook kind.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "frontend/verifier/map_rules.h"
#include "runtime/abi/helpers.h"
#include "runtime/maps/map_kind.h"
#include "tools/output.h"

namespace weir::tool {

namespace {

std::vector<ContextKind> hook_kinds() {
  std::vector<ContextKind> kinds;
  for (uint8_t i = 0; i < kContextCount; ++i) kinds.push_back(static_cast<ContextKind>(i));
  return kinds;
}

// Those of Linux, by number.
std::vector<HelperInfo> helpers_of(ContextKind kind) {
  std::vector<HelperInfo> out;
  if (default_helpers(kind) != HelperSet::kKernel) return out;
  for (const HelperInfo& helper : all_helpers()) {
    if (helper.set == HelperSet::kKernel && helper.offered_at(kind)) out.push_back(helper);
  }
  std::ranges::sort(out, {}, &HelperInfo::number);
  return out;
}

// Kinds that programs can name; the host can use the others too.
std::vector<const MapKind*> program_maps() {
  std::vector<const MapKind*> out;
  for (const MapKind* kind : map_kinds()) {
    if (is_program_map(kind->type)) out.push_back(kind);
  }
  std::ranges::sort(out, {}, &MapKind::type);
  return out;
}

std::string sections_text(ContextKind kind) {
  const auto prefixes = section_prefixes(kind);
  return prefixes.empty() ? "" : fmt::format(": {}", fmt::join(prefixes, ", "));
}

void print_text() {
  fmt::print("Hook kinds:\n");
  for (const ContextKind kind : hook_kinds())
    fmt::print("\t{} ({}){}\n", context_name(kind), context_text(kind), sections_text(kind));
  fmt::print("\nMap kinds:\n");
  for (const MapKind* kind : program_maps()) fmt::print("\t{}\n", kind->name);
  for (const ContextKind kind : hook_kinds()) {
    const std::vector<HelperInfo> helpers = helpers_of(kind);
    if (helpers.empty()) continue;
    fmt::print("\nHelpers of hook kind {}:\n", context_name(kind));
    for (const HelperInfo& helper : helpers) fmt::print("\t- bpf_{}\n", helper.name);
  }
}

Json features() {
  Json hooks = Json::array(), maps = Json::array(), helpers = Json::object(),
       sections = Json::object();
  for (const ContextKind kind : hook_kinds()) {
    hooks.push_back(context_name(kind));
    sections[std::string(context_name(kind))] = section_prefixes(kind);
    Json names = Json::array();
    for (const HelperInfo& helper : helpers_of(kind))
      names.push_back(fmt::format("bpf_{}", helper.name));
    if (!names.empty()) helpers[std::string(context_name(kind))] = std::move(names);
  }
  for (const MapKind* kind : program_maps()) maps.push_back(kind->name);
  return {{"hook_kinds", std::move(hooks)},
          {"sections", std::move(sections)},
          {"map_kinds", std::move(maps)},
          {"helpers", std::move(helpers)}};
}

}  // namespace

void add_feature_command(CLI::App& app, Exit& exit) {
  auto* sub = app.add_subcommand("feature", "Show which hooks, maps and helpers programs can use");
  auto out = std::make_shared<OutputOptions>();
  add_output_options(*sub, *out);
  sub->footer("Example:\n  weir feature -j");
  sub->callback([out, &exit] {
    exit = Exit::kOk;
    if (out->as_json()) {
      print_json(features(), *out);
    } else {
      print_text();
    }
  });
}

}  // namespace weir::tool
