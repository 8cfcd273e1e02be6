// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A helper call on the abstract state of one path: are the arguments what helpers.def asks for, and
// what is known afterwards.
#pragma once

#include "frontend/verifier/callbacks.h"
#include "frontend/verifier/step.h"
#include "runtime/abi/helpers.h"

namespace weir {

// What helpers.def says of argument `index`, into fact.arguments[index]: nothing proven. For memory
// arguments; `map` is not null where the size is the map's.
void describe_argument(const HelperInfo& helper, unsigned index, const MapDef* map, CallFact& fact);

// What is wrong with handing that map to that helper, whatever else holds; nothing if it takes it.
std::optional<std::string> wrong_map(const MapDef& map, const HelperInfo& helper);

// What one path says of a call.
struct PathCall {
  // Arguments that the helper cannot do without knowing: a map, the context. Set: the program is
  // refused under every policy, since nothing could be checked at run time.
  struct Mistake {
    uint8_t reg;
    std::string known;   // what the register holds
    std::string wanted;  // what the helper takes there
  };
  std::optional<Mistake> mistake;
  CallFact fact;
  const MapDef* map = nullptr;  // that it is about; of an inner map, the shape
  // The part of a frame that a memory argument covers, by argument; `low` is 0 if there is none.
  struct Reach {
    uint8_t frame = 0;
    int32_t low = 0, high = 0;  // offsets from the frame's top
  };
  std::array<Reach, 5> reach{};
};

// Looks at the arguments; changes nothing.
PathCall look_at_call(const AbstractState& state, const Program& program, const HelperInfo& helper);

// Sets the mistake of a call that calls back and that no code could be made of.
void refuse_callback(PathCall& call);

Error wrong_argument(const Program& program, uint32_t insn, const HelperInfo& helper,
                     const PathCall::Mistake& mistake);

// After the call: r0, dead registers, memory that the helper wrote, pointers that it ended.
void apply_call(AbstractState& state, const Program& program, uint32_t insn,
                const HelperInfo& helper, const PathCall& call, const StepContext& context);

// What a function that is called back finds in its frame: under strict no more arguments than the
// kernel gives, and the key of a map's entry only to read. `map`: r1 of the call.
void hand_over(Frame& frame, const Program& program, const CallbackSite& site, const Value& map,
               bool strict);

}  // namespace weir
