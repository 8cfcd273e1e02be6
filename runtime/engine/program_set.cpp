// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/engine/program_set.h"

#include <linux/bpf.h>

#include <algorithm>

#include <fmt/format.h>

#include "frontend/support/text.h"
#include "runtime/maps/map_handle.h"
#include "runtime/maps/map_ops.h"

namespace weir {

namespace {

uint64_t run_target(const void* program, ExecContext* context, void* data, uint64_t size) {
  return static_cast<const Executable*>(program)->run(context, data, size);
}

Status check_array(const Map* array) {
  if (array != nullptr && array->type == BPF_MAP_TYPE_PROG_ARRAY) return {};
  return Error(ErrorCode::kUsage, array != nullptr ? fmt::format("the map '{}' is no program array",
                                                                 printable(array->name))
                                                   : std::string("there is no such program array"));
}

Error no_entry(const Map* array, uint32_t index) {
  return Error(ErrorCode::kUsage, fmt::format("the program array '{}' has {} entries, none at {}",
                                              printable(array->name), array->max_entries, index));
}

}  // namespace

uint32_t ProgramSet::add(std::shared_ptr<const Executable> program, MapSet maps) {
  entries_.push_back({std::move(program), std::move(maps)});
  const Entry& entry = entries_.back();
  const std::span<Map* const> table = entry.maps.table();
  targets_.push_back({.run = &run_target,
                      .program = entry.executable.get(),
                      .maps = table.data(),
                      .map_count = static_cast<uint32_t>(table.size()),
                      .kind = static_cast<uint32_t>(entry.executable->info().options.context)});
  return static_cast<uint32_t>(entries_.size() - 1);
}

Status ProgramSet::set_entry(Map* array, uint32_t index, uint32_t program) {
  WEIR_CHECK(check_array(array));
  if (program >= entries_.size()) {
    return Error(ErrorCode::kUsage, fmt::format("there is no program {} in the set", program));
  }
  if (map_host_update(array, &index, &program, BPF_ANY) != 0) return no_entry(array, index);
  return {};
}

Status ProgramSet::clear_entry(Map* array, uint32_t index) {
  WEIR_CHECK(check_array(array));
  if (index >= array->max_entries) return no_entry(array, index);
  (void)map_host_delete(array, &index);
  return {};
}

Status ProgramSet::fill(std::span<const MapDef> definitions, const MapSet& maps) {
  for (size_t i = 0; i < definitions.size(); ++i) {
    if (definitions[i].type != BPF_MAP_TYPE_PROG_ARRAY) continue;
    for (const MapSlot& slot : definitions[i].slots) {
      const auto program = find(slot.name);
      if (program) WEIR_CHECK(set_entry(maps.table()[i], slot.slot, *program));
    }
  }
  return {};
}

void ProgramSet::attach(uint32_t program, ExecContext& context) const {
  entries_[program].maps.attach(context);
  context.programs = targets_.data();
  context.program_count = static_cast<uint32_t>(targets_.size());
  context.program = program;
}

std::optional<uint32_t> ProgramSet::find(std::string_view name) const {
  for (uint32_t i = 0; i < entries_.size(); ++i) {
    if (entries_[i].executable->info().name == name) return i;
  }
  return std::nullopt;
}

std::vector<std::string> tail_called(std::span<const MapDef> definitions) {
  std::vector<std::string> names;
  for (const MapDef& definition : definitions) {
    if (definition.type != BPF_MAP_TYPE_PROG_ARRAY) continue;
    for (const MapSlot& slot : definition.slots) {
      if (std::ranges::find(names, slot.name) == names.end()) names.push_back(slot.name);
    }
  }
  return names;
}

}  // namespace weir
