// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Pinned maps: files of a folder, one a map, named as the map is. The file is the map's memory, so
// every process that has it open sees and changes the same values at once, and the file says what
// it is: type, shape, and BTF to print values with. Who may open it is a matter of the file's
// permissions; whoever may write it is trusted as much as a thread of this process.
//
// A pinned map stays until it is unpinned; processes that have it open keep it longer. Its memory
// is allocated in full when it is made: a full file system is an error then, and not a signal when
// a packet comes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "frontend/support/bytes.h"
#include "frontend/support/result.h"
#include "runtime/maps/map_handle.h"

namespace weir {

enum class PinAccess { kRead, kWrite };

// $XDG_RUNTIME_DIR/weir/maps. An error if the variable is not set: there is then no folder that is
// known to belong to this user alone.
Result<std::string> default_pin_folder();

// Opens the map pinned as `name`, or makes it: LIBBPF_PIN_BY_NAME. `name` is at most 63 letters,
// digits, '_', '-' and '.', and does not start with '.'. If it exists it must have the spec's shape
// (kMapDefinition names what differs). Two processes that make it at once get the same map. Types
// that hold programs, sockets or maps cannot be pinned. The folder is made if need be, for this
// user only.
Result<MapHandle> pin_map(const std::string& folder, std::string_view name, const MapSpec& spec);

// kNotFound, kIo, or kMapDefinition: not a map, damaged, or of another version of weir.
// kRead: memory is write-protected. Then only map_advance, map_lookup_batch (without erase) and
// map_host_lookup (flags 0, maps with keys) may be used; everything else faults.
Result<MapHandle> open_pinned_map(const std::string& folder, std::string_view name,
                                  PinAccess access);

// Takes the name away. kNotFound if there is none.
Status unpin_map(const std::string& folder, std::string_view name);

// What a file says of itself.
struct PinnedMap {
  std::string name;
  MapSpec spec;  // with BTF
  uint64_t file_bytes = 0;
};
Result<PinnedMap> describe_pinned_map(const std::string& folder, std::string_view name);
// Names of files that can be pinned maps, sorted; describe_pinned_map() says which are. None if the
// folder is not there.
Result<std::vector<std::string>> list_pinned_maps(const std::string& folder);

// The BTF a map was made with; empty if none.
ByteSpan map_btf(const Map* map);

}  // namespace weir
