// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tests/fuzz/generators/classic_filter.h"

#include <algorithm>
#include <random>

namespace weir::test {

using namespace cbpf;

namespace {

class Generator {
 public:
  Generator(uint64_t seed, const ClassicTraits& traits) : random_(seed), traits_(traits) {}

  std::vector<ClassicInsn> generate() {
    const size_t count = 2 + below(one_in(8) ? 120 : 24);
    insns_.resize(count);
    for (size_t i = 0; i + 1 < count; ++i) insns_[i] = insn(count - i - 1);
    insns_.back() = one_in(3) ? ClassicInsn{kRet | kA} : returning();
    for (size_t i = 0; i < insns_.size(); ++i) {
      if (is_last_before(i)) continue;
      if (cls(insns_[i].code) == kRet && !one_in(6)) insns_[i] = insn(0);
    }
    // What was not written cannot be read.
    for (Status checked = check_classic(insns_); !checked; checked = check_classic(insns_))
      insns_[checked.error().where().instruction.value_or(0)] = {kLd | kImm, 0, 0, number()};
    if (traits_.nearly) spoil();
    return insns_;
  }

 private:
  uint64_t below(uint64_t n) { return random_() % n; }
  bool one_in(uint64_t n) { return below(n) == 0; }
  bool is_last_before(size_t i) const { return i + 1 == insns_.size(); }
  template <class T, size_t kCount>
  T any_of(const T (&values)[kCount]) {
    return values[below(kCount)];
  }

  uint32_t number() {
    static constexpr uint32_t kEdges[] = {0,  1,     2,      4,          6,          14,        31,
                                          32, 0x800, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff};
    if (one_in(3)) return any_of(kEdges);
    return static_cast<uint32_t>(one_in(4) ? random_() : below(64));
  }
  // An offset into the packet; outside every packet now and then.
  uint32_t place() {
    static constexpr uint32_t kFar[] = {60,    64,    65,    300,   32766,      32767,
                                        32768, 65530, 65535, 65536, 0x7ffffff0, 0x7fffffff};
    if (one_in(40)) return any_of(kFar);
    return static_cast<uint32_t>(below(one_in(3) ? 62 : 24));
  }
  uint16_t any_size() {
    static constexpr uint16_t kSizes[] = {kW, kH, kB};
    return any_of(kSizes);
  }
  ClassicInsn returning() { return {kRet | kK, 0, 0, one_in(3) ? 0 : number()}; }

  ClassicInsn insn(size_t left) {
    switch (below(left == 0 ? 12 : 16)) {
      case 0:
      case 1:
      case 2: return {static_cast<uint16_t>(kLd | any_size() | kAbs), 0, 0, place()};
      case 3: return {static_cast<uint16_t>(kLd | any_size() | kInd), 0, 0, place()};
      case 4: return {kLdx | kB | kMsh, 0, 0, place()};
      case 5: return other_load();
      case 6: return {one_in(2) ? kSt : kStx, 0, 0, static_cast<uint32_t>(below(kClassicMemWords))};
      case 7: return {static_cast<uint16_t>(kMisc | (one_in(2) ? kTax : kTxa)), 0, 0, 0};
      case 8:
      case 9:
      case 10: return alu();
      case 11: return left == 0 || !one_in(4) ? alu() : returning();
      default: return jump(left);
    }
  }

  ClassicInsn other_load() {
    if (!traits_.portable && one_in(3))
      return {kLd | kW | kAbs, 0, 0, kSkfAdOff + static_cast<uint32_t>(Ancillary::kAluXorX)};
    const auto word = static_cast<uint32_t>(below(kClassicMemWords));
    switch (below(5)) {
      case 0: return {kLd | kImm, 0, 0, number()};
      case 1: return {kLdx | kImm, 0, 0, static_cast<uint32_t>(below(48))};
      case 2: return {static_cast<uint16_t>((one_in(2) ? kLd : kLdx) | kW | kLen), 0, 0, 0};
      case 3: return {kLdx | kMem, 0, 0, word};
      default: return {kLd | kMem, 0, 0, word};
    }
  }

  ClassicInsn alu() {
    static constexpr uint16_t kOps[] = {kAdd, kSub, kMul, kDiv, kOr, kAnd, kLsh, kRsh, kMod, kXor};
    if (one_in(16)) return {kAlu | kNeg, 0, 0, 0};
    const uint16_t operation = any_of(kOps);
    const bool shift = operation == kLsh || operation == kRsh;
    const bool by_x = one_in(3) && !(shift && traits_.portable);
    uint32_t k = shift ? static_cast<uint32_t>(below(32)) : number();
    if ((operation == kDiv || operation == kMod) && k == 0) k = 3;
    return {static_cast<uint16_t>(kAlu | operation | (by_x ? kX : kK)), 0, 0, by_x ? 0 : k};
  }

  ClassicInsn jump(size_t left) {
    static constexpr uint16_t kOps[] = {kJeq, kJgt, kJge, kJset};
    const auto skip = [&] {
      return static_cast<uint8_t>(below(std::min<size_t>(left, one_in(4) ? 200 : 6)));
    };
    if (one_in(12)) return {kJmp | kJa, 0, 0, skip()};
    const bool by_x = one_in(4);
    return {static_cast<uint16_t>(kJmp | any_of(kOps) | (by_x ? kX : kK)), skip(), skip(),
            by_x ? 0 : number()};
  }

  void spoil() {
    ClassicInsn& insn = insns_[below(insns_.size())];
    static constexpr uint16_t kBits[] = {1, 2, 4, 8, 0x10, 0x20, 0x40, 0x80, 0x100, 0x8000};
    switch (below(6)) {
      case 0: insn.code ^= any_of(kBits); break;
      case 1: insn.jt = static_cast<uint8_t>(random_()); break;
      case 2: insn.k = number(); break;
      case 3: insn.k = kSkfAdOff + static_cast<uint32_t>(below(80)); break;
      case 4:
        insn = {one_in(2) ? uint16_t{kLd | kMem} : uint16_t{kSt}, 0, 0,
                static_cast<uint32_t>(below(20))};
        break;
      default: insns_.pop_back(); break;
    }
  }

  std::mt19937_64 random_;
  const ClassicTraits traits_;
  std::vector<ClassicInsn> insns_;
};

}  // namespace

std::vector<ClassicInsn> generate_classic(uint64_t seed, const ClassicTraits& traits) {
  return Generator(seed, traits).generate();
}

}  // namespace weir::test
