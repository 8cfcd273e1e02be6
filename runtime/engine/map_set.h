// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The maps of one instance of a program. An Executable holds none: any number of instances run the
// same code, each with maps of its own or shared ones.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "frontend/isa/program.h"
#include "frontend/support/bytes.h"
#include "runtime/abi/exec_context.h"

namespace weir {

class MapHandle;  // runtime/maps/map_handle.h

struct MapSetOptions {
  // Values of a per-CPU map; 0: as many as the machine can have CPUs.
  uint32_t cpu_slots = 0;
  // Where maps that ask for it (LIBBPF_PIN_BY_NAME) are pinned: made, or taken as they are there.
  // Empty: none is. `pin_all`: maps that do not ask for it too, but for global data.
  std::string pin_folder;
  bool pin_all = false;
  // The object's .BTF, for pinned maps: a file then says what its values are.
  ByteSpan btf;
  // Where one of these has a map's name and shape, it is taken instead of a new one: programs of
  // one file see the same maps.
  std::span<const MapHandle> shared;
};

class MapSet {
 public:
  MapSet() = default;
  // New maps as the program defines them, in that order, or pinned or shared ones; global data and
  // maps of maps have their contents. Errors name the map.
  static Result<MapSet> create(std::span<const MapDef> definitions,
                               const MapSetOptions& options = {});

  // Lets runs with this context use the maps. The set outlives them.
  void attach(ExecContext& context) const;

  std::span<const MapHandle> handles() const;
  // What attach() gives to a context, parallel to handles().
  std::span<Map* const> table() const;
  // The map of that name, or null.
  Map* find(std::string_view name) const;

 private:
  // Not here: <linux/bpf.h>, which maps need, and libpcap's own <pcap/bpf.h> exclude each other.
  struct Maps;
  std::shared_ptr<const Maps> maps_;  // null: none
};

}  // namespace weir
