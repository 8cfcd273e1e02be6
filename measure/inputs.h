// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Inputs: packets that differ from one another, made by a generator that gives the same ones on
// every machine. One packet run again and again would train the branch predictor until every
// program looks as if it had no branches.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "measure/low_memory.h"
#include "measure/runner.h"

namespace weir::measure {

enum class InputKind : uint8_t {
#define WEIR_INPUTS(Name, count, text) k##Name,
#include "measure/inputs.def"
#undef WEIR_INPUTS
};
std::string_view input_text(InputKind kind);

// Bytes in front of and behind each packet that programs may use to make it longer.
struct Room {
  size_t before = 0, behind = 0;
};

class Inputs {
 public:
  // At most `limit` packets of the kind.
  explicit Inputs(InputKind kind, size_t limit = SIZE_MAX, Room room = {});
  // Packets from elsewhere.
  explicit Inputs(std::span<const std::vector<uint8_t>> packets, Room room = {});

  size_t count() const { return places_.size(); }
  // Where programs run on packet `index`: one piece of memory for all contenders, at the same
  // place.
  Packet packet(size_t index) {
    return {working_->data() + places_[index].offset, places_[index].size};
  }
  ByteSpan bytes(size_t index) const {
    return ByteSpan(working_->bytes()).subspan(places_[index].offset, places_[index].size);
  }
  // Undoes what programs wrote.
  void restore() { std::ranges::copy(pristine_, working_->data()); }
  Room room() const { return room_; }
  // Whether all packets lie below 4 GiB.
  bool is_low() const { return working_->is_low(); }

 private:
  struct Place {
    size_t offset, size;
  };
  void add(ByteSpan packet);

  Room room_;
  void set_up();

  std::vector<uint8_t> pristine_;
  std::unique_ptr<LowMemory> working_;
  std::vector<Place> places_;
};

}  // namespace weir::measure
