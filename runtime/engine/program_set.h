// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Programs that tail calls may enter from one another: what the numbers in program arrays mean.
// Built once, then only read: any number of threads may run programs of the set, each with an
// ExecContext of its own.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "runtime/engine/executable.h"
#include "runtime/engine/map_set.h"

namespace weir {

class ProgramSet {
 public:
  // A program and its maps join; its number. Programs of one file share maps by having been given
  // each other's (MapSet::create).
  uint32_t add(std::shared_ptr<const Executable> program, MapSet maps);

  // Entry `index` of a program array of the set is that program. Errors: the array has no such
  // entry; a map that is none; a program that the set does not have.
  Status set_entry(Map* array, uint32_t index, uint32_t program);
  Status clear_entry(Map* array, uint32_t index);
  // What the program arrays among `definitions` hold from the start, as far as the set has the
  // programs that they name. `maps` is parallel.
  Status fill(std::span<const MapDef> definitions, const MapSet& maps);

  // Lets runs of that program use its maps and make tail calls. The set outlives them, and add()
  // is not called while they last.
  void attach(uint32_t program, ExecContext& context) const;

  size_t size() const { return entries_.size(); }
  const Executable& executable(uint32_t program) const { return *entries_[program].executable; }
  const MapSet& maps(uint32_t program) const { return entries_[program].maps; }
  // The number of the program of that name.
  std::optional<uint32_t> find(std::string_view name) const;

 private:
  struct Entry {
    std::shared_ptr<const Executable> executable;
    MapSet maps;
  };
  std::vector<Entry> entries_;
  std::vector<TailTarget> targets_;  // parallel
};

// Names of the programs that the program arrays among `definitions` hold from the start, each once.
std::vector<std::string> tail_called(std::span<const MapDef> definitions);

}  // namespace weir
