// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tests/fuzz/generators/packet_program.h"

#include <array>

#include <fmt/format.h>

#include "tests/fuzz/mutators/random.h"

namespace weir::test {

namespace {

// r6: the context, r7: the data, r8: its end, r9: a number that everything goes into. r0 to r5 come
// and go. Stack: eight slots of 8 bytes at r10 - 64, the loop's counter at - 72, a key at - 80, a
// value at - 96.
class Generator {
 public:
  Generator(uint64_t seed, bool nearly) : random_(seed), nearly_(nearly) {}

  PacketProgram run() {
    bytes_ = 14 + pick(27);
    const int wrong = nearly_ ? 1 + pick(4) : 0;
    line("r6 = r1\nr7 = *(u32 *)(r1 + 0)\nr8 = *(u32 *)(r1 + 4)\nr9 = {}", number());
    for (int slot = 1; slot <= 8; ++slot) line("*(u64 *)(r10 - {}) = {}", 8 * slot, number());
    line("*(u64 *)(r10 - 80) = 0\n*(u64 *)(r10 - 96) = 0\n*(u64 *)(r10 - 88) = 0");
    if (wrong != 1) line("r1 = r7\nr1 += {}\nif r1 > r8 goto out", bytes_ - (wrong == 2 ? 1 : 0));
    skips_null_check_ = wrong == 3;
    loops_for_ever_ = wrong == 4;
    block(6 + pick(9), 0);
    line("r0 = r9\nexit\nout:\nr0 = 2\nexit");
    for (int function = 0; function < 2 && called_[function]; ++function) {
      line("sub_{}:\nr0 = r1\nr3 = r2", function);
      for (int i = 2 + pick(4); i > 0; --i) operate(0, 3);
      if (function == 0 && one_in(2)) {
        called_[1] = true;
        line("r1 = r0\nr2 = {}\ncall sub_1\nr0 += 1", number());
      }
      line("exit");
    }
    PacketProgram program{std::move(text_), {}};
    program.maps = {map("array", 2, 4, 16, 3), map("hash", 1, 4, 8, 8),
                    map("programs", 3, 4, 4, 2)};
    return program;
  }

 private:
  static MapDef map(const char* name, uint32_t type, uint32_t key, uint32_t value,
                    uint32_t entries) {
    MapDef map;
    map.name = name;
    map.type = type;  // BPF_MAP_TYPE_*
    map.key_size = key;
    map.value_size = value;
    map.max_entries = entries;
    return map;
  }
  template <class... T>
  void line(fmt::format_string<T...> format, T&&... values) {
    text_ += fmt::format(format, std::forward<T>(values)...) + "\n";
  }
  int pick(int n) { return static_cast<int>(random_.below(static_cast<uint64_t>(n))); }
  bool one_in(int n) { return pick(n) == 0; }
  int number() {
    static constexpr int kNumbers[] = {0,  1,   2,    3,  7,  8,    15,
                                       63, 255, 4096, -1, -2, -128, 0x7fffffff};
    return kNumbers[pick(std::size(kNumbers))];
  }
  int slot() { return 8 * (1 + pick(8)); }

  void operate(int dst, int src) {
    static constexpr std::array kOperations = {"+=", "-=", "*=", "&=", "|=", "^=", "/=", "%="};
    const char* const operation = kOperations[static_cast<size_t>(pick(kOperations.size()))];
    switch (pick(8)) {
      case 0: line("w{} {} w{}", dst, operation, src); break;
      case 1: line("r{} = {}{} r{}", dst, one_in(2) ? "be" : "le", 16 << pick(3), dst); break;
      case 2: line("r{} = (s{})r{}", dst, 8 << pick(3), src); break;
      case 3: line("r{} {} {}", dst, one_in(2) ? "<<=" : "s>>=", pick(64)); break;
      case 4: line("w{} {} {}", dst, one_in(2) ? ">>=" : "s>>=", pick(32)); break;
      case 5: line("r{} += {}", dst, number()); break;
      default: line("r{} {} r{}", dst, operation, src); break;
    }
  }

  void block(int statements, int depth) {
    for (; statements > 0; --statements) statement(depth);
  }

  void statement(int depth) {
    const int label = labels_++;
    switch (pick(17)) {
      case 0:
      case 1: {
        const int size = 1 << pick(4);
        line("r1 = *(u{} *)(r7 + {})", 8 * size, pick(bytes_ - size));
        operate(9, 1);
        break;
      }
      case 2: {
        const int size = 1 << pick(4);
        line("*(u{} *)(r7 + {}) = r9", 8 * size, pick(bytes_ - size));
        break;
      }
      case 3: line("*(u64 *)(r10 - {}) = r9", slot()); break;
      case 4:
        line("r1 = *(u64 *)(r10 - {})", slot());
        operate(9, 1);
        break;
      case 5:
        // The kernel forgets what was checked where the offset is not known.
        line("r1 = r9\nr1 &= 7\nr2 = r7\nr2 += r1\nr1 = r2\nr1 += 8\nif r1 > r8 goto l{}", label);
        line("r1 = *(u8 *)(r2 + {})", pick(8));
        operate(9, 1);
        line("l{}:", label);
        break;
      case 6:
      case 7:
        if (depth < 2) {
          static constexpr std::array kConditions = {"==", "!=", ">", "<=", "s<", "s>=", "&"};
          line("if {}9 {} {} goto l{}", one_in(3) ? "w" : "r",
               kConditions[static_cast<size_t>(pick(kConditions.size()))], number(), label);
          block(1 + pick(3), depth + 1);
          line("l{}:", label);
          break;
        }
        [[fallthrough]];
      case 8: operate(9, 9); break;
      case 9:
        if (!in_loop_) {
          in_loop_ = true;
          line("*(u64 *)(r10 - 72) = 0\nl{}:", label);
          block(1 + pick(3), depth + 1);
          line("r1 = *(u64 *)(r10 - 72)\nr1 += {}\n*(u64 *)(r10 - 72) = r1\nif r1 < {} goto l{}",
               loops_for_ever_ ? 0 : 1, 2 + pick(5), label);
          in_loop_ = false;
        }
        break;
      case 10:
      case 11: array_value(label); break;
      case 12:
        key();
        line("*(u64 *)(r10 - 96) = r9\nr1 = map_fd(1) ll\nr2 = r10\nr2 += -80\nr3 = r10");
        line("r3 += -96\nr4 = {}\ncall 2\nr9 ^= r0", pick(3));
        break;
      case 13:
        key();
        line("r1 = map_fd(1) ll\nr2 = r10\nr2 += -80\ncall 3\nr9 += r0");
        break;
      case 14:
        called_[0] = true;
        line("r1 = r9\nr2 = {}\ncall sub_0\nr9 += r0", number());
        break;
      case 15:
        line(
            "r1 = r10\nr1 += -64\nr2 = 16\nr3 = 0\nr4 = 0\nr5 = r9\nw5 &= 65535\ncall 28\nr9 ^= "
            "r0");
        break;
      default:
        if (one_in(2)) {
          line("r1 = r6\nr2 = map_fd(2) ll\nr3 = {}\ncall 12", pick(4));
        } else {
          line("lock *(u64 *)(r10 - {}) += r9", slot());
        }
    }
  }

  void key() {
    if (one_in(2)) {
      line("*(u32 *)(r10 - 80) = {}", pick(4));
    } else {
      line("r1 = r9\nw1 &= 3\n*(u32 *)(r10 - 80) = r1");
    }
  }

  void array_value(int label) {
    key();
    line("r1 = map_fd(0) ll\nr2 = r10\nr2 += -80\ncall 1");
    if (!skips_null_check_) line("if r0 == 0 goto l{}", label);
    const int at = 8 * pick(2);
    switch (pick(5)) {
      case 0: line("r1 = *(u64 *)(r0 + {})\nr9 += r1", at); break;
      case 1: line("*(u64 *)(r0 + {}) = r9", at); break;
      case 2: line("lock *(u64 *)(r0 + {}) += r9", at); break;
      case 3: line("r1 = r9\nr1 = atomic_fetch_xor((u64 *)(r0 + {}), r1)\nr9 += r1", at); break;
      default:
        line("r3 = r0\nr0 = 0\nr1 = r9\nr0 = cmpxchg_64(r3 + {}, r0, r1)\nr9 += r0", at);
        break;
    }
    line("l{}:", label);
  }

  fuzz::Random random_;
  const bool nearly_;
  std::string text_;
  int bytes_ = 0, labels_ = 0;
  bool in_loop_ = false, skips_null_check_ = false, loops_for_ever_ = false;
  bool called_[2] = {};
};

}  // namespace

PacketProgram generate_packet_program(uint64_t seed, bool nearly) {
  return Generator(seed, nearly).run();
}

}  // namespace weir::test
