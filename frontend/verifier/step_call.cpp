// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/verifier/step_call.h"

#include <linux/bpf.h>

#include <algorithm>

#include <fmt/format.h>

#include "frontend/support/text.h"
#include "frontend/verifier/explain.h"
#include "frontend/verifier/map_rules.h"
#include "runtime/abi/socket.h"

namespace weir {

namespace {

using Kind = Value::Kind;
using Base = Value::Base;

// Sizes beyond this are checked at run time.
constexpr uint64_t kMaxArgumentBytes = 1u << 29;

bool is_memory(HelperArgument argument) {
  switch (argument) {
    case HelperArgument::kMapKey:
    case HelperArgument::kMapValue:
    case HelperArgument::kMapValueOut:
    case HelperArgument::kMemory:
    case HelperArgument::kMemoryOut:
    case HelperArgument::kMemoryOrNull:
    case HelperArgument::kMemoryOutOrNull:
    case HelperArgument::kMemoryBefore:
    case HelperArgument::kIntOut:
    case HelperArgument::kLongOut:
    case HelperArgument::kMapKeyOut:
    case HelperArgument::kMapCursor: return true;
    default: return false;
  }
}

bool writes(HelperArgument argument) {
  return argument == HelperArgument::kMapValueOut || argument == HelperArgument::kMemoryOut ||
         argument == HelperArgument::kMemoryOutOrNull || argument == HelperArgument::kIntOut ||
         argument == HelperArgument::kLongOut || argument == HelperArgument::kMapKeyOut ||
         argument == HelperArgument::kMapCursor;
}

bool takes_size(HelperArgument argument) {
  return argument == HelperArgument::kMemory || argument == HelperArgument::kMemoryOut ||
         argument == HelperArgument::kMemoryOrNull || argument == HelperArgument::kMemoryOutOrNull;
}

// The definition of a map that a register holds; null if the file does not say what the inner maps
// of a map of maps are like.
const MapDef* map_of(const Value& v, const Program& program) {
  const MapDef& map = program.maps[v.object];
  if (!v.inner) return &map;
  return map.inner.empty() ? nullptr : &map.inner.front();
}

// Whether a string starts there and ends, in bytes that never change.
bool is_constant_string(const Value& v, const Program& program) {
  if (!v.is_pointer_to(Base::kMapValue) || v.or_null || !v.fixed() || v.record != 0 ||
      v.dynptr != 0)
    return false;
  const MapDef& map = program.maps[v.object];
  if (!map.read_only || v.offset < 0) return false;
  if (v.offset >= static_cast<int64_t>(map.value_size)) return false;
  if (map.initial.empty()) return true;  // all zeros
  return std::find(map.initial.begin() + v.offset, map.initial.end(), 0) != map.initial.end();
}

bool is_spin_lock(const Value& v, const MapDef* map) {
  return map && v.is_pointer_to(Base::kMapValue) && !v.or_null && v.fixed() && v.record == 0 &&
         v.dynptr == 0 && map->spin_lock_offset && v.offset == int64_t{*map->spin_lock_offset};
}

bool is_record(const Value& v) {
  return v.is_pointer_to(Base::kMapValue) && v.record != 0 && !v.or_null && v.fixed() &&
         v.offset == 0;
}

bool is_socket(const Value& v) {
  return v.is_pointer_to(Base::kSocket) && !v.or_null && v.fixed() && v.offset == 0;
}

bool is_null(const Value& v) {
  return v.is_scalar() && v.range.is_constant() && v.range.constant_value() == 0;
}

bool is_dynptr_argument(HelperArgument argument) {
  return argument == HelperArgument::kDynptr || argument == HelperArgument::kRingbufDynptr ||
         argument == HelperArgument::kDynptrOut || argument == HelperArgument::kRingbufDynptrOut;
}

// Room for a dynptr in a frame: aligned, and at a place that is known.
bool is_dynptr_place(const Value& v) {
  return v.is_pointer_to(Base::kStack) && v.fixed() && v.extent == 0 && v.offset % 8 == 0 &&
         v.offset >= -int64_t{kFrameBytes} && v.offset <= -int64_t{kDynptrBytes};
}

// The first half of the dynptr that a register points to, or null.
const Value* dynptr_at(const AbstractState& state, const Value& v) {
  if (!is_dynptr_place(v)) return nullptr;
  const auto& slots = state.frames[v.frame].slots;
  const auto first = slots.find(static_cast<int32_t>(v.offset));
  const auto second = slots.find(static_cast<int32_t>(v.offset) + 8);
  if (first == slots.end() || second == slots.end()) return nullptr;
  const Value &a = first->second.value, &b = second->second.value;
  const bool whole =
      a.is_dynptr() && b.is_dynptr() && a.dynptr == b.dynptr && a.offset == 0 && b.offset == 8;
  return whole ? &a : nullptr;
}

bool is_dynptr_right(const AbstractState& state, const Value& v, HelperArgument wanted) {
  const Value* const there = dynptr_at(state, v);
  switch (wanted) {
    case HelperArgument::kDynptr: return there != nullptr;
    case HelperArgument::kRingbufDynptr: return there != nullptr && there->record != 0;
    default: break;
  }
  if (!is_dynptr_place(v)) return false;
  // The kernel lets nobody lose one that was reserved; else it is given back in the end.
  for (int64_t at = v.offset; state.strict && at < v.offset + int64_t{kDynptrBytes}; at += 8) {
    const Slot* const half = dynptr_within(state, v.frame, at, at + 8);
    if (half && half->value.record != 0) return false;
  }
  return true;
}

// Of what lies in a frame there, for messages; nothing if the kernel lets helpers touch it.
bool covers_dynptr(const AbstractState& state, const Value& v, uint64_t size) {
  if (!state.strict || !v.is_pointer_to(Base::kStack) || size == 0) return false;
  const int64_t low = v.offset + (v.fixed() ? 0 : v.range.smin);
  const int64_t high = v.offset + (v.fixed() ? 0 : v.range.smax) + static_cast<int64_t>(size);
  return dynptr_within(state, v.frame, low, high) != nullptr;
}

bool is_function(const Value& v, const Program& program) {
  return v.is_scalar() && v.range.is_constant() &&
         v.range.constant_value() - kFunctionToken < program.subprograms.size();
}

std::string text_of(const Value& v, const Program& program) {
  if (v.kind == Kind::kUninit) return "nothing (it was never written)";
  if (v.is_scalar()) {
    return v.range.is_constant() ? fmt::format("the number {}", v.range.constant_value())
                                 : "a number";
  }
  switch (v.base) {
    case Base::kData: return "a pointer into the packet";
    case Base::kDataEnd: return "the end of the packet";
    case Base::kStack: return "a pointer to the stack";
    case Base::kContext: return v.fixed() && v.offset == 0 ? "the context" : "a moved context";
    case Base::kMeta: return "a pointer to the meta data";
    case Base::kMap:
      return v.inner ? fmt::format("a map{} of the map '{}'", v.or_null ? ", or null," : "",
                                   printable(program.maps[v.object].name))
                     : fmt::format("the map '{}'", printable(program.maps[v.object].name));
    case Base::kMapValue:
      return fmt::format("a {}{} of the map '{}'", v.record != 0 ? "record" : "value",
                         v.or_null ? ", or null," : "", printable(program.maps[v.object].name));
    case Base::kSocket: return v.or_null ? "a socket, or null" : "a socket";
  }
  return "a pointer";
}

// The lookup of a constant index that the array has: never null, which is what the kernel counts on
// since Linux 6.15.
bool names_entry(const AbstractState& state, const Program& program, const HelperInfo& helper,
                 const PathCall& call) {
  if (helper.number != BPF_FUNC_map_lookup_elem || helper.set != HelperSet::kKernel ||
      !call.fact.map)
    return false;
  const MapDef& map = program.maps[*call.fact.map];
  if (map.type != BPF_MAP_TYPE_ARRAY && map.type != BPF_MAP_TYPE_PERCPU_ARRAY) return false;
  const Value& key = state.top().regs[2];
  if (!key.is_pointer_to(Base::kStack) || !key.fixed() || map.key_size != 4) return false;
  const Frame& frame = state.frames[key.frame];
  const auto slot = frame.slots.find(static_cast<int32_t>(key.offset));
  if (slot == frame.slots.end() || slot->second.size < 4 || !slot->second.value.is_scalar() ||
      !slot->second.value.range.is_constant())
    return false;
  return static_cast<uint32_t>(slot->second.value.range.constant_value()) < map.max_entries;
}

}  // namespace

std::optional<std::string> wrong_map(const MapDef& map, const HelperInfo& helper) {
  if (helper.set != HelperSet::kKernel || helper_takes_map(helper.number, map.type))
    return std::nullopt;
  return fmt::format("the map '{}' of a type ({}) that {} does not take", printable(map.name),
                     map.type, helper.name);
}

void describe_argument(const HelperInfo& helper, unsigned index, const MapDef* map,
                       CallFact& fact) {
  const HelperArgument wanted = helper.arguments[index];
  if (!is_memory(wanted)) return;
  CallFact::Argument& argument = fact.arguments[index];
  argument.memory = true;
  argument.write = writes(wanted);
  argument.null_ok =
      wanted == HelperArgument::kMemoryOrNull || wanted == HelperArgument::kMemoryOutOrNull;
  if (takes_size(wanted)) {
    argument.size_reg = static_cast<uint8_t>(index + 2);
    argument.size_proven = helper.arguments[index + 1] == HelperArgument::kSizeOrZero;
    return;
  }
  if (wanted == HelperArgument::kMemoryBefore) {
    argument.size_reg = static_cast<uint8_t>(index);
    argument.size_proven = helper.arguments[index - 1] == HelperArgument::kSizeOrZero;
    argument.faults = true;
    return;
  }
  argument.size_proven = true;
  if (wanted == HelperArgument::kIntOut) argument.size = 4;
  if (wanted == HelperArgument::kLongOut) argument.size = 8;
  if (wanted == HelperArgument::kMapCursor) argument.size = kMapCursorBytes;
  if (map == nullptr) return;
  if (wanted == HelperArgument::kMapKey || wanted == HelperArgument::kMapKeyOut)
    argument.size = map->key_size;
  if (wanted == HelperArgument::kMapValue || wanted == HelperArgument::kMapValueOut)
    argument.size = map->value_size;
}

PathCall look_at_call(const AbstractState& state, const Program& program,
                      const HelperInfo& helper) {
  PathCall call;
  const Frame& frame = state.top();
  for (unsigned i = 0; i < helper.argument_count; ++i) {
    const unsigned reg = i + 1;
    const Value& v = frame.regs[reg];
    const HelperArgument wanted = helper.arguments[i];
    auto wrong = [&] {
      if (!call.mistake) {
        call.mistake = PathCall::Mistake{static_cast<uint8_t>(reg), text_of(v, program),
                                         std::string(helper_argument_text(wanted))};
      }
    };
    if (wanted == HelperArgument::kMap) {
      call.map = v.is_pointer_to(Base::kMap) && !v.or_null ? map_of(v, program) : nullptr;
      if (call.map == nullptr) {
        wrong();
        return call;  // nothing else can be said
      }
      if (auto what = wrong_map(*call.map, helper)) {
        wrong();
        call.mistake->known = std::move(*what);
        return call;
      }
      if (!v.inner) call.fact.map = v.object;
      continue;
    }
    if (wanted == HelperArgument::kString && !is_constant_string(v, program)) wrong();
    if (wanted == HelperArgument::kSpinLock &&
        !(v.is_pointer_to(Base::kMapValue) && is_spin_lock(v, map_of(v, program)))) {
      wrong();
    }
    if (wanted == HelperArgument::kFunction && !is_function(v, program)) wrong();
    if (state.strict && wanted == HelperArgument::kStackOrNull && !v.is_pointer_to(Base::kStack) &&
        !is_null(v)) {
      wrong();
    }
    // What the run checks under the other policies.
    if (state.strict && wanted == HelperArgument::kRecord && !is_record(v)) wrong();
    if (state.strict && wanted == HelperArgument::kSocket && !is_socket(v)) wrong();
    if (state.strict && wanted == HelperArgument::kRecordSize &&
        !(v.is_scalar() && v.range.is_constant())) {
      wrong();
    }
    const bool is_context = v.is_pointer_to(Base::kContext) && v.fixed() && v.offset == 0;
    if (state.strict && wanted == HelperArgument::kContextOrNull && !is_context && !is_null(v))
      wrong();
    if (is_dynptr_argument(wanted)) {
      if (!is_dynptr_right(state, v, wanted)) {
        wrong();
      } else {
        call.reach[i] = {v.frame, static_cast<int32_t>(v.offset),
                         static_cast<int32_t>(v.offset) + int32_t{kDynptrBytes}};
      }
      continue;
    }
    if (wanted == HelperArgument::kDynptrMemory) {
      const Value& size = frame.regs[reg + 1];
      const bool inside = v.is_pointer_to(Base::kMapValue) && v.record == 0 && v.dynptr == 0 &&
                          !v.read_only && size.is_scalar() &&
                          size.range.umax <= kMaxArgumentBytes &&
                          proven_inside(state, v, static_cast<int64_t>(size.range.umax));
      if (!inside) wrong();
      continue;
    }
    if (wanted == HelperArgument::kContext) {
      if (!is_context) wrong();
      continue;
    }
    if (!is_memory(wanted)) continue;

    describe_argument(helper, i, call.map, call.fact);
    CallFact::Argument& argument = call.fact.arguments[i];
    uint64_t most = argument.size;  // bytes; more than kMaxArgumentBytes: not known
    if (argument.size_reg != 0) {
      const Value& size = frame.regs[argument.size_reg];
      const ScalarRange range = size.is_scalar()             ? size.range
                                : size.kind == Kind::kUninit ? ScalarRange::constant(0)
                                                             : ScalarRange::any();
      most = range.umax;
      argument.size_proven |= range.umin >= 1;
    }
    if (is_null(v) && argument.null_ok && most == 0) {
      argument.proven = true;
      continue;
    }
    if (most > kMaxArgumentBytes || !v.is_pointer() || v.or_null) continue;
    if (covers_dynptr(state, v, most)) {
      wrong();
      call.mistake->known = "the address of bytes in which a dynptr lies";
    }
    argument.proven = most == 0 || proven_inside(state, v, static_cast<int64_t>(most));
    if (argument.write && v.read_only) argument.proven = false;
    // The context, maps and sockets are no bytes.
    if (v.base == Base::kContext || v.base == Base::kMap || v.base == Base::kSocket)
      argument.proven = false;
    if (v.base == Base::kStack && argument.proven && most != 0) {
      const int64_t low = v.fixed() ? v.offset : v.range.smin + v.offset;
      const int64_t high = (v.fixed() ? v.offset : v.range.smax + v.offset) + int64_t(most);
      call.reach[i] = {v.frame, static_cast<int32_t>(low), static_cast<int32_t>(high)};
    }
  }
  return call;
}

void refuse_callback(PathCall& call) {
  if (call.mistake) return;
  if (call.map && call.map->key_size > kMaxWalkedKey) {
    call.mistake = {1, fmt::format("a map with keys of {} bytes", call.map->key_size),
                    fmt::format("a map with keys of at most {} bytes", kMaxWalkedKey)};
    return;
  }
  call.mistake = {2, "the address of a function that came through memory, arithmetic or a call",
                  "a function of the program, loaded where it is handed over"};
}

Error wrong_argument(const Program& program, uint32_t insn, const HelperInfo& helper,
                     const PathCall::Mistake& mistake) {
  const std::string from = comes_from(program, insn, mistake.reg);
  return Error(
             ErrorCode::kProgramRejected,
             fmt::format("r{} is {}, but argument {} of {} is {}{}{}", mistake.reg, mistake.known,
                         mistake.reg, helper.name, mistake.wanted, from.empty() ? "" : "; ", from))
      .with_hint(hint_argument(mistake.reg, mistake.wanted))
      .at(program.locate(insn));
}

namespace {

// What a map gives to a lookup.
Value looked_up(const Value& map, const PathCall& call, const StepContext& c) {
  Value v = Value::scalar(ScalarRange::any());
  switch (call.map->type) {
    case BPF_MAP_TYPE_XSKMAP:
    case BPF_MAP_TYPE_SOCKMAP:
    case BPF_MAP_TYPE_SOCKHASH: return v;  // there or not: no memory
    case BPF_MAP_TYPE_ARRAY_OF_MAPS:
    case BPF_MAP_TYPE_HASH_OF_MAPS:
      if (map.inner || call.map->inner.empty()) return v;
      v = Value::pointer(Base::kMap, 0);
      v.inner = true;
      break;
    case BPF_MAP_TYPE_DEVMAP:
    case BPF_MAP_TYPE_DEVMAP_HASH:
      v = Value::pointer(Base::kMapValue, 0);
      v.read_only = true;
      break;
    default:
      v = Value::pointer(Base::kMapValue, 0);
      v.read_only = (call.map->flags & BPF_F_RDONLY_PROG) != 0;
  }
  v.object = map.object;
  if (v.base == Base::kMapValue) {
    v.extent = call.map->value_size;
    v.lock_end = lock_end(*call.map);
  }
  v.or_null = true;
  v.null_id = ++*c.ids;
  return v;
}

// The program may use as many bytes as it asked for: all, if the number is a constant; else none is
// proven.
uint32_t extent_of(const Value& size) {
  const bool known = size.is_scalar() && size.range.is_constant();
  return known && size.range.constant_value() <= INT32_MAX
             ? static_cast<uint32_t>(size.range.constant_value())
             : 0;
}

// A part of a dynptr's bytes.
Value slice(const Value& dynptr, const Value& size, const StepContext& c) {
  Value v = Value::pointer(Base::kMapValue, 0);
  v.object = dynptr.object;
  v.extent = extent_of(size);
  v.dynptr = dynptr.dynptr;
  v.or_null = true;
  v.null_id = ++*c.ids;
  return v;
}

// A new dynptr where `place` points to. It must be given back also if reserving failed.
void set_up_dynptr(AbstractState& state, uint32_t insn, const Value& place, uint32_t map,
                   bool reserved, const StepContext& c) {
  const auto at = static_cast<int32_t>(place.offset);
  end_dynptrs(state, place.frame, at, at + int64_t{kDynptrBytes});
  Frame& frame = state.frames[place.frame];
  frame.slots.remove_if([&](const auto& entry) {
    const bool overlaps = entry.first < at + static_cast<int32_t>(kDynptrBytes) &&
                          at < entry.first + entry.second.size;
    if (overlaps) *c.lost_stack |= entry.second.value.is_pointer_to(Base::kStack);
    return overlaps;
  });
  const uint32_t id = ++*c.ids;
  frame.slots[at] = {.value = Value::half_of_dynptr(id, map, reserved, false)};
  frame.slots[at + 8] = {.value = Value::half_of_dynptr(id, map, reserved, true)};
  if (reserved && state.strict) state.reserved.push_back({id, insn, false});
}

// A record of `size` bytes; of a size that is not known, no byte of which is proven.
Value reserved(AbstractState& state, uint32_t insn, const Value& map, const Value& size,
               const StepContext& c) {
  Value v = Value::pointer(Base::kMapValue, 0);
  v.object = map.object;
  v.inner = false;
  v.extent = extent_of(size);
  v.or_null = true;
  v.null_id = v.record = ++*c.ids;
  if (state.strict) state.reserved.push_back({v.record, insn, false});
  return v;
}

SocketKind socket_kind(HelperResult result) {
  switch (result) {
    case HelperResult::kSockCommonOrNull: return SocketKind::kCommon;
    case HelperResult::kTcpSocketOrNull: return SocketKind::kTcp;
    default: return SocketKind::kFull;
  }
}

// A socket that was found, or the one in `first` seen as another kind, which lives as long.
Value socket_of(AbstractState& state, uint32_t insn, const HelperInfo& helper, const Value& first,
                const StepContext& c) {
  const bool found = finds_socket(helper);
  // Of one that is not known nobody can tell how long it lives.
  if (!found && !is_socket(first)) return Value::scalar(ScalarRange::any());
  Value v = Value::pointer(Base::kSocket, 0);
  const SocketKind kind = socket_kind(helper.result);
  v.object = static_cast<uint32_t>(kind);
  v.extent = socket_bytes(kind);
  v.read_only = true;
  v.or_null = true;
  v.null_id = ++*c.ids;
  v.derived = !found;
  v.record = found ? v.null_id : first.record;
  if (found && state.strict) state.reserved.push_back({v.record, insn, true});
  return v;
}

}  // namespace

void apply_call(AbstractState& state, const Program& program, uint32_t insn,
                const HelperInfo& helper, const PathCall& call, const StepContext& c) {
  for (unsigned i = 0; i < helper.argument_count; ++i) {
    const Value& v = state.top().regs[i + 1];
    const CallFact::Argument& argument = call.fact.arguments[i];
    if (is_dynptr_argument(helper.arguments[i])) continue;
    if (!argument.memory) {
      *c.lost_stack |= v.is_pointer_to(Base::kStack);
      continue;
    }
    if (!v.is_pointer_to(Base::kStack)) {
      // A number may be the address of a frame if frames escape.
      if (argument.write && !v.is_pointer() && c.escapes) forget_memory(state, c);
      continue;
    }
    *c.lost_stack |= !argument.proven;
    const Value& size = argument.size_reg ? state.top().regs[argument.size_reg] : v;
    const int64_t most = argument.size_reg
                             ? static_cast<int64_t>(std::min<uint64_t>(
                                   size.is_scalar() ? size.range.umax : UINT64_MAX, kFrameBytes))
                             : int64_t{argument.size};
    const bool exact = argument.proven && v.fixed();
    if (argument.write) {
      end_dynptrs(state, v.frame, exact ? v.offset : -int64_t{kFrameBytes},
                  exact ? v.offset + most : 0);
    }
    Frame& frame = state.frames[v.frame];
    for (auto it = frame.slots.begin(); it != frame.slots.end();) {
      const bool overlaps =
          !exact || (it->first < v.offset + most && v.offset < it->first + it->second.size);
      if (!overlaps) {
        ++it;
        continue;
      }
      // What a helper reads of a frame's address goes where nobody follows it.
      *c.lost_stack |= it->second.value.is_pointer_to(Base::kStack);
      it = argument.write ? frame.slots.erase(it) : std::next(it);
    }
    if (argument.write && c.escapes && !argument.proven) forget_memory(state, c);
  }
  const bool has_entry = state.strict && names_entry(state, program, helper, call);
  const std::array<Value, kRegisters> before = state.top().regs;
  const Value &first = before[1], &second = before[2];
  switch (helper.effect) {
    case HelperEffect::kMovesPacket: forget_packet(state); break;
    case HelperEffect::kReleases: {
      const Value* const dynptr =
          is_dynptr_argument(helper.arguments[0]) ? dynptr_at(state, first) : nullptr;
      const bool known = is_record(first) || is_socket(first);
      forget_record(state, dynptr ? dynptr->record : known ? first.record : 0);
      break;
    }
    case HelperEffect::kLocks: state.locked = true; break;
    case HelperEffect::kUnlocks: state.locked = false; break;
    default: break;
  }
  for (unsigned i = 0; i < helper.argument_count; ++i) {
    if (helper.arguments[i] == HelperArgument::kDynptrOut)
      set_up_dynptr(state, insn, before[i + 1], first.object, false, c);
    if (helper.arguments[i] == HelperArgument::kRingbufDynptrOut)
      set_up_dynptr(state, insn, before[i + 1], first.object, true, c);
  }
  for (int r = 1; r <= 5; ++r) state.top().regs[r] = Value();
  Value& r0 = state.top().regs[0];
  r0 = Value::scalar(ScalarRange::any());
  if (helper.result == HelperResult::kVoid) r0 = Value();
  if (helper.result == HelperResult::kSliceOrNull)
    r0 = slice(*dynptr_at(state, first), before[3], c);
  if (gives_socket(helper)) r0 = socket_of(state, insn, helper, first, c);
  if (call.map == nullptr) return;
  if (helper.result == HelperResult::kMapValueOrNull) {
    r0 = looked_up(first, call, c);
    if (has_entry) r0.or_null = false, r0.null_id = 0;
  }
  if (helper.result == HelperResult::kRecordOrNull) r0 = reserved(state, insn, first, second, c);
}

void hand_over(Frame& frame, const Program& program, const CallbackSite& site, const Value& map,
               bool strict) {
  if (strict) {
    for (int r = site.argument_count + 1; r <= 5; ++r) frame.regs[r] = Value();
  }
  Value& key = frame.regs[2];
  if (site.helper->number != BPF_FUNC_for_each_map_elem || !map.is_pointer_to(Base::kMap) ||
      !key.is_pointer_to(Base::kStack)) {
    return;
  }
  const MapDef* def = map_of(map, program);
  if (!def) return;
  key.read_only = true;
  key.object = static_cast<uint32_t>(static_cast<int32_t>(key.offset));
  key.extent = def->key_size;
}

}  // namespace weir
