// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A program with maps of its own: what a hook runs. The code is shared by all instances of it in a
// host; the maps are this instance's, or taken over from another one by name.
#pragma once

#include <memory>
#include <string>

#include "runtime/engine/program_set.h"

namespace weir {

class MapHandle;

class Instance {
 public:
  // Of programs and maps that are there already; the set is not changed any more. `path` is where
  // they came from.
  static std::shared_ptr<const Instance> of(ProgramSet programs, std::string path);

  // Number 0 is the program; the others are those that its program arrays hold, and theirs.
  const ProgramSet& programs() const { return programs_; }
  const Executable& executable() const { return programs_.executable(0); }
  ContextKind context() const { return executable().info().options.context; }
  const std::string& name() const { return executable().info().name; }
  // Where it came from, for people.
  const std::string& path() const { return path_; }
  // All maps of its programs, each once.
  std::span<const MapHandle> maps() const;
  // The map of that name, or null; raw bytes. Valid as long as the instance.
  Map* find_map(std::string_view name) const;

 private:
  friend class InstanceMaker;
  Instance();
  std::string path_;
  ProgramSet programs_;
  struct Maps;  // not here: <linux/bpf.h> and <pcap/bpf.h> exclude each other
  std::shared_ptr<const Maps> maps_;
};

}  // namespace weir
