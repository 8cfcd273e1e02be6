// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The dispatch loop. opcodes.def is expanded twice: into the table of handlers, and into the
// handlers themselves, one for each variant that a row's format has. Each handler ends by jumping
// to the next step's handler ("threaded code"): one indirect jump an instruction, each with a
// history of its own for the branch predictor. Where labels cannot be taken as values the same text
// becomes a switch.
//
// execute_counted.cpp is this text once more, with each step and each jump taken counted.
//
// Registers are an array that never leaves this function; everything else that lives across steps
// (the step, the budget, the bounds) is a local too.
#include <algorithm>
#include <array>
#include <cstring>

#include "runtime/abi/packet_context.h"
#include "runtime/interp/code.h"
#include "runtime/interp/operations.h"

// Labels as values and `goto *` are extensions, which is what this file is about.
#pragma GCC diagnostic ignored "-Wpedantic"
#if defined(__clang__)
#pragma clang diagnostic ignored "-Wgnu-label-as-value"
#endif

#if defined(__GNUC__) && !defined(WEIR_INTERP_SWITCH)
#define WEIR_THREADED 1
#else
#define WEIR_THREADED 0
#endif

namespace weir::interp {

namespace {

// What an access is checked against. An access of n bytes at distance o from the start of a region
// of `size` bytes is inside if o < room(size, n), in unsigned arithmetic: there is no sum to wrap.
constexpr uint64_t room(uint64_t size, uint64_t n) {
  return size >= n ? size - n + 1 : 0;
}

struct Bounds {
  uint64_t data;
  uint64_t data_room[4];  // by log2 of the access's size
  uint64_t any;           // what accesses without a region may reach beside frames: the data, or
  uint64_t any_size;      // a packet with its meta data
  uint64_t frames;        // the block of frames that accesses without a region may reach
  uint64_t frames_size;

  template <Check kCheck, unsigned kBits>
  bool allow(uint64_t address, uint64_t frame_top) const {
    constexpr unsigned kLog = kBits == 8 ? 0 : kBits == 16 ? 1 : kBits == 32 ? 2 : 3;
    constexpr uint64_t kBytes = kBits / 8;
    if constexpr (kCheck == Check::kNone) return true;
    if constexpr (kCheck == Check::kData) return address - data < data_room[kLog];
    if constexpr (kCheck == Check::kStack) {
      return address - (frame_top - kFrameBytes) < room(kFrameBytes, kBytes);
    }
    return address - any < room(any_size, kBytes) || address - frames < room(frames_size, kBytes);
  }

  bool allow_any(uint64_t address, uint64_t size) const {
    return address - any < room(any_size, size) || address - frames < room(frames_size, size);
  }

  template <unsigned kBits>
  bool allow(Check check, uint64_t address, uint64_t frame_top) const {
    switch (check) {
      case Check::kNone: return allow<Check::kNone, kBits>(address, frame_top);
      case Check::kData: return allow<Check::kData, kBits>(address, frame_top);
      case Check::kStack: return allow<Check::kStack, kBits>(address, frame_top);
      case Check::kAny: return allow<Check::kAny, kBits>(address, frame_top);
    }
    return false;
  }
};

// Bytes of the packet in network order, at an offset of a legacy load: below zero it counts from
// the IP header or the Ethernet header. False if they are not all in the packet.
template <unsigned kBits>
bool load_packet(const PacketContext& packet, int64_t offset, uint64_t* value) {
  const uint8_t* base = packet.data;
  if (offset < kSkfNetOff) {
    base = packet.mac;
    offset -= kSkfLlOff;
  } else if (offset < 0) {
    base = packet.network;
    offset -= kSkfNetOff;
  }
  const auto from = reinterpret_cast<uint64_t>(base);
  const auto end = reinterpret_cast<uint64_t>(packet.data_end);
  if (from > end || static_cast<uint64_t>(offset) >= room(end - from, kBits / 8)) return false;
  const uint64_t raw = load<Operation::kLoadZero, kBits>(from + static_cast<uint64_t>(offset));
  if constexpr (kBits == 8) {
    *value = raw;
  } else {
    *value = byte_swap<kBits>(raw);
  }
  return true;
}

// Whether the bytes lie in a value of one of the program's maps, or in something that is held.
bool in_map(const Code& code, const ExecContext& context, uint64_t address, uint64_t size,
            bool write) {
  return (code.has_maps || (code.takes_things && context.holds != nullptr)) &&
         context.holds(&context, address, size, write);
}

// The checks of a helper's memory arguments (SEMANTICS.md, "Helpers").
bool arguments_allowed(const Code& code, const ExecContext& context, const Bounds& bounds,
                       const CallFact& fact, uint64_t* r) {
  for (size_t i = 0; i < fact.arguments.size(); ++i) {
    const CallFact::Argument& argument = fact.arguments[i];
    if (!argument.memory) continue;
    const uint64_t size = argument.size_reg != 0 ? r[argument.size_reg] : argument.size;
    if (size == 0 && !argument.size_proven) return false;
    if (size == 0 || argument.proven) continue;
    if (bounds.allow_any(r[i + 1], size) || in_map(code, context, r[i + 1], size, argument.write)) {
      continue;
    }
    if (!argument.faults) return false;
    r[i + 1] = 0;
  }
  return true;
}

// What a caller gets back when its callee ends.
struct Activation {
  const Step* call;
  uint64_t saved[4];  // r6..r9
  uint64_t rounds;    // may_goto
  unsigned counted;   // frames that count below the entry's
};

Bounds bounds_of(const Code& code, const PacketContext* packet, void* data, uint64_t size,
                 uint64_t frames_end) {
  auto base = reinterpret_cast<uint64_t>(data);
  uint64_t before = 0;  // bytes of meta data before the data
  if (packet) {
    base = reinterpret_cast<uint64_t>(packet->data);
    size = static_cast<uint64_t>(packet->data_end - packet->data);
    before = static_cast<uint64_t>(packet->data - packet->data_meta);
  }
  return {.data = base,
          .data_room = {room(size, 1), room(size, 2), room(size, 4), room(size, 8)},
          .any = base - before,
          .any_size = before + size,
          .frames = frames_end - code.open_frame_bytes,
          .frames_size = code.open_frame_bytes};
}

void zero_frame(uint64_t top, uint64_t bytes) {
  if (bytes != 0) std::memset(reinterpret_cast<void*>(top - bytes), 0, bytes);
}

#ifdef WEIR_INTERP_COUNTED
#define COUNT_STEP() ++counts[step - code->steps.data()].runs
#define COUNT_TAKEN() ++counts[step - code->steps.data()].taken
#else
#define COUNT_STEP() (void)0
#define COUNT_TAKEN() (void)0
#endif

#if WEIR_THREADED
#define HANDLER(label, number) \
  label:
#define DISPATCH()        \
  do {                    \
    COUNT_STEP();         \
    goto*(step->handler); \
  } while (0)
#else
#define HANDLER(label, number) case number:
#define DISPATCH() \
  do {             \
    COUNT_STEP();  \
    goto dispatch; \
  } while (0)
#endif
#define NEXT()  \
  do {          \
    ++step;     \
    DISPATCH(); \
  } while (0)

#define DST r[step->dst]
#define SRC r[step->src]
#define IMM static_cast<uint64_t>(int64_t{step->imm})
#define OFFSET static_cast<uint64_t>(int64_t{step->offset})

// The handlers of a row, by its format. `name` is the row's, so Add64Imm is the label of Add64Imm,
// Jeq32RegBackward of a Jeq32Reg that goes backwards, LdxwData of an Ldxw checked against the data.
#define PLAIN(name, ...)                   \
  HANDLER(name, handler_of(Op::k##name)) { \
    __VA_ARGS__;                           \
    NEXT();                                \
  }
// The fused variants run the copy in `step` and the operation in the step after it.
#define COPY_AND(name, suffix, operation, bits, copy, operand)       \
  HANDLER(name##suffix, handler_of(Op::k##name, Fused::k##suffix)) { \
    const uint64_t copied = copy;                                    \
    ++step;                                                          \
    DST = (alu<Operation::operation, bits>(copied, operand));        \
    NEXT();                                                          \
  }
#define ALU(name, operation, bits, operand)                          \
  PLAIN(name, DST = (alu<Operation::operation, bits>(DST, operand))) \
  COPY_AND(name, Copy64, operation, bits, SRC, operand)              \
  COPY_AND(name, Copy32, operation, bits, static_cast<uint32_t>(SRC), operand)
#define HANDLERS_kAluImm(name, operation, bits) ALU(name, operation, bits, IMM)
#define HANDLERS_kAluReg(name, operation, bits) ALU(name, operation, bits, SRC)
#define HANDLERS_kAluUnary(name, operation, bits) ALU(name, operation, bits, 0)

#define JUMP(name, condition, distance)                                    \
  HANDLER(name##Forward, handler_of(Op::k##name, Direction::kForward)) {   \
    if (condition) {                                                       \
      COUNT_TAKEN();                                                       \
      step += 1 + distance;                                                \
      DISPATCH();                                                          \
    }                                                                      \
    NEXT();                                                                \
  }                                                                        \
  HANDLER(name##Backward, handler_of(Op::k##name, Direction::kBackward)) { \
    if (condition) {                                                       \
      if (budget == 0) goto out_of_budget;                                 \
      --budget;                                                            \
      COUNT_TAKEN();                                                       \
      step += 1 + distance;                                                \
      DISPATCH();                                                          \
    }                                                                      \
    NEXT();                                                                \
  }
#define HANDLERS_kJumpImm(name, operation, bits) \
  JUMP(name, (holds<Operation::operation, bits>(DST, IMM)), step->offset)
#define HANDLERS_kJumpReg(name, operation, bits) \
  JUMP(name, (holds<Operation::operation, bits>(DST, SRC)), step->offset)
#define HANDLERS_kJumpLong(name, operation, bits) JUMP(name, true, step->imm)
// Ja always goes. may_goto goes if the rounds or the budget are used up, else it uses one round up.
#define HANDLERS_kJump(name, operation, bits)                                                     \
  JUMP(name,                                                                                      \
       Operation::operation == Operation::kJa || rounds == 0 || budget == 0 || (--rounds, false), \
       step->imm)

#define ACCESS(name, suffix, bits, write, base, ...)                                             \
  HANDLER(name##suffix, handler_of(Op::k##name, Check::k##suffix)) {                             \
    const uint64_t address = base + OFFSET;                                                      \
    if (!bounds.allow<Check::k##suffix, bits>(address, r[kFrameReg]) &&                          \
        !(Check::k##suffix == Check::kAny && in_map(*code, *context, address, bits / 8, write))) \
      goto bad_address;                                                                          \
    __VA_ARGS__;                                                                                 \
    NEXT();                                                                                      \
  }
#define ACCESSES(name, bits, write, base, ...)        \
  ACCESS(name, None, bits, write, base, __VA_ARGS__)  \
  ACCESS(name, Data, bits, write, base, __VA_ARGS__)  \
  ACCESS(name, Stack, bits, write, base, __VA_ARGS__) \
  ACCESS(name, Any, bits, write, base, __VA_ARGS__)
#define HANDLERS_kLoad(name, operation, bits) \
  ACCESSES(name, bits, false, SRC, DST = (load<Operation::operation, bits>(address)))
#define HANDLERS_kStoreImm(name, operation, bits) \
  ACCESSES(name, bits, true, DST, store<bits>(address, IMM))
#define HANDLERS_kStoreReg(name, operation, bits) \
  ACCESSES(name, bits, true, DST, store<bits>(address, SRC))

// Atomics are rare: one handler a row, which looks the check up in Step::imm.
#define ALIGNED(name, bits, write, base, ...)                                         \
  PLAIN(name, {                                                                       \
    const uint64_t address = base + OFFSET;                                           \
    const auto check = static_cast<Check>(step->imm);                                 \
    if (!bounds.allow<bits>(check, address, r[kFrameReg]) &&                          \
        !(check == Check::kAny && in_map(*code, *context, address, bits / 8, write))) \
      goto bad_address;                                                               \
    if (check != Check::kNone && address % (bits / 8) != 0) goto bad_alignment;       \
    __VA_ARGS__;                                                                      \
  })
#define HANDLERS_kLoadAcquire(name, operation, bits) \
  ALIGNED(name, bits, false, SRC, DST = load_acquire<bits>(address))
#define HANDLERS_kStoreRelease(name, operation, bits) \
  ALIGNED(name, bits, true, DST, store_release<bits>(address, SRC))
#define HANDLERS_kAtomic(name, operation, bits)                                  \
  ALIGNED(name, bits, true, DST, {                                               \
    const uint64_t old = atomic<Operation::operation, bits>(address, SRC, r[0]); \
    if (Operation::operation == Operation::kAtomicCmpxchg)                       \
      r[0] = old;                                                                \
    else if (is_fetch(Operation::operation))                                     \
      SRC = old;                                                                 \
  })

#define HANDLERS_kCall(name, operation, bits)                                              \
  HANDLER(name, handler_of(Op::k##name, Arguments::kProven)) {                             \
    helper = static_cast<uint32_t>(step->imm);                                             \
    goto call_helper;                                                                      \
  }                                                                                        \
  HANDLER(name##Checked, handler_of(Op::k##name, Arguments::kChecked)) {                   \
    const Code::CheckedCall& call = code->checked_calls[static_cast<uint32_t>(step->imm)]; \
    if (!arguments_allowed(*code, *context, bounds, call.fact, r)) goto bad_address;       \
    helper = call.helper;                                                                  \
    goto call_helper;                                                                      \
  }
#define HANDLERS_kCallTarget(name, operation, bits)              \
  HANDLER(name, handler_of(Op::k##name)) {                       \
    callee = &functions[step->imm];                              \
    goto call_function;                                          \
  }                                                              \
  HANDLER(name##Free, handler_of(Op::k##name, Payment::kFree)) { \
    callee = &functions[step->imm];                              \
    goto call_paid;                                              \
  }
#define HANDLERS_kCallReg(name, operation, bits) \
  HANDLER(name, handler_of(Op::k##name)) {       \
    goto call_register;                          \
  }
#define HANDLERS_kExit(name, operation, bits) \
  HANDLER(name, handler_of(Op::k##name)) {    \
    goto leave;                               \
  }
// Wide immediates that fit became Mov64Imm.
#define HANDLERS_kLoadImm64(name, operation, bits)                                              \
  PLAIN(name, DST = Operation::operation == Operation::kLoadMap                                 \
                        ? reinterpret_cast<uint64_t>(context->maps[step->imm])                  \
                    : Operation::operation == Operation::kLoadMapValue                          \
                        ? reinterpret_cast<uint64_t>(context->maps[constants[step->imm + 1]]) + \
                              constants[step->imm]                                              \
                        : constants[step->imm])
// Legacy packet loads. Where the bytes are not all there, the function returns 0.
#define PACKET_LOAD(name, bits, place)                \
  HANDLER(name, handler_of(Op::k##name)) {            \
    uint64_t value;                                   \
    if (!load_packet<bits>(*packet, place, &value)) { \
      r[0] = 0;                                       \
      goto leave;                                     \
    }                                                 \
    r[0] = value;                                     \
    for (int i = 1; i <= 5; ++i) r[i] = 0;            \
    NEXT();                                           \
  }
#define HANDLERS_kPacketAbs(name, operation, bits) PACKET_LOAD(name, bits, step->imm)
#define HANDLERS_kPacketInd(name, operation, bits) \
  PACKET_LOAD(name, bits,                          \
              static_cast<int32_t>(static_cast<uint32_t>(SRC) + static_cast<uint32_t>(step->imm)))
// Nothing has a meaning for these: they are traps from the start (predecode.cpp).
#define HANDLERS_kCallKfunc(name, operation, bits)

// With `table` set, gives the handlers and does nothing else: labels are known only in here.
__attribute__((noinline)) uint64_t interpret(const Code* code, ExecContext* context, void* data,
                                             uint64_t size, BranchProfile::Counts* counts,
                                             const void* const** table) {
#if WEIR_THREADED
  // The labels of a row's variants, kVariants of them, by its format.
#define LABELS_PLAIN(name) &&name, &&Unused, &&Unused, &&Unused,
#define LABELS_JUMP(name) &&name##Forward, &&name##Backward, &&Unused, &&Unused,
#define LABELS_ACCESS(name) &&name##None, &&name##Data, &&name##Stack, &&name##Any,
#define LABELS_HELPER(name) &&name, &&name##Checked, &&Unused, &&Unused,
#define LABELS_CALL(name) &&name, &&name##Free, &&Unused, &&Unused,
#define LABELS_NEVER(name) &&Unused, &&Unused, &&Unused, &&Unused,
#define LABELS_ALU(name) &&name, &&name##Copy64, &&name##Copy32, &&Unused,
#define LABELS_kAluImm LABELS_ALU
#define LABELS_kAluReg LABELS_ALU
#define LABELS_kAluUnary LABELS_ALU
#define LABELS_kLoad LABELS_ACCESS
#define LABELS_kStoreImm LABELS_ACCESS
#define LABELS_kStoreReg LABELS_ACCESS
#define LABELS_kAtomic LABELS_PLAIN
#define LABELS_kLoadAcquire LABELS_PLAIN
#define LABELS_kStoreRelease LABELS_PLAIN
#define LABELS_kJump LABELS_JUMP
#define LABELS_kJumpLong LABELS_JUMP
#define LABELS_kJumpImm LABELS_JUMP
#define LABELS_kJumpReg LABELS_JUMP
#define LABELS_kCall LABELS_HELPER
#define LABELS_kCallTarget LABELS_CALL
#define LABELS_kCallKfunc LABELS_NEVER
#define LABELS_kCallReg LABELS_PLAIN
#define LABELS_kExit LABELS_PLAIN
#define LABELS_kLoadImm64 LABELS_PLAIN
#define LABELS_kPacketAbs LABELS_PLAIN
#define LABELS_kPacketInd LABELS_PLAIN
  static const void* const kTable[kHandlers] = {
#define WEIR_OP(name, opcode, selector, value, format, operation, bits) LABELS_##format(name)
#include "frontend/isa/opcodes.def"
#undef WEIR_OP
      &&Trap};
  if (table) {
    *table = kTable;
    return 0;
  }
#else
  (void)table;
#endif

  (void)counts;
  if (code->has_packet) context->packet = static_cast<const PacketContext*>(data);
  // The frames: only what a function uses is ever touched, or zeroed.
  alignas(16) uint8_t block[kMaxNativeFrames * kFrameBytes];
  const uint64_t frames_end = reinterpret_cast<uint64_t>(block) + sizeof(block);
  const auto* const packet = code->has_packet ? static_cast<const PacketContext*>(data) : nullptr;
  if (packet) size = static_cast<uint64_t>(packet->data_end - packet->data);
  Bounds bounds = bounds_of(*code, packet, data, size, frames_end);
  if (code->follows_text) {
    context->frames = reinterpret_cast<const uint8_t*>(bounds.frames);
    context->frame_bytes = bounds.frames_size;
  }
  const Function* const functions = code->functions.data();
  const uint64_t* const constants = code->constants.data();
  Activation activations[kMaxNativeFrames];
  unsigned depth = 0, counted = 0;
  uint64_t budget = context->budget;
  uint64_t rounds = kMayGotoRounds;
  TrapCode trap;
  uint32_t helper;
  const Function* callee;

  uint64_t r[kRegisters] = {};
  r[1] = reinterpret_cast<uint64_t>(data);
  if (!packet) r[2] = size;
  r[kFrameReg] = frames_end;
  // Accesses without a region see the parts of the block that no frame has held yet: zeros.
  zero_frame(frames_end, std::max(code->open_frame_bytes, functions[0].frame_bytes));

  const Step* step = code->steps.data();
#if WEIR_THREADED
  DISPATCH();
#else
  COUNT_STEP();
dispatch:
  switch (reinterpret_cast<uint64_t>(step->handler)) {
#endif

#define WEIR_OP(name, opcode, selector, value, format, operation, bits) \
  HANDLERS_##format(name, operation, bits)
#include "frontend/isa/opcodes.def"
#undef WEIR_OP

  HANDLER(Trap, kTrapHandler) {
    trap = static_cast<TrapCode>(step->imm);
    goto stop;
  }
#if WEIR_THREADED
Unused:
  trap = TrapCode::kUnsupported;
  goto stop;
#else
    default: trap = TrapCode::kUnsupported; goto stop;
  }
#endif

call_register: {
  const uint64_t value = DST;
  const uint64_t index = value - kFunctionToken;
  if (index < code->functions.size() && functions[index].address_taken) {
    callee = &functions[index];
    goto call_function;
  }
  if (value >= kHelperSlots) {
    trap = TrapCode::kBadFunction;
    goto stop;
  }
  helper = static_cast<uint32_t>(value);
  if (code->helpers[helper] == HelperUse::kUnknown) {
    trap = TrapCode::kUnknownHelper;
    goto stop;
  }
  goto call_helper;
}

call_helper: {
  const HelperUse use = code->helpers[helper];
  const HelperFn function = context->helpers ? context->helpers[helper] : nullptr;
  if (!function) {
    trap = TrapCode::kUnknownHelper;
    goto stop;
  }
  // The helper may look at the budget, or spend some.
  context->budget = budget;
  r[0] = function(r[1], r[2], r[3], r[4], r[5], context);
  budget = context->budget;
  for (int i = 1; i <= 5; ++i) r[i] = 0;
  if (code->packet_moves) bounds = bounds_of(*code, packet, data, size, frames_end);
  if (context->after_call != AfterCall::kGoOn) {
    const AfterCall after = context->after_call;
    context->after_call = AfterCall::kGoOn;
    if (after == AfterCall::kLeave) goto leave;
    r[0] = 0;  // the trap is noted
    goto finish;
  }
  if (use == HelperUse::kUnwinds && r[0] == 0) goto finish;
  NEXT();
}

call_function:
  if (budget == 0) goto out_of_budget;
  --budget;
call_paid:
  if (callee->counts && counted + 1 == kMaxCallFrames) {
    trap = TrapCode::kCallDepth;
    goto stop;
  }
  {
    Activation& caller = activations[depth++];
    caller.call = step;
    caller.rounds = rounds;
    caller.counted = counted;
    if (callee->counts) ++counted;
    for (int i = 0; i < 4; ++i) {
      caller.saved[i] = r[6 + i];
      r[6 + i] = 0;
    }
  }
  r[0] = 0;
  r[kFrameReg] -= kFrameBytes;
  rounds = kMayGotoRounds;
  zero_frame(r[kFrameReg], callee->frame_bytes);
  step = code->steps.data() + callee->first;
  DISPATCH();

leave:
  if (depth == 0) goto finish;
  {
    const Activation& caller = activations[--depth];
    step = caller.call;
    rounds = caller.rounds;
    counted = caller.counted;
    for (int i = 0; i < 4; ++i) r[6 + i] = caller.saved[i];
  }
  for (int i = 1; i <= 5; ++i) r[i] = 0;
  r[kFrameReg] += kFrameBytes;
  NEXT();

finish:
  context->budget = budget;
  if (code->takes_things && context->held != 0) context->release(context);
  return r[0];

bad_address:
  trap = TrapCode::kAccess;
  goto stop;
bad_alignment:
  trap = TrapCode::kAlignment;
  goto stop;
out_of_budget:
  trap = TrapCode::kBudget;
stop:
  context->budget = budget;
  context->trap_code = trap;
  context->trap_insn = static_cast<uint32_t>(step - code->steps.data());
  if (code->takes_things && context->held != 0) context->release(context);
  return 0;
}

}  // namespace

#ifdef WEIR_INTERP_COUNTED
#define HANDLERS handlers_counted
#else
#define HANDLERS handlers
#endif

const void* const* HANDLERS() {
#if WEIR_THREADED
  static const void* const* const table = [] {
    const void* const* found = nullptr;
    (void)interpret(nullptr, nullptr, nullptr, 0, nullptr, &found);
    return found;
  }();
  return table;
#else
  static const auto table = [] {
    std::array<const void*, kHandlers> numbers;
    for (unsigned i = 0; i < kHandlers; ++i)
      numbers[i] = reinterpret_cast<const void*>(uint64_t{i});
    return numbers;
  }();
  return table.data();
#endif
}

#ifdef WEIR_INTERP_COUNTED
uint64_t execute_counted(const Code& code, ExecContext* context, void* data, uint64_t size,
                         BranchProfile& profile) {
  ++profile.program_runs;
  return interpret(&code, context, data, size, profile.insns.data(), nullptr);
}
#else
uint64_t execute(const Code& code, ExecContext* context, void* data, uint64_t size) {
  return interpret(&code, context, data, size, nullptr, nullptr);
}
#endif

}  // namespace weir::interp
