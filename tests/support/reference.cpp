// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tests/support/reference.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "runtime/abi/helpers.h"
#include "runtime/engine/helper_table.h"
#include "runtime/maps/map_handle.h"
#include "runtime/maps/map_in_map.h"
#include "runtime/maps/map_ops.h"

namespace weir::test {

namespace {

// `value` cut to its lowest `bits`, as a signed number.
int64_t as_signed(uint64_t value, unsigned bits) {
  return static_cast<int64_t>(value << (64 - bits)) >> (64 - bits);
}
uint64_t cut(uint64_t value, unsigned bits) {
  return value << (64 - bits) >> (64 - bits);
}

uint64_t reverse(uint64_t value, unsigned bits) {
  uint64_t out = 0;
  for (unsigned i = 0; i < bits; i += 8) out = out << 8 | (value >> i & 0xff);
  return out;
}

uint64_t divide(Operation operation, uint64_t a, uint64_t b, unsigned bits) {
  const bool modulo = operation == Operation::kMod || operation == Operation::kSmod;
  if (b == 0) return modulo ? a : 0;
  if (operation == Operation::kDiv) return a / b;
  if (operation == Operation::kMod) return a % b;
  const int64_t x = as_signed(a, bits), y = as_signed(b, bits);
  if (y == -1) return modulo ? 0 : uint64_t{0} - a;
  return static_cast<uint64_t>(modulo ? x % y : x / y);
}

// A whole register from two whole registers (or a register and an immediate).
uint64_t alu(const OpInfo& op, uint64_t dst, uint64_t src) {
  switch (op.operation) {
    case Operation::kMovsx64: return static_cast<uint64_t>(as_signed(src, op.bits));
    case Operation::kMovsx32: return cut(static_cast<uint64_t>(as_signed(src, op.bits)), 32);
    case Operation::kToLe: return cut(dst, op.bits);
    case Operation::kToBe:
    case Operation::kBswap: return reverse(dst, op.bits);
    default: break;
  }
  const unsigned bits = op.bits, count = src & (bits - 1);
  const uint64_t a = cut(dst, bits), b = cut(src, bits);
  uint64_t result = 0;
  switch (op.operation) {
    case Operation::kAdd: result = a + b; break;
    case Operation::kSub: result = a - b; break;
    case Operation::kMul: result = a * b; break;
    case Operation::kOr: result = a | b; break;
    case Operation::kAnd: result = a & b; break;
    case Operation::kXor: result = a ^ b; break;
    case Operation::kMov: result = b; break;
    case Operation::kNeg: result = uint64_t{0} - a; break;
    case Operation::kLsh: result = a << count; break;
    case Operation::kRsh: result = a >> count; break;
    case Operation::kArsh: result = static_cast<uint64_t>(as_signed(a, bits) >> count); break;
    default: result = divide(op.operation, a, b, bits); break;
  }
  return cut(result, bits);
}

bool holds(const OpInfo& op, uint64_t dst, uint64_t src) {
  const uint64_t a = cut(dst, op.bits), b = cut(src, op.bits);
  const int64_t x = as_signed(a, op.bits), y = as_signed(b, op.bits);
  switch (op.operation) {
    case Operation::kJeq: return a == b;
    case Operation::kJne: return a != b;
    case Operation::kJgt: return a > b;
    case Operation::kJge: return a >= b;
    case Operation::kJlt: return a < b;
    case Operation::kJle: return a <= b;
    case Operation::kJset: return (a & b) != 0;
    case Operation::kJsgt: return x > y;
    case Operation::kJsge: return x >= y;
    case Operation::kJslt: return x < y;
    case Operation::kJsle: return x <= y;
    default: return true;
  }
}

class Machine {
 public:
  // `packet`: of kPacket hook kinds, else null.
  Machine(const VerifiedProgram& verified, const RunInput& input, uint8_t* data,
          PacketContext* packet, const MapSet& maps)
      : program_(verified.program()),
        facts_(verified.facts()),
        options_(verified.options()),
        input_(input),
        packet_(packet),
        data_(reinterpret_cast<uint64_t>(packet ? packet->data : data)),
        size_(input.memory.size() - (packet ? input.meta : 0)),
        maps_(maps),
        budget_(input.budget),
        block_(kMaxNativeFrames * kFrameBytes / sizeof(Chunk)),
        taken_(program_.insns.size()) {
    top_ = reinterpret_cast<uint64_t>(block_.data()) + kMaxNativeFrames * kFrameBytes;
    r_[1] = packet ? reinterpret_cast<uint64_t>(packet) : data_;
    if (!packet) r_[2] = size_;
    maps.attach(run_);
    run_.packet = packet;
    if (facts_.stack_escapes) {
      run_.frame_bytes = uint64_t{facts_.max_frames} * kFrameBytes;
      run_.frames = reinterpret_cast<const uint8_t*>(top_ - run_.frame_bytes);
    }
    r_[kFrameReg] = top_;
  }

  void run() {
    while (!ended_) step();
    if (run_.held != 0) run_.release(&run_);
    for (const LoopFact& loop : facts_.loops) {
      at_ = loop.insn;
      if (loop.bounded && taken_[at_] > loop.rounds + loop.rounds_per_byte * input_.memory.size()) {
        disprove(fmt::format("taken {} times, said to be taken {} times, and {} for each byte",
                             taken_[at_], loop.rounds, loop.rounds_per_byte));
      }
    }
  }
  uint64_t r0() const { return trap_ ? 0 : r_[0]; }
  Trap trap() const { return trap_; }
  uint64_t budget() const { return budget_; }
  std::vector<std::string> disproved;

 private:
  struct alignas(16) Chunk {
    uint8_t bytes[16] = {};
  };
  struct Caller {
    uint32_t insn;
    uint64_t saved[4];
    uint64_t rounds;
    size_t counted;
  };

  void stop(TrapCode code) {
    trap_ = {code, at_};
    ended_ = true;
  }
  void disprove(std::string what) {
    disproved.push_back(fmt::format("instruction {}: {}", at_, what));
    ended_ = true;
  }

  void check_facts() {
    const InsnFacts& facts = facts_.insns[at_];
    if (!facts.reached) return disprove("said to be reached by no path");
    for (unsigned reg = 0; reg < kRegisters; ++reg) {
      const RegFact& fact = facts.before[reg];
      const auto value = static_cast<uint64_t>(fact.value);
      uint64_t base = 0;
      if (fact.is_pointer_to(Region::kData)) base = data_;
      if (fact.is_pointer_to(Region::kStack)) base = r_[kFrameReg];
      if (fact.is_pointer_to(Region::kContext)) base = reinterpret_cast<uint64_t>(packet_);
      if (fact.is_pointer_to(Region::kMeta)) base = reinterpret_cast<uint64_t>(packet_->data_meta);
      const bool based = fact.is_pointer() && base != 0;
      const bool number = fact.kind == RegFact::Kind::kScalar;
      if ((based || number) && fact.known && r_[reg] != base + value) {
        return disprove(fmt::format("r{} is {:#x}, said to be {}{:+}", reg, r_[reg],
                                    number ? "" : region_name(fact.region), fact.value));
      }
      if (number && fact.fits32 && r_[reg] > UINT32_MAX) {
        return disprove(fmt::format("r{} is {:#x}, said to fit 32 bits", reg, r_[reg]));
      }
    }
  }

  static bool inside(uint64_t address, uint64_t n, uint64_t from, uint64_t size) {
    const uint64_t offset = address - from;
    return offset <= size && n <= size - offset;
  }

  // True if the access may be made.
  bool access(uint64_t address, unsigned n, bool aligned) {
    const AccessFact& fact = facts_.insns[at_].access;
    const uint64_t frame = r_[kFrameReg] - kFrameBytes;
    const uint64_t frames = uint64_t{facts_.max_frames} * kFrameBytes;
    const bool in_data = inside(address, n, data_, size_);
    const Format format = program_.insns[at_].info().format;
    const bool write = format != Format::kLoad && format != Format::kLoadAcquire;
    const uint64_t meta = this->meta();
    const bool in_any =
        inside(address, n, meta, data_ + size_ - meta) || run_.holds(&run_, address, n, write);
    const bool in_frame = inside(address, n, frame, kFrameBytes);
    const bool in_block = facts_.stack_escapes && inside(address, n, top_ - frames, frames);
    const bool in_region = fact.region == Region::kData    ? in_data
                           : fact.region == Region::kStack ? in_frame
                                                           : in_any || in_block;
    if (fact.fixed && (fact.region == Region::kData || fact.region == Region::kStack)) {
      const uint64_t base = fact.region == Region::kData ? data_ : r_[kFrameReg];
      if (address != base + static_cast<uint64_t>(fact.offset)) {
        disprove(fmt::format("an access said to be at {}{:+} is at {:+}", region_name(fact.region),
                             fact.offset, static_cast<int64_t>(address - base)));
        return false;
      }
    }
    const bool misaligned = aligned && address % n != 0;
    if (fact.proven) {
      // Without a region it may be proven to be here or there, in the frame of a caller too.
      const bool in_frames = inside(address, n, frame, top_ - frame);
      const bool one_region = fact.region == Region::kData || fact.region == Region::kStack;
      const bool in_place = one_region                     ? in_region
                            : fact.region == Region::kMeta ? inside(address, n, meta, data_ - meta)
                                                           : in_any || in_frames;
      if (!in_place) disprove("an access said to be proven is outside its region");
      if (misaligned) disprove("an atomic said to be proven is not aligned");
      return !ended_;
    }
    if (options_.policy == Policy::kTrusted) return true;
    if (!in_region) {
      stop(TrapCode::kAccess);
    } else if (misaligned) {
      stop(TrapCode::kAlignment);
    }
    return !ended_;
  }

  // Where an access to the context lands, or 0 after a trap. *bits becomes the native width.
  uint64_t field(uint64_t address, unsigned* bits, bool write) {
    const AccessFact& fact = facts_.insns[at_].access;
    const auto offset = static_cast<int64_t>(address - reinterpret_cast<uint64_t>(packet_));
    const auto field = find_field(options_.context, offset, *bits / 8, write);
    if (!fact.proven || !field) {
      if (fact.proven) disprove(fmt::format("no field at {} of the context", offset));
      stop(TrapCode::kAccess);
      return 0;
    }
    *bits = field->native_size * 8u;
    return reinterpret_cast<uint64_t>(packet_) + field->native_offset;
  }

  void packet_load(const Instruction& insn) {
    int64_t offset = static_cast<int32_t>(insn.imm);
    if (insn.info().format == Format::kPacketInd) {
      offset = as_signed(r_[insn.src] + static_cast<uint64_t>(insn.imm), 32);
    }
    const uint8_t* base = packet_->data;
    if (offset < 0) {
      base = offset >= -0x100000 ? packet_->network : packet_->mac;
      offset += offset >= -0x100000 ? 0x100000 : 0x200000;
    }
    const int64_t room = packet_->data_end - base;
    const unsigned n = insn.info().bits / 8;
    if (offset < 0 || offset + n > room) {
      r_[0] = 0;
      return leave();
    }
    uint64_t value = 0;
    for (unsigned i = 0; i < n; ++i) value = value << 8 | base[offset + i];
    r_[0] = value;
    std::fill_n(&r_[1], 5, 0);
    ++at_;
  }

  uint64_t load(uint64_t address, unsigned bits) const {
    uint64_t value = 0;
    std::memcpy(&value, reinterpret_cast<const void*>(address), bits / 8);
    return value;
  }
  void store(uint64_t address, unsigned bits, uint64_t value) {
    std::memcpy(reinterpret_cast<void*>(address), &value, bits / 8);
  }

  void atomic(const Instruction& insn, uint64_t address) {
    const OpInfo& op = insn.info();
    const uint64_t old = load(address, op.bits), source = cut(r_[insn.src], op.bits);
    uint64_t fresh = old;
    switch (op.operation) {
      case Operation::kAtomicAdd:
      case Operation::kAtomicFetchAdd: fresh = old + source; break;
      case Operation::kAtomicOr:
      case Operation::kAtomicFetchOr: fresh = old | source; break;
      case Operation::kAtomicAnd:
      case Operation::kAtomicFetchAnd: fresh = old & source; break;
      case Operation::kAtomicXor:
      case Operation::kAtomicFetchXor: fresh = old ^ source; break;
      case Operation::kAtomicXchg: fresh = source; break;
      default: fresh = old == cut(r_[0], op.bits) ? source : old; break;
    }
    store(address, op.bits, fresh);
    if (op.operation == Operation::kAtomicCmpxchg) {
      r_[0] = old;
    } else if (is_fetch(op.operation)) {
      r_[insn.src] = old;
    }
  }

  // Takes one from the budget; false if there is none.
  bool pay() {
    ++taken_[at_];
    if (facts_.insns[at_].no_budget) return true;
    if (budget_ == 0) {
      stop(TrapCode::kBudget);
      return false;
    }
    --budget_;
    return true;
  }

  void jump(const Instruction& insn, bool taken) {
    if (!taken) {
      ++at_;
    } else if (insn.target > at_ || pay()) {
      at_ = insn.target;
    }
  }

  void call_function(uint32_t index) {
    if (!pay()) return;
    const bool counts = !facts_.frames[index].made;
    if (counts && counted_ + 1 == kMaxCallFrames) return stop(TrapCode::kCallDepth);
    callers_.push_back({at_, {r_[6], r_[7], r_[8], r_[9]}, rounds_, counted_});
    counted_ += counts ? 1 : 0;
    r_[0] = r_[6] = r_[7] = r_[8] = r_[9] = 0;
    r_[kFrameReg] -= kFrameBytes;
    std::memset(reinterpret_cast<void*>(r_[kFrameReg] - kFrameBytes), 0, kFrameBytes);
    rounds_ = kMayGotoRounds;
    at_ = program_.subprograms[index].first;
  }

  void call_helper(uint64_t number) {
    const HelperInfo* const helper = find_helper(options_.helpers, number);
    if (helper && options_.helpers != HelperSet::kConformance) return call_kernel_helper(*helper);
    if (!helper || input_.helpers != HelperTable::kFull) return stop(TrapCode::kUnknownHelper);
    r_[0] = r_[1];  // unwind is the only one
    std::fill_n(&r_[1], 5, 0);
    if (helper->effect == HelperEffect::kUnwinds && r_[0] == 0) {
      ended_ = true;
    } else {
      ++at_;
    }
  }

  // What the helper does is not weir's to repeat here; what it may be given is.
  void call_kernel_helper(const HelperInfo& helper) {
    const CallFact* const fact = facts_.call_at(at_);
    if (!fact) return disprove("a call without facts");
    for (unsigned i = 0; i < helper.argument_count; ++i) {
      const uint64_t value = r_[i + 1];
      const CallFact::Argument& argument = fact->arguments[i];
      if (helper.arguments[i] == HelperArgument::kMap) {
        const bool known = std::any_of(maps_.handles().begin(), maps_.handles().end(),
                                       [&](const MapHandle& map) { return is_map(map, value); });
        if (!known) return disprove(fmt::format("r{} is said to be a map", i + 1));
      }
      if (helper.arguments[i] == HelperArgument::kContext &&
          value != reinterpret_cast<uint64_t>(packet_)) {
        return disprove(fmt::format("r{} is said to be the context", i + 1));
      }
      if (!argument.memory) continue;
      const uint64_t size = argument.size_reg != 0 ? r_[argument.size_reg] : argument.size;
      if (size == 0 && argument.size_proven) continue;
      const uint64_t frames = uint64_t{facts_.max_frames} * kFrameBytes;
      const bool in_frames =
          inside(value, size, r_[kFrameReg] - kFrameBytes, top_ - r_[kFrameReg] + kFrameBytes);
      const bool in_block = facts_.stack_escapes && inside(value, size, top_ - frames, frames);
      const bool elsewhere = inside(value, size, meta(), data_ + size_ - meta()) ||
                             run_.holds(&run_, value, size, argument.write);
      if (argument.proven && size != 0 && !in_frames && !elsewhere)
        return disprove(fmt::format("r{} is said to point to {} bytes", i + 1, size));
      if (argument.proven && argument.size_proven) continue;
      if (size == 0 && !argument.faults) return stop(TrapCode::kAccess);
      if (size == 0 || argument.proven || in_block || elsewhere) continue;
      if (!argument.faults) return stop(TrapCode::kAccess);
      r_[i + 1] = 0;
    }
    run_.budget = budget_;
    r_[0] = helper_table(options_.helpers)[helper.number](r_[1], r_[2], r_[3], r_[4], r_[5], &run_);
    std::fill_n(&r_[1], 5, 0);
    if (packet_) {
      data_ = reinterpret_cast<uint64_t>(packet_->data);
      size_ = static_cast<uint64_t>(packet_->data_end - packet_->data);
    }
    ++at_;
  }

  // The map itself, or one of those in it.
  static bool is_map(const MapHandle& handle, uint64_t value) {
    Map* const map = handle.map();
    if (reinterpret_cast<uint64_t>(map) == value) return true;
    if (map->type != BPF_MAP_TYPE_ARRAY_OF_MAPS && map->type != BPF_MAP_TYPE_HASH_OF_MAPS)
      return false;
    std::vector<uint8_t> key(map->key_size), next(map->key_size);
    for (const uint8_t* at = nullptr; map_get_next_key(map, at, next.data()) == 0;) {
      key = next;
      at = key.data();
      const Map* const inner = map_of_maps_lookup(shape_of(map), map, at);
      if (inner != nullptr && reinterpret_cast<uint64_t>(inner) == value) return true;
    }
    return false;
  }

  uint64_t meta() const { return packet_ ? reinterpret_cast<uint64_t>(packet_->data_meta) : data_; }

  void call_register(uint64_t value) {
    const uint64_t index = value - kFunctionToken;
    const bool taken = std::any_of(
        program_.insns.begin(), program_.insns.end(),
        [&](const Instruction& insn) { return insn.op == Op::kLddwFunc && insn.target == index; });
    if (taken) {
      call_function(static_cast<uint32_t>(index));
    } else if (value < kHelperSlots && options_.helpers != HelperSet::kConformance) {
      stop(TrapCode::kUnknownHelper);  // Linux's take more than numbers
    } else if (value < kHelperSlots) {
      call_helper(value);
    } else {
      stop(TrapCode::kBadFunction);
    }
  }

  void leave() {
    if (callers_.empty()) {
      ended_ = true;
      return;
    }
    const Caller& caller = callers_.back();
    std::copy_n(caller.saved, 4, &r_[6]);
    std::fill_n(&r_[1], 5, 0);
    rounds_ = caller.rounds;
    counted_ = caller.counted;
    r_[kFrameReg] += kFrameBytes;
    at_ = caller.insn + 1;
    callers_.pop_back();
  }

  void step() {
    check_facts();
    if (ended_) return;
    const Instruction& insn = program_.insns[at_];
    const OpInfo& op = insn.info();
    const auto imm = static_cast<uint64_t>(insn.imm);
    const auto offset = static_cast<uint64_t>(int64_t{insn.offset});
    const uint64_t to = r_[insn.dst] + offset, from = r_[insn.src] + offset;
    if (is_access(insn) && facts_.insns[at_].access.region == Region::kContext) {
      const bool write = op.operation == Operation::kStore;
      unsigned bits = op.bits;
      const uint64_t place = field(op.format == Format::kLoad ? from : to, &bits, write);
      if (ended_) return;
      if (!write) {
        r_[insn.dst] = load(place, bits);
      } else {
        store(place, bits, op.format == Format::kStoreImm ? imm : r_[insn.src]);
      }
      ++at_;
      return;
    }
    switch (op.format) {
      case Format::kAluImm: r_[insn.dst] = alu(op, r_[insn.dst], imm); break;
      case Format::kAluReg: r_[insn.dst] = alu(op, r_[insn.dst], r_[insn.src]); break;
      case Format::kAluUnary: r_[insn.dst] = alu(op, r_[insn.dst], 0); break;
      case Format::kLoadImm64:
        r_[insn.dst] = insn.op == Op::kLddwFunc ? kFunctionToken | insn.target : imm;
        if (op.operation == Operation::kLoadMap || op.operation == Operation::kLoadMapValue) {
          r_[insn.dst] = reinterpret_cast<uint64_t>(maps_.handles()[insn.target].map());
          if (op.operation == Operation::kLoadMapValue) r_[insn.dst] += kGlobalDataOffset + imm;
        }
        break;
      case Format::kLoad:
      case Format::kLoadAcquire: {
        if (!access(from, op.bits / 8, op.format == Format::kLoadAcquire)) return;
        const uint64_t value = load(from, op.bits);
        const bool is_signed = op.operation == Operation::kLoadSign;
        r_[insn.dst] = is_signed ? static_cast<uint64_t>(as_signed(value, op.bits)) : value;
        break;
      }
      case Format::kStoreImm:
        if (!access(to, op.bits / 8, false)) return;
        store(to, op.bits, imm);
        break;
      case Format::kStoreReg:
      case Format::kStoreRelease:
        if (!access(to, op.bits / 8, op.format == Format::kStoreRelease)) return;
        store(to, op.bits, r_[insn.src]);
        break;
      case Format::kAtomic:
        if (!access(to, op.bits / 8, true)) return;
        atomic(insn, to);
        break;
      case Format::kJump:
        if (op.operation == Operation::kMayGoto) {
          const bool out = rounds_ == 0 || budget_ == 0;
          if (!out) --rounds_;
          return jump(insn, out);
        }
        return jump(insn, true);
      case Format::kJumpLong: return jump(insn, true);
      case Format::kJumpImm: return jump(insn, holds(op, r_[insn.dst], imm));
      case Format::kJumpReg: return jump(insn, holds(op, r_[insn.dst], r_[insn.src]));
      case Format::kCall: return call_helper(imm);
      case Format::kCallTarget: return call_function(insn.target);
      case Format::kCallReg: return call_register(r_[insn.dst]);
      case Format::kExit: return leave();
      case Format::kPacketAbs:
      case Format::kPacketInd: return packet_load(insn);
      case Format::kCallKfunc: return stop(TrapCode::kUnsupported);
    }
    ++at_;
  }

  const Program& program_;
  const Facts& facts_;
  const CompileOptions& options_;
  const RunInput& input_;
  PacketContext* const packet_;
  uint64_t data_, size_;
  const MapSet& maps_;
  ExecContext run_;
  uint64_t budget_;
  std::vector<Chunk> block_;
  std::vector<uint64_t> taken_;  // by backward jump or call: how often so far
  uint64_t top_ = 0;             // of the block: the entry's r10
  uint64_t r_[kRegisters] = {};
  uint32_t at_ = 0;
  uint64_t rounds_ = kMayGotoRounds;
  std::vector<Caller> callers_;
  size_t counted_ = 0;  // of the frames, beside the entry's
  Trap trap_;
  bool ended_ = false;
};

}  // namespace

ReferenceRun run_reference(const VerifiedProgram& program, const RunInput& input,
                           GuardedMemory& memory) {
  uint8_t* const data = memory.place(input.memory);
  const bool has_packet = context_shape(input.context) == ContextShape::kPacket;
  std::vector<PacketContext> packet = make_packet(input, data);
  ReferenceRun out;
  auto maps = MapSet::create(input.maps);
  if (!maps) {
    out.disproved.push_back(maps.error().to_string());
    return out;
  }
  Machine machine(program, input, data, has_packet ? packet.data() : nullptr, *maps);
  machine.run();
  out.outcome.maps = maps_text(*maps);
  out.outcome.r0 = machine.r0();
  out.outcome.trap = machine.trap();
  out.outcome.memory.assign(data, data + input.memory.size());
  out.outcome.budget = machine.budget();
  if (has_packet) out.outcome.fields = fields_of(packet);
  out.outcome.strayed = !memory.whole();
  out.disproved = std::move(machine.disproved);
  return out;
}

}  // namespace weir::test
