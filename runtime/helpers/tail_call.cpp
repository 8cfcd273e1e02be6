// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Tail calls. The program that is entered runs on top of the one that calls it, with the same
// budget, and its result becomes the result of the calling function. Which code an entry of a
// program array means, only the host's table says: the array holds numbers, never addresses.
#include "runtime/helpers/arguments.h"
#include "runtime/maps/target_map.h"

namespace weir::helpers {

uint64_t TailCall(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t, uint64_t, ExecContext* c) {
  uint32_t number = 0;
  // What is held would have to be given back by a program that does not know of it.
  if (c->tail_calls >= kMaxTailCalls || c->held != 0) return 0;
  if (!prog_array_get(shape_of(map(r2)), map(r2), static_cast<uint32_t>(r3), &number)) return 0;
  if (number >= c->program_count) return 0;
  const TailTarget& target = c->programs[number];
  if (target.run == nullptr || target.kind != packet(r1)->kind) return 0;

  ++c->tail_calls;
  Map* const* const maps = c->maps;
  const uint32_t map_count = c->map_count, program = c->program;
  const uint8_t* const frames = c->frames;
  const uint64_t frame_bytes = c->frame_bytes;
  c->maps = target.maps;
  c->map_count = target.map_count;
  c->program = number;
  const uint64_t r0 = target.run(target.program, c, packet(r1), 0);
  c->maps = maps;
  c->map_count = map_count;
  c->frames = frames;  // the other program's are gone
  c->frame_bytes = frame_bytes;
  if (c->trap_code != TrapCode::kNone) {
    c->after_call = AfterCall::kEnd;  // c->program says whose instruction it is
    return 0;
  }
  c->program = program;
  c->after_call = AfterCall::kLeave;
  return r0;
}

}  // namespace weir::helpers
