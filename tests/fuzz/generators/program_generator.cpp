// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tests/fuzz/generators/program_generator.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "frontend/isa/decode.h"
#include "frontend/isa/program.h"

namespace weir::test {

namespace {

class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}
  // 0 .. n-1. Not std::uniform_int_distribution, whose numbers differ between libraries.
  uint64_t below(uint64_t n) { return engine_() % n; }
  int64_t between(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(below(static_cast<uint64_t>(high - low) + 1));
  }
  // True in `percent` of a hundred cases.
  bool chance(unsigned percent) { return below(100) < percent; }
  template <class List>
  auto one_of(const List& list) {
    return *(std::begin(list) + static_cast<ptrdiff_t>(below(std::size(list))));
  }
  uint64_t bits() { return engine_(); }
  // A number of the kind that finds mistakes.
  int64_t number() {
    static constexpr int64_t kCorners[] = {
        0,   1,    -1,  2,    7,     8,         31,        32,     63, 64,   255,
        256, -128, 127, 4095, 65535, INT32_MAX, INT32_MIN, 0x7fff, -8, -512, 0x80};
    return chance(60) ? one_of(kCorners) : static_cast<int32_t>(engine_());
  }

 private:
  std::mt19937_64 engine_;
};

// The rows of the opcode table of a format.
const std::vector<Op>& rows(Format format) {
  static const std::vector<std::vector<Op>> table = [] {
    std::vector<std::vector<Op>> by_format(64);
    for (size_t i = 0; i < kOpCount; ++i) {
      const Op op = static_cast<Op>(i);
      by_format[static_cast<size_t>(info(op).format)].push_back(op);
    }
    return by_format;
  }();
  return table[static_cast<size_t>(format)];
}

constexpr uint8_t kData = 6, kLength = 7;
constexpr uint8_t kScratch[] = {0, 1, 2, 3, 4, 5};
constexpr uint8_t kNumbers[] = {0, 1, 2, 3, 4, 5, 8, 9};

class Generator {
 public:
  explicit Generator(uint64_t seed) : random_(seed) {}

  std::vector<uint8_t> run() {
    functions_ = random_.chance(50) ? 1 : static_cast<unsigned>(random_.between(2, 4));
    recursive_ = random_.chance(15);
    for (function_ = 0; function_ < functions_; ++function_) generate_function();
    return assemble();
  }

 private:
  // Labels: a place is known when it is bound; jumps are fixed in assemble().
  using Label = size_t;
  Label new_label() {
    labels_.push_back(0);
    return labels_.size() - 1;
  }
  void bind(Label label) { labels_[label] = insns_.size(); }
  struct Fixup {
    size_t insn;
    Label label;
  };

  Instruction& emit(Op op, uint8_t dst = 0, uint8_t src = 0, int64_t offset = 0, int64_t imm = 0) {
    insns_.push_back(
        {.op = op, .dst = dst, .src = src, .offset = static_cast<int16_t>(offset), .imm = imm});
    return insns_.back();
  }
  void emit_jump(Op op, Label to, uint8_t dst = 0, uint8_t src = 0, int64_t imm = 0) {
    emit(op, dst, src, 0, imm);
    fixups_.push_back({insns_.size() - 1, to});
  }

  uint8_t scratch() { return random_.one_of(kScratch); }
  uint8_t number_register() { return random_.one_of(kNumbers); }
  // Mostly a number; sometimes an address.
  uint8_t any_register() {
    if (random_.chance(93)) return number_register();
    return random_.chance(92) ? (random_.chance(50) ? kData : kLength) : kFrameReg;
  }

  void generate_function() {
    if (function_ > 0) bind(function_labels_.at(function_));
    if (function_ == 0) {
      for (unsigned i = 0; i < functions_; ++i) function_labels_.push_back(new_label());
      bind(function_labels_[0]);
    }
    if (random_.chance(95)) {
      emit(Op::kMov64Reg, kData, 1);
      emit(Op::kMov64Reg, kLength, 2);
    }
    // Some numbers to work with.
    for (int64_t n = random_.between(0, 3); n > 0; --n) {
      emit(Op::kMov64Imm, number_register(), 0, 0, random_.number());
    }
    budget_ = static_cast<int>(random_.between(5, function_ == 0 ? 14 : 7));
    // Often, a check of the length that all accesses to the first bytes may rely on.
    const bool checks = random_.chance(55);
    const Label too_short = new_label();
    if (checks) emit_jump(Op::kJlt64Imm, too_short, kLength, 0, random_.between(12, 20));
    generate_block(0);
    bind(too_short);
    emit_exit();
  }

  void emit_exit() {
    if (random_.chance(80)) emit(Op::kMov64Reg, 0, number_register());
    // What was computed elsewhere counts, too: a wrong number is seen.
    for (int64_t n = random_.chance(60) ? random_.between(1, 5) : 0; n > 0; --n)
      emit(Op::kAdd64Reg, 0, number_register());
    emit(Op::kExit);
  }

  // A few statements; deeper blocks are shorter.
  void generate_block(int depth) {
    int64_t n = depth == 0 ? budget_ : random_.between(1, 4);
    for (; n > 0 && budget_ > 0; --n, --budget_) generate_statement(depth);
  }

  void generate_statement(int depth) {
    const bool nest = depth < 3;
    switch (random_.below(28)) {
      case 0:
      case 1:
      case 2:
      case 3:
      case 4: return alu();
      case 5: return copy_and_operate();
      case 6:
      case 7: return checked_load();
      case 8: return data_access();
      case 9: return variable_data_access();
      case 10:
      case 11: return stack_access();
      case 12: return variable_stack_access();
      case 13: return spill();
      case 14: return atomic();
      case 15: return ordered_access();
      case 16:
      case 17:
        if (nest) return branch(depth);
        return alu();
      case 18:
      case 19:
        if (nest) return loop(depth);
        return alu();
      case 20: return call();
      case 21: return random_.chance(50) ? call_helper() : call_register();
      case 22: return wide_immediate();
      case 23: return two_ways_to_a_pointer();
      case 24: return masked_index();
      case 25: return what_is_left();
      case 26: return random_.chance(50) ? halves() : behind_an_offset();
      default:
        if (random_.chance(15)) return oddity();
        return alu();
    }
  }

  void alu() {
    static constexpr Format kFormats[] = {Format::kAluImm, Format::kAluReg, Format::kAluReg,
                                          Format::kAluUnary};
    const Format format = random_.one_of(kFormats);
    const Op op = random_.one_of(rows(format));
    const uint8_t dst = random_.chance(98) ? number_register() : kLength;
    const uint8_t src = format == Format::kAluReg ? any_register() : 0;
    emit(op, dst, src, 0, format == Format::kAluImm ? random_.number() : 0);
  }

  // The form in which compilers write three operands.
  void copy_and_operate() {
    const uint8_t dst = number_register();
    emit(random_.chance(70) ? Op::kMov64Reg : Op::kMov32Reg, dst, number_register());
    if (random_.chance(50)) {
      emit(random_.one_of(rows(Format::kAluImm)), dst, 0, 0, random_.number());
    } else {
      emit(random_.one_of(rows(Format::kAluReg)), dst, number_register());
    }
  }

  // if (length < offset + n) goto skip; load: in the forms that compilers give it.
  void checked_load() {
    const Op load = random_.one_of(rows(Format::kLoad));
    const int64_t n = info(load).bits / 8, offset = random_.between(0, 24);
    // Right, mostly.
    const int64_t proven = offset + n + (random_.chance(85) ? random_.between(0, 2) : -1);
    const Label skip = new_label();
    switch (random_.below(4)) {
      case 0: emit_jump(Op::kJlt64Imm, skip, kLength, 0, proven); break;
      case 1: emit_jump(Op::kJlt32Imm, skip, kLength, 0, proven); break;
      default: {
        emit(Op::kMov64Reg, 2, kData);
        emit(Op::kAdd64Reg, 2, kLength);
        emit(Op::kMov64Reg, 3, kData);
        emit(Op::kAdd64Imm, 3, 0, 0, proven);
        if (random_.chance(70)) {
          emit_jump(Op::kJgt64Reg, skip, 3, 2);
        } else {
          emit_jump(Op::kJlt64Reg, skip, 2, 3);
        }
        break;
      }
    }
    if (random_.chance(30)) {
      store_some(kData, offset, n);
    } else {
      emit(load, scratch(), kData, offset);
    }
    if (random_.chance(40)) alu();
    bind(skip);
  }

  void store_some(uint8_t base, int64_t offset, int64_t n) {
    const bool imm = random_.chance(50);
    for (Op op : rows(imm ? Format::kStoreImm : Format::kStoreReg)) {
      if (info(op).bits != n * 8) continue;
      emit(op, base, imm ? 0 : number_register(), offset, imm ? random_.number() : 0);
      return;
    }
  }

  void load_or_store(uint8_t base, int64_t offset) {
    if (random_.chance(55)) {
      emit(random_.one_of(rows(Format::kLoad)), scratch(), base, offset);
    } else {
      store_some(base, offset, int64_t{1} << random_.below(4));
    }
  }

  void data_access() {
    load_or_store(kData, random_.chance(90) ? random_.between(0, 12) : random_.between(-4, 64));
  }

  void variable_data_access() {
    const uint8_t pointer = scratch(), index = number_register();
    if (random_.chance(70))
      emit(Op::kAnd64Imm, index, 0, 0, random_.one_of(std::array{3, 7, 15, 31, 255}));
    emit(Op::kMov64Reg, pointer, kData);
    emit(random_.chance(85) ? Op::kAdd64Reg : Op::kSub64Reg, pointer, index);
    load_or_store(pointer, random_.chance(80) ? random_.between(0, 3) : random_.between(-16, 16));
  }

  int64_t stack_offset() {
    if (random_.chance(75)) return -8 * random_.between(1, 8);
    return random_.chance(80) ? random_.between(-64, -1) : random_.between(-520, 8);
  }

  void stack_access() { load_or_store(kFrameReg, stack_offset()); }

  void variable_stack_access() {
    const uint8_t pointer = scratch(), index = number_register();
    emit(Op::kAnd64Imm, index, 0, 0, random_.one_of(std::array{7, 8, 24, 31, 63, 511}));
    emit(Op::kMov64Reg, pointer, kFrameReg);
    emit(Op::kAdd64Imm, pointer, 0, 0, random_.one_of(std::array{-8, -64, -72, -512, 0}));
    emit(random_.chance(60) ? Op::kAdd64Reg : Op::kSub64Reg, pointer, index);
    load_or_store(pointer, random_.between(-8, 0));
  }

  // A register goes to the stack and comes back, perhaps as another one, perhaps after damage.
  void spill() {
    const int64_t slot = -8 * random_.between(1, 8);
    const uint8_t what = random_.chance(50)   ? kData
                         : random_.chance(30) ? kFrameReg
                                              : number_register();
    const uint8_t back = scratch();
    emit(Op::kStxdw, kFrameReg, what, slot);
    if (random_.chance(20)) alu();
    if (random_.chance(10)) store_some(kFrameReg, slot + random_.between(-4, 6), 1);
    emit(Op::kLdxdw, back, kFrameReg, slot);
    if (random_.chance(60)) load_or_store(back, what == kFrameReg ? -8 : random_.between(0, 8));
    // An address of the stack differs from engine to engine: nobody must find it later.
    if (what == kFrameReg) {
      emit(Op::kMov64Imm, back, 0, 0, random_.number());
      emit(Op::kStdw, kFrameReg, 0, slot, random_.number());
    }
  }

  void atomic() {
    const Op op = random_.one_of(rows(Format::kAtomic));
    const int64_t n = info(op).bits / 8;
    const bool stack = random_.chance(60);
    int64_t offset = stack ? -8 * random_.between(1, 8) : n * random_.between(0, 2);
    if (random_.chance(10)) offset += random_.between(-4, 4);
    emit(op, stack ? kFrameReg : kData, scratch(), offset);
  }

  void ordered_access() {
    const bool load = random_.chance(50), stack = random_.chance(60);
    const Op op = random_.one_of(rows(load ? Format::kLoadAcquire : Format::kStoreRelease));
    const int64_t n = info(op).bits / 8;
    int64_t offset = stack ? -8 * random_.between(1, 8) : n * random_.between(0, 2);
    if (random_.chance(10)) offset += random_.between(-4, 4);
    const uint8_t base = stack ? kFrameReg : kData;
    emit(op, load ? scratch() : base, load ? base : scratch(), offset);
  }

  void emit_condition(Label to) {
    const bool imm = random_.chance(60);
    const Op op = random_.one_of(rows(imm ? Format::kJumpImm : Format::kJumpReg));
    emit_jump(op, to, random_.chance(90) ? number_register() : kLength, imm ? 0 : number_register(),
              imm ? random_.number() : 0);
  }

  void branch(int depth) {
    const Label other = new_label(), end = new_label();
    emit_condition(other);
    generate_block(depth + 1);
    if (random_.chance(8)) {
      emit_exit();
    } else if (random_.chance(60)) {
      emit_jump(random_.chance(90) ? Op::kJa : Op::kGotol, end);
    }
    bind(other);
    generate_block(depth + 1);
    bind(end);
  }

  void loop(int depth) {
    const Label top = new_label(), out = new_label();
    const uint8_t counter = random_.chance(70) ? (random_.chance(50) ? 8 : 9) : number_register();
    switch (random_.below(5)) {
      case 0:  // counts down
        emit(Op::kMov64Imm, counter, 0, 0, random_.between(1, 9));
        bind(top);
        generate_block(depth + 1);
        emit(Op::kAdd64Imm, counter, 0, 0, -1);
        emit_jump(random_.chance(50) ? Op::kJne64Imm : Op::kJsgt64Imm, top, counter, 0, 0);
        break;
      case 1:  // counts up
        emit(Op::kMov64Imm, counter);
        bind(top);
        generate_block(depth + 1);
        emit(random_.chance(70) ? Op::kAdd64Imm : Op::kAdd32Imm, counter, 0, 0,
             random_.between(1, 3));
        emit_jump(random_.chance(60) ? Op::kJlt64Imm : Op::kJlt32Imm, top, counter, 0,
                  random_.between(2, 12));
        break;
      case 2:  // over the data, by pointer
        emit(Op::kMov64Reg, counter, kData);
        bind(top);
        emit(Op::kMov64Reg, 2, kData);
        emit(Op::kAdd64Reg, 2, kLength);
        emit_jump(Op::kJge64Reg, out, counter, 2);
        emit(Op::kLdxb, 3, counter, random_.chance(90) ? 0 : 1);
        emit(Op::kAdd64Reg, number_register(), 3);
        if (random_.chance(40)) generate_block(depth + 1);
        emit(Op::kAdd64Imm, counter, 0, 0, random_.chance(80) ? 1 : 2);
        emit_jump(Op::kJa, top);
        bind(out);
        break;
      case 3:  // may_goto
        bind(top);
        emit_jump(Op::kMayGoto, out);
        generate_block(depth + 1);
        if (random_.chance(60)) emit_condition(out);
        emit_jump(Op::kJa, top);
        bind(out);
        break;
      default:  // as long as something holds, which may be for ever
        bind(top);
        generate_block(depth + 1);
        emit_condition(top);
        break;
    }
  }

  unsigned callee() {
    const unsigned first = recursive_ ? 0 : function_ + 1;
    return static_cast<unsigned>(random_.between(first, functions_ - 1));
  }
  bool can_call() const { return recursive_ || function_ + 1 < functions_; }

  void arguments() {
    if (random_.chance(90)) {
      emit(Op::kMov64Reg, 1, kData);
      emit(Op::kMov64Reg, 2, kLength);
    }
    if (random_.chance(25)) {
      emit(Op::kMov64Reg, 3, kFrameReg);
      emit(Op::kAdd64Imm, 3, 0, 0, -8 * random_.between(0, 9));
    }
    if (random_.chance(30)) emit(Op::kMov64Reg, 4, number_register());
  }

  void call() {
    if (!can_call()) return alu();
    arguments();
    emit_jump(Op::kCallLocal, function_labels_[callee()]);
    after_call();
  }

  void after_call() {
    if (random_.chance(50)) emit(Op::kMov64Reg, random_.chance(50) ? 8 : 9, 0);
  }

  void call_helper() {
    if (random_.chance(92)) {
      emit(Op::kMov64Imm, 1, 0, 0, random_.chance(85) ? random_.between(1, 100) : 0);
    }
    emit(Op::kCallHelper, 0, 0, 0, random_.chance(95) ? 5 : random_.between(-1, 300));
    after_call();
  }

  void call_register() {
    const uint8_t reg = static_cast<uint8_t>(random_.between(3, 5));
    arguments();
    if (can_call() && random_.chance(75)) {
      emit_jump(Op::kLddwFunc, function_labels_[callee()], reg);
      if (random_.chance(30)) {  // or another one
        const Label skip = new_label();
        emit_condition(skip);
        emit_jump(Op::kLddwFunc, function_labels_[callee()], reg);
        bind(skip);
      }
    } else {
      emit(Op::kMov64Imm, 1, 0, 0, random_.between(0, 3));
      emit(Op::kMov64Imm, reg, 0, 0, random_.chance(85) ? 5 : random_.number());
    }
    emit(Op::kCallx, reg);
    after_call();
  }

  void wide_immediate() {
    emit(Op::kLddw, number_register(), 0, 0,
         static_cast<int64_t>(random_.chance(50) ? random_.bits() : random_.bits() >> 33));
  }

  // A register that holds one pointer or another, or a number.
  void two_ways_to_a_pointer() {
    const Label other = new_label();
    const uint8_t pointer = scratch();
    emit(Op::kMov64Reg, pointer, kData);
    emit_condition(other);
    switch (random_.below(4)) {
      case 0: emit(Op::kAdd64Imm, pointer, 0, 0, random_.between(0, 8)); break;
      case 1: emit(Op::kMov64Imm, pointer, 0, 0, random_.number()); break;
      case 2:
        emit(Op::kMov64Reg, pointer, kFrameReg);
        emit(Op::kAdd64Imm, pointer, 0, 0, -16);
        break;
      default: emit(Op::kAdd64Reg, pointer, number_register()); break;
    }
    bind(other);
    load_or_store(pointer, random_.between(0, 8));
    if (random_.chance(80)) emit(Op::kMov64Imm, pointer, 0, 0, random_.number());
  }

  // An index that a mask or a comparison bounds, for data or stack whose size is known.
  void masked_index() {
    const Label skip = new_label();
    const uint8_t index = static_cast<uint8_t>(random_.between(0, 2)),
                  pointer = static_cast<uint8_t>(random_.between(3, 5));
    const int64_t bound = random_.one_of(std::array{1, 4, 8, 16, 63, 64});
    if (random_.chance(50)) emit(Op::kLdxb, index, kData, random_.between(0, 3));
    switch (random_.below(4)) {
      case 0: emit(Op::kAnd64Imm, index, 0, 0, bound); break;
      case 1: emit(Op::kMod64Imm, index, 0, 0, bound); break;
      case 2:
        emit_jump(random_.chance(50) ? Op::kJgt64Imm : Op::kJsgt64Imm, skip, index, 0, bound);
        break;
      default:
        emit_jump(random_.chance(50) ? Op::kJge64Reg : Op::kJgt32Reg, skip, index, kLength);
        break;
    }
    if (random_.chance(20)) emit(Op::kLsh64Imm, index, 0, 0, random_.between(1, 3));
    if (random_.chance(50)) {
      emit(Op::kMov64Reg, pointer, kData);
    } else {
      emit(Op::kMov64Reg, pointer, kFrameReg);
      emit(Op::kAdd64Imm, pointer, 0, 0, -72);
    }
    emit(Op::kAdd64Reg, pointer, index);
    load_or_store(pointer, random_.between(0, 1));
    bind(skip);
  }

  // `number`, mostly; sometimes one more or less.
  int64_t about(int64_t number) {
    return random_.chance(85) ? number : number + random_.between(-1, 1);
  }

  // A pointer moves on while what is left shrinks, by a constant or by what the data says.
  void what_is_left() {
    constexpr uint8_t kStep = 2, kPointer = 3, kLeft = 4;
    const Label top = new_label(), out = new_label();
    const int64_t chunk = random_.between(1, 12), size = int64_t{1} << random_.below(4);
    const bool by_data = random_.chance(40), narrow = random_.chance(50);
    emit(Op::kMov64Reg, kPointer, kData);
    emit(narrow ? Op::kMov32Reg : Op::kMov64Reg, kLeft, kLength);
    if (random_.chance(20))
      emit(Op::kAnd64Imm, kLeft, 0, 0, random_.one_of(std::array{-2, -4, 15}));
    bind(top);
    const int64_t needs = about(std::max(chunk, size));
    emit_jump(random_.chance(50) ? narrow ? Op::kJlt32Imm : Op::kJlt64Imm
              : narrow           ? Op::kJsle32Imm
                                 : Op::kJsle64Imm,
              out, kLeft, 0, random_.chance(50) ? needs : needs - 1);
    load_or_store(kPointer, random_.chance(80) ? 0 : about(chunk - 1));
    if (by_data) {
      emit(Op::kLdxb, kStep, kPointer, about(0));
      if (random_.chance(60)) emit(Op::kAnd64Imm, kStep, 0, 0, 15);
      if (random_.chance(80)) emit_jump(Op::kJeq64Imm, out, kStep, 0, 0);
      if (random_.chance(80)) {
        emit_jump(narrow ? Op::kJlt32Reg : Op::kJlt64Reg, out, kLeft, kStep);
      } else if (random_.chance(50)) {
        emit_jump(Op::kJsgt64Reg, out, kStep, kLeft);
      }
    }
    auto move = [&] {
      if (by_data) {
        emit(Op::kAdd64Reg, kPointer, kStep);
      } else {
        emit(Op::kAdd64Imm, kPointer, 0, 0, about(chunk));
      }
    };
    const bool pointer_first = random_.chance(50);
    if (pointer_first) move();
    if (by_data) {
      emit(narrow ? Op::kSub32Reg : Op::kSub64Reg, kLeft, kStep);
    } else {
      emit(narrow ? Op::kAdd32Imm : Op::kAdd64Imm, kLeft, 0, 0, -about(chunk));
    }
    if (!pointer_first) move();
    if (random_.chance(20)) load_or_store(kPointer, -1);
    emit_jump(Op::kJa, top);
    bind(out);
    emit(Op::kMov64Imm, kPointer);
  }

  // An index in one part of the data, as far into the other.
  void halves() {
    constexpr uint8_t kIndex = 2, kBase = 3, kHalf = 4, kPlace = 5;
    const Label top = new_label(), out = new_label();
    emit(Op::kMov64Reg, kHalf, kLength);
    if (random_.chance(70)) {
      emit(random_.chance(50) ? Op::kRsh64Imm : Op::kDiv64Imm, kHalf, 0, 0,
           random_.chance(80) ? 1 + random_.below(2) : 0);
    } else {
      emit(Op::kAnd64Imm, kHalf, 0, 0, random_.number());
    }
    emit_jump(Op::kJeq64Imm, out, kHalf, 0, 0);
    emit(Op::kMov64Reg, kBase, kData);
    emit(Op::kAdd64Reg, kBase, kHalf);
    emit(Op::kMov64Imm, kIndex);
    bind(top);
    emit(Op::kMov64Reg, kPlace, random_.chance(70) ? kBase : kData);
    emit(Op::kAdd64Reg, kPlace, kIndex);
    load_or_store(kPlace, random_.chance(80) ? 0 : random_.between(-1, 1));
    emit(Op::kAdd64Imm, kIndex, 0, 0, random_.between(1, 2));
    emit_jump(random_.chance(80) ? Op::kJlt64Reg : Op::kJle64Reg, top, kIndex, kHalf);
    bind(out);
    emit(Op::kMov64Imm, kBase);
    emit(Op::kMov64Imm, kPlace);
  }

  // The length without an offset.
  void behind_an_offset() {
    constexpr uint8_t kOffset = 2, kPointer = 3, kLeft = 4;
    const Label out = new_label();
    const bool narrow = random_.chance(50);
    emit(Op::kLdxb, kOffset, kData, 0);
    if (random_.chance(70)) emit(Op::kAnd64Imm, kOffset, 0, 0, 31);
    emit(Op::kMov64Reg, kLeft, kLength);
    if (random_.chance(80)) {
      emit_jump(narrow ? Op::kJgt32Reg : Op::kJgt64Reg, out, kOffset, kLeft);
    }
    emit(narrow ? Op::kSub32Reg : Op::kSub64Reg, kLeft, kOffset);
    const int64_t needs = random_.between(1, 12);
    emit_jump(narrow ? Op::kJlt32Imm : Op::kJlt64Imm, out, kLeft, 0, needs);
    emit(Op::kMov64Reg, kPointer, kData);
    emit(Op::kAdd64Reg, kPointer, kOffset);
    for (int64_t n = random_.between(1, 3); n > 0; --n)
      emit(Op::kLdxb, kOffset, kPointer, about(random_.between(0, needs - 1)));
    bind(out);
    emit(Op::kMov64Imm, kPointer);
  }

  // What nobody should write.
  void oddity() {
    switch (random_.below(6)) {
      case 0: emit(Op::kMov64Imm, kData, 0, 0, random_.number()); break;
      case 1: emit(Op::kMov64Reg, kLength, number_register()); break;
      case 2: emit(Op::kAdd64Reg, kData, number_register()); break;
      case 3: load_or_store(number_register(), random_.between(-8, 8)); break;
      case 4: {
        const Label next = new_label();
        emit_condition(next);
        bind(next);
        break;
      }
      default: {
        emit(Op::kMov64Reg, 3, kFrameReg);
        emit(Op::kXor64Imm, 3, 0, 0, 0);
        load_or_store(3, stack_offset());
        emit(Op::kMov64Imm, 3);
        break;
      }
    }
  }

  std::vector<uint8_t> assemble() {
    // A jump to behind the last instruction of a function cannot be: every function ends with exit.
    std::vector<uint32_t> slot(insns_.size() + 1, 0);
    for (size_t i = 0; i < insns_.size(); ++i) slot[i + 1] = slot[i] + insns_[i].info().slots();
    for (const Fixup& fixup : fixups_) {
      Instruction& insn = insns_[fixup.insn];
      const int64_t distance = int64_t{slot[labels_[fixup.label]]} - slot[fixup.insn] - 1;
      switch (insn.info().format) {
        case Format::kLoadImm64: insn.imm = static_cast<uint32_t>(distance); break;
        case Format::kCallTarget:
        case Format::kJumpLong: insn.imm = distance; break;
        default: insn.offset = static_cast<int16_t>(distance); break;
      }
    }
    return encode(insns_);
  }

  Random random_;
  std::vector<Instruction> insns_;
  std::vector<size_t> labels_;
  std::vector<Fixup> fixups_;
  std::vector<Label> function_labels_;
  unsigned functions_ = 1, function_ = 0;
  bool recursive_ = false;
  int budget_ = 0;  // statements left in the function
};

}  // namespace

std::vector<uint8_t> generate_program(uint64_t seed) {
  return Generator(seed).run();
}

std::vector<uint8_t> generate_wild_program(uint64_t seed) {
  const std::vector<uint8_t> tame = generate_program(seed);
  Random random(seed ^ 0x5851f42d4c957f2d);
  // Most alterations of an opcode give no instruction: try until one does.
  for (int attempt = 0; attempt < 1000; ++attempt) {
    std::vector<uint8_t> wild = tame;
    for (int64_t n = random.between(1, 4); n > 0; --n) {
      const size_t at = random.below(wild.size() / sizeof(RawInsn)) * sizeof(RawInsn);
      RawInsn raw;
      std::memcpy(&raw, wild.data() + at, sizeof raw);
      switch (random.below(4)) {
        case 0: raw.regs = static_cast<uint8_t>(random.below(11) | random.below(11) << 4); break;
        case 1: raw.offset = static_cast<int16_t>(random.between(-12, 12)); break;
        case 2: raw.imm = static_cast<int32_t>(random.number()); break;
        default: raw.opcode = kOpTable[random.below(kOpCount)].opcode; break;
      }
      std::memcpy(wild.data() + at, &raw, sizeof raw);
    }
    auto insns = decode(wild);
    if (insns && make_program(std::move(*insns), "wild")) return wild;
  }
  return tame;
}

std::vector<RunInput> generate_inputs(uint64_t seed) {
  Random random(seed ^ 0x9e3779b97f4a7c15);
  std::vector<RunInput> inputs;
  for (size_t length : {size_t{0}, size_t{random.below(8)}, size_t{14 + random.below(8)},
                        size_t{32 + random.below(33)}, size_t{64}}) {
    RunInput input{.budget = random.chance(70) ? 2000 : random.below(20)};
    const bool small = random.chance(50);
    for (size_t i = 0; i < length; ++i) {
      const uint64_t bits = random.bits();
      input.memory.push_back(static_cast<uint8_t>(small && random.chance(80) ? bits & 7 : bits));
    }
    if (random.chance(3)) input.helpers = HelperTable::kEmpty;
    inputs.push_back(std::move(input));
  }
  return inputs;
}

}  // namespace weir::test
