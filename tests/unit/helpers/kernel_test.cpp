// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The same programs here and in the kernel, through BPF_PROG_TEST_RUN: the same result, the same
// packet afterwards, the same contents of maps. Skipped where bpf(2) cannot be had, program by
// program where the running kernel lacks what the program uses.
#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "runtime/hooks/packet_buffer.h"
#include "runtime/maps/map_handle.h"
#include "runtime/maps/map_in_map.h"
#include "runtime/maps/map_ops.h"
#include "tests/unit/helpers/program_run.h"

namespace weir::test {
namespace {

long bpf(int command, bpf_attr& attr) {
  return ::syscall(SYS_bpf, command, &attr, sizeof(attr));
}

class Fd {
 public:
  explicit Fd(long fd) : fd_(static_cast<int>(fd)) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  Fd& operator=(Fd&&) = delete;
  ~Fd() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

struct Step {
  uint32_t map;
  std::vector<uint8_t> key, value;
};

struct Scenario {
  const char* name;
  ContextKind kind;
  std::string text;
  std::vector<MapDef> maps = {};
  std::vector<Step> setup = {};
  std::vector<uint8_t> packet = {};
};
// What a failed assertion shows.
void PrintTo(const Scenario& scenario, std::ostream* out) {
  *out << scenario.name;
}

uint32_t program_type(ContextKind kind) {
  switch (kind) {
    case ContextKind::kXdp: return BPF_PROG_TYPE_XDP;
    case ContextKind::kSchedCls: return BPF_PROG_TYPE_SCHED_CLS;
    case ContextKind::kSocketFilter: return BPF_PROG_TYPE_SOCKET_FILTER;
    case ContextKind::kLwtXmit: return BPF_PROG_TYPE_LWT_XMIT;
    default: return BPF_PROG_TYPE_UNSPEC;
  }
}

struct Seen {
  uint32_t result = 0;
  std::vector<uint8_t> packet;
  std::vector<std::vector<uint8_t>> values;  // of arrays and hashes, keys 0..3
  friend bool operator==(const Seen&, const Seen&) = default;
};
void PrintTo(const Seen& seen, std::ostream* out) {
  auto bytes = [&](const std::vector<uint8_t>& of) {
    static constexpr char kDigits[] = "0123456789abcdef";
    for (const uint8_t b : of) *out << kDigits[b >> 4] << kDigits[b & 15];
  };
  *out << "result " << static_cast<int32_t>(seen.result) << " packet ";
  bytes(seen.packet);
  for (const auto& value : seen.values) *out << " value ", bytes(value);
}

bool has_values(uint32_t type) {
  return type == BPF_MAP_TYPE_ARRAY || type == BPF_MAP_TYPE_HASH || type == BPF_MAP_TYPE_LRU_HASH;
}

std::vector<uint8_t> key_of(uint32_t number, uint32_t size) {
  std::vector<uint8_t> key(size);
  std::memcpy(key.data(), &number, std::min<size_t>(size, 4));
  return key;
}

class Kernel : public ::testing::TestWithParam<Scenario> {
 protected:
  // A map in the kernel; its inner maps' shape from a map that lives no longer than the call.
  static Fd make_map(const MapDef& def) {
    bpf_attr attr{};
    attr.map_type = def.type;
    attr.key_size = def.key_size;
    attr.value_size = def.value_size;
    attr.max_entries = def.max_entries;
    attr.map_flags = def.flags;
    const Fd inner = def.inner.empty() ? Fd(-1) : make_map(def.inner.front());
    if (inner.get() >= 0) attr.inner_map_fd = static_cast<uint32_t>(inner.get());
    return Fd(bpf(BPF_MAP_CREATE, attr));
  }

  static int update(int map, const std::vector<uint8_t>& key, const void* value) {
    bpf_attr attr{};
    attr.map_fd = static_cast<uint32_t>(map);
    attr.key = reinterpret_cast<uint64_t>(key.data());
    attr.value = reinterpret_cast<uint64_t>(value);
    return bpf(BPF_MAP_UPDATE_ELEM, attr) == 0 ? 0 : errno;
  }

  // What the kernel does; an explanation where it cannot be asked.
  static std::string run_kernel(const Scenario& scenario, Seen& seen) {
    std::vector<Fd> maps;
    for (const MapDef& def : scenario.maps) {
      maps.push_back(make_map(def));
      if (maps.back().get() < 0) return std::string("no map: ") + std::strerror(errno);
    }
    for (size_t i = 0; i < scenario.maps.size(); ++i) {
      for (const MapSlot& slot : scenario.maps[i].slots) {
        for (size_t m = 0; m < maps.size(); ++m) {
          if (scenario.maps[m].name != slot.name) continue;
          const int fd = maps[m].get();
          if (update(maps[i].get(), key_of(slot.slot, 4), &fd) != 0) return "no inner map";
        }
      }
    }
    for (const Step& step : scenario.setup) {
      if (update(maps[step.map].get(), step.key, step.value.data()) != 0)
        return std::string("no update: ") + std::strerror(errno);
    }
    auto assembled = assemble(scenario.text, "test.s");
    if (!assembled) return assembled.error().to_string();
    std::vector<uint8_t> code = assembled->bytes;
    for (size_t i = 0; i + 16 <= code.size(); i += 8) {
      if (code[i] != 0x18) continue;
      const bool map = code[i + 1] >> 4 == BPF_PSEUDO_MAP_FD;
      if (map) {
        uint32_t number;
        std::memcpy(&number, &code[i + 4], 4);
        const int fd = maps[number].get();
        std::memcpy(&code[i + 4], &fd, 4);
      }
      i += 8;
    }
    std::vector<char> log(1 << 16);
    bpf_attr load{};
    load.prog_type = program_type(scenario.kind);
    load.insns = reinterpret_cast<uint64_t>(code.data());
    load.insn_cnt = static_cast<uint32_t>(code.size() / 8);
    load.license = reinterpret_cast<uint64_t>("GPL");
    load.log_buf = reinterpret_cast<uint64_t>(log.data());
    load.log_size = static_cast<uint32_t>(log.size());
    load.log_level = 1;
    const Fd program(bpf(BPF_PROG_LOAD, load));
    if (program.get() < 0) {
      return "not loaded (" + std::string(std::strerror(errno)) + "): " + log.data();
    }
    std::vector<uint8_t> out(4096);
    bpf_attr test{};
    test.test.prog_fd = static_cast<uint32_t>(program.get());
    test.test.data_in = reinterpret_cast<uint64_t>(scenario.packet.data());
    test.test.data_size_in = static_cast<uint32_t>(scenario.packet.size());
    test.test.data_out = reinterpret_cast<uint64_t>(out.data());
    test.test.data_size_out = static_cast<uint32_t>(out.size());
    test.test.repeat = 1;
    if (bpf(BPF_PROG_TEST_RUN, test) != 0)
      return std::string("no test run: ") + std::strerror(errno);
    seen.result = test.test.retval;
    out.resize(test.test.data_size_out);
    seen.packet = out;
    for (size_t i = 0; i < maps.size(); ++i) {
      const MapDef& def = scenario.maps[i];
      if (!has_values(def.type)) continue;
      for (uint32_t number = 0; number < 4; ++number) {
        std::vector<uint8_t> value(def.value_size);
        const auto key = key_of(number, def.key_size);
        bpf_attr attr{};
        attr.map_fd = static_cast<uint32_t>(maps[i].get());
        attr.key = reinterpret_cast<uint64_t>(key.data());
        attr.value = reinterpret_cast<uint64_t>(value.data());
        if (bpf(BPF_MAP_LOOKUP_ELEM, attr) != 0) value.clear();
        seen.values.push_back(std::move(value));
      }
    }
    return {};
  }

  static Seen run_weir(const Scenario& scenario, Engine engine) {
    const Ready ready =
        make_ready(engine, scenario.text, scenario.kind, scenario.maps, {}, Policy::kStrict);
    Seen seen;
    if (!ready.run) return seen;
    for (const Step& step : scenario.setup) {
      EXPECT_EQ(map_host_update(ready.maps.handles()[step.map].map(), step.key.data(),
                                step.value.data(), BPF_ANY),
                0);
    }
    PacketBuffer packet;
    EXPECT_TRUE(packet.place(scenario.kind, scenario.packet));
    ExecContext context;
    context.helpers = helper_table(HelperSet::kKernel);
    ready.maps.attach(context);
    seen.result = static_cast<uint32_t>(ready.run(&context, &packet.context(), 0));
    EXPECT_EQ(context.trap_code, TrapCode::kNone);
    if (begins_at_ip(scenario.kind)) seen.packet.resize(kEthernetHeader);
    const ByteSpan after = packet.packet();
    seen.packet.insert(seen.packet.end(), after.begin(), after.end());
    for (size_t i = 0; i < scenario.maps.size(); ++i) {
      const MapDef& def = scenario.maps[i];
      if (!has_values(def.type)) continue;
      for (uint32_t number = 0; number < 4; ++number) {
        std::vector<uint8_t> value(def.value_size);
        const auto key = key_of(number, def.key_size);
        if (map_host_lookup(ready.maps.handles()[i].map(), key.data(), value.data(), 0) != 0)
          value.clear();
        seen.values.push_back(std::move(value));
      }
    }
    return seen;
  }
};

TEST_P(Kernel, DoesTheSame) {
  if (::geteuid() != 0) GTEST_SKIP() << "loading programs needs root";
  Scenario scenario = GetParam();
  if (scenario.packet.empty()) {
    // IPv4 and UDP, with checksums that nobody has to like.
    scenario.packet = {2,    0, 0,  0,  0, 1, 2,    0,    0,  0,  0,    2,    8,    0,
                       0x45, 0, 0,  50, 0, 1, 0,    0,    64, 17, 0x12, 0x34, 10,   0,
                       0,    1, 10, 0,  0, 2, 0x30, 0x39, 0,  53, 0,    30,   0xab, 0xcd};
    for (uint8_t i = 0; i < 22; ++i) scenario.packet.push_back(i);
  }
  Seen kernel;
  if (const std::string why = run_kernel(scenario, kernel); !why.empty()) {
    // Only what the kernel says of itself: a program that it refuses is a mistake of the test.
    if (why.starts_with("not loaded (Operation not permitted)") ||
        why.starts_with("no map: Operation not permitted") || why.contains("unknown func") ||
        why.contains("Function not implemented")) {
      GTEST_SKIP() << why;
    }
    FAIL() << why;
  }
  for (const Engine engine : {Engine::kInterp, Engine::kAot}) {
    EXPECT_EQ(run_weir(scenario, engine), kernel) << engine_name(engine);
  }
}

const MapDef kArray = map_def("a", BPF_MAP_TYPE_ARRAY, 4, 8, 4);
const MapDef kRing = map_def("r", BPF_MAP_TYPE_RINGBUF, 0, 0, 4096);

// Calls one helper of a context and four numbers, and gives its result.
std::string call(int helper, long a, long b, long c = 0, long d = 0) {
  return "r2 = " + std::to_string(a) + "\nr3 = " + std::to_string(b) +
         "\nr4 = " + std::to_string(c) + "\nr5 = " + std::to_string(d) + "\ncall " +
         std::to_string(helper) + "\nexit\n";
}
// The same with a result that is not the helper's: the rest is in the packet.
std::string bytes_call(int helper, long offset, long size, long flags, uint32_t bytes) {
  return "*(u64 *)(r10 - 8) = " + std::to_string(bytes) + "\nr2 = " + std::to_string(offset) +
         "\nr3 = r10\nr3 += -8\nr4 = " + std::to_string(size) + "\nr5 = " + std::to_string(flags) +
         "\ncall " + std::to_string(helper) + "\nexit\n";
}

std::vector<Scenario> scenarios() {
  const ContextKind tc = ContextKind::kSchedCls, xdp = ContextKind::kXdp,
                    socket = ContextKind::kSocketFilter;
  MapDef inner = kArray;
  inner.name = "inner";
  MapDef outer = map_def("outer", BPF_MAP_TYPE_ARRAY_OF_MAPS, 4, 4, 2);
  outer.inner = {kArray};
  outer.inner.front().name.clear();
  outer.slots = {{1, "inner"}};
  const std::string in_inner = R"(
*(u32 *)(r10 - 4) = SLOT
r2 = r10
r2 += -4
r1 = map_fd(1) ll
call 1
if r0 == 0 goto none
*(u32 *)(r10 - 4) = 2
*(u64 *)(r10 - 16) = 0x55
r1 = r0
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 0
call 2
exit
none:
r0 = 77
exit
)";
  auto with_slot = [&](const char* slot) {
    std::string text = in_inner;
    return text.replace(text.find("SLOT"), 4, slot);
  };
  auto text_of = [](int helper, uint64_t text, long size, long flags) {
    return "r1 = " + std::to_string(text) +
           " ll\n*(u64 *)(r10 - 8) = r1\n*(u64 *)(r10 - 16) = 0\n" +
           "r1 = r10\nr1 += -8\nr2 = " + std::to_string(size) + "\nr3 = " + std::to_string(flags) +
           "\nr4 = r10\nr4 += -16\ncall " + std::to_string(helper) +
           "\nr1 = *(u64 *)(r10 - 16)\nr0 *= 65536\nr0 ^= r1\nexit\n";
  };
  // A key whose flow label is r9, then options of 8 and of 6 bytes.
  const std::string tunnel_options =
      "r6 = r1\nr2 = r10\nr2 += -44\nr3 = 44\nr4 = 0\n*(u64 *)(r10 - 48) = 0\n"
      "*(u64 *)(r10 - 40) = 1\n*(u64 *)(r10 - 32) = 0\n*(u64 *)(r10 - 24) = 0\n"
      "*(u64 *)(r10 - 16) = 0\n*(u64 *)(r10 - 8) = 1\n*(u32 *)(r10 - 20) = r9\ncall 21\n"
      "r7 = r0\nr1 = r6\nr2 = r10\nr2 += -8\nr3 = 8\ncall 30\nr7 += r0\nr1 = r6\nr2 = r10\n"
      "r2 += -8\nr3 = 6\ncall 30\nr0 += r7\nexit\n";
  // One bit for each size: whether skb_set_tunnel_key takes it.
  auto tunnel_size = [](int size) {
    return "r1 = r6\nr2 = r10\nr2 += -48\nr3 = " + std::to_string(size) +
           "\nr4 = 0\ncall 21\nr7 <<= 1\nr0 &= 1\nr0 ^= 1\nr7 |= r0\n";
  };
  std::vector<Scenario> all = {
      {"store", tc, bytes_call(9, 30, 4, 0, 0x01020304)},
      {"store_hash", tc, bytes_call(9, 30, 4, 2, 0x01020304)},
      {"store_flags", tc, bytes_call(9, 30, 4, 4, 0)},
      {"store_beyond", tc, bytes_call(9, 62, 4, 0, 0)},
      {"store_negative", tc, bytes_call(9, -4, 4, 0, 0)},
      {"load", tc,
       "r2 = 12\nr3 = r10\nr3 += -8\nr4 = 2\n*(u64 *)(r10 - 8) = -1\ncall 26\n"
       "r0 = *(u64 *)(r10 - 8)\nexit\n"},
      {"load_beyond", tc,
       "r2 = 62\nr3 = r10\nr3 += -8\nr4 = 4\n*(u64 *)(r10 - 8) = -1\ncall 26\n"
       "r1 = *(u32 *)(r10 - 8)\nr0 += r1\nexit\n"},
      {"load_socket", socket,
       "r2 = 0\nr3 = r10\nr3 += -8\nr4 = 4\ncall 26\nr0 = *(u32 *)(r10 - 8)\nexit\n"},
      {"relative_mac", tc,
       "r2 = 12\nr3 = r10\nr3 += -8\nr4 = 2\nr5 = 0\ncall 68\nr0 = *(u16 *)(r10 - 8)\nexit\n"},
      {"relative_net", socket,
       "r2 = 12\nr3 = r10\nr3 += -8\nr4 = 4\nr5 = 1\ncall 68\nr0 = *(u32 *)(r10 - 8)\nexit\n"},
      {"relative_header", tc, "r2 = 0\nr3 = r10\nr3 += -8\nr4 = 4\nr5 = 2\ncall 68\nexit\n"},
      {"l3_word", tc, call(10, 24, 0x0a00, 0x0b0c, 2)},
      {"l3_long", tc, call(10, 24, 0x0100000a, 0x0200000b, 4)},
      {"l3_difference", tc, call(10, 24, 0, 0x12345, 0)},
      {"l3_difference_from", tc, call(10, 24, 1, 0x12345, 0)},
      {"l3_size", tc, call(10, 24, 0, 0, 3)},
      {"l3_flags", tc, call(10, 24, 0, 0, 16)},
      {"l3_odd", tc, call(10, 25, 0, 0, 2)},
      {"l3_beyond", tc, call(10, 63, 0, 0, 2)},
      {"l3_to_the_end", tc, call(10, 62, 0, 1, 2)},
      {"l4_word", tc, call(11, 40, 0x3930, 0x5000, 2)},
      {"l4_long_pseudo", tc, call(11, 40, 0x0100000a, 0x0200000b, 4 | 16)},
      {"l4_difference", tc, call(11, 40, 0, 0x23456, 0)},
      {"l4_mangled_zero", tc, call(11, 42, 0x0100, 0x0200, 2 | 32)},
      {"l4_enforce", tc, call(11, 42, 0x0100, 0x0200, 2 | 32 | 64)},
      {"l4_unknown_flag", tc, call(11, 40, 0, 0, 1 << 9)},
      {"csum_diff", tc,
       "*(u64 *)(r10 - 8) = 0x12345678\n*(u64 *)(r10 - 16) = 0x9abcdef\nr1 = r10\nr1 += -8\n"
       "r2 = 8\nr3 = r10\nr3 += -16\nr4 = 8\nr5 = 17\ncall 28\nexit\n"},
      {"csum_diff_one_side", xdp,
       "*(u64 *)(r10 - 8) = 0x12345678\nr1 = 0\nr2 = 0\nr3 = r10\nr3 += -8\nr4 = 4\nr5 = 0\n"
       "call 28\nexit\n"},
      {"csum_diff_odd", tc,
       "*(u64 *)(r10 - 8) = 0\nr1 = r10\nr1 += -8\nr2 = 6\nr3 = 0\nr4 = 0\nr5 = 0\ncall 28\n"
       "exit\n"},
      {"csum_update", tc, call(40, 5, 0)},
      {"csum_level_query", tc, call(135, 0, 0)},
      {"csum_level_unknown", tc, call(135, 9, 0)},
      {"pull", tc, call(39, 64, 0)},
      {"pull_beyond", tc, call(39, 65, 0)},
      {"change_tail_shorter", tc, call(38, 40, 0)},
      {"change_tail_longer", tc, call(38, 90, 0)},
      {"change_tail_too_short", tc, call(38, 13, 0)},
      {"change_tail_least", tc, call(38, 14, 0)},
      {"change_tail_flags", tc, call(38, 40, 1)},
      {"change_head", tc, call(43, 16, 0)},
      {"change_head_flags", tc, call(43, 16, 1)},
      {"change_type", tc, "r6 = r1\nr2 = 3\ncall 32\nr0 = *(u32 *)(r6 + 4)\nexit\n"},
      {"change_type_unknown", tc, call(32, 4, 0)},
      {"change_proto_6", tc, call(31, 0xdd86, 0)},
      {"change_proto_same", tc, call(31, 0x0008, 0)},
      {"room_net_grow", tc, call(50, 8, 0, 0)},
      {"room_net_shrink", tc, call(50, -8, 0, 0)},
      {"room_mac_grow", tc, call(50, 20, 1, 0)},
      {"room_mac_shrink", tc, call(50, -8, 1, 0)},
      {"room_mode", tc, call(50, 8, 2, 0)},
      {"room_too_much", tc, call(50, 4096, 1, 0)},
      {"room_shrink_all", tc, call(50, -40, 1, 0)},
      {"room_flags", tc, call(50, 8, 1, 1 << 20)},
      {"room_encap", tc, call(50, 20, 1, 2)},
      {"room_encap_short", tc, call(50, 8, 1, 2)},
      {"room_encap_net", tc, call(50, 20, 0, 2)},
      {"room_encap_both", tc, call(50, 40, 1, 6)},
      {"room_zero", tc, call(50, 0, 1, 0)},
      {"vlan_push", tc, "r6 = r1\nr2 = 0x81\nr3 = 5\ncall 18\nr0 = *(u32 *)(r6 + 24)\nexit\n"},
      {"vlan_push_twice", tc,
       "r6 = r1\nr2 = 0x81\nr3 = 5\ncall 18\nr1 = r6\nr2 = 0x81\nr3 = 7\ncall 18\n"
       "r0 = *(u32 *)(r6 + 0)\nr1 = *(u32 *)(r6 + 16)\nr0 <<= 16\nr0 |= r1\nexit\n"},
      {"vlan_push_and_pop", tc,
       "r6 = r1\nr2 = 0x81\nr3 = 5\ncall 18\nr1 = r6\nr2 = 0x81\nr3 = 7\ncall 18\nr1 = r6\n"
       "call 19\nr0 = *(u32 *)(r6 + 24)\nexit\n"},
      {"vlan_pop_none", tc, "r6 = r1\ncall 19\nr0 = *(u32 *)(r6 + 20)\nexit\n"},
      {"ecn", tc, call(97, 0, 0)},
      {"hash", tc, "r6 = r1\nr2 = 99\ncall 48\nr1 = r6\ncall 34\nexit\n"},
      {"tunnel_none", tc,
       "r2 = r10\nr2 += -44\nr3 = 44\nr4 = 0\ncall 20\nr1 = *(u32 *)(r10 - 44)\nr0 += r1\nexit\n"},
      {"tunnel_size", tc,
       "r2 = r10\nr2 += -48\nr3 = 48\nr4 = 0\n*(u64 *)(r10 - 48) = 1\n*(u64 *)(r10 - 40) = 1\n"
       "*(u64 *)(r10 - 32) = 1\n*(u64 *)(r10 - 24) = 1\n*(u64 *)(r10 - 16) = 1\n"
       "*(u64 *)(r10 - 8) = 1\ncall 21\nexit\n"},
      {"tunnel_options_none", tc,
       "*(u64 *)(r10 - 8) = -1\nr2 = r10\nr2 += -8\nr3 = 8\ncall 29\nr1 = *(u64 *)(r10 - 8)\n"
       "r0 += r1\nexit\n"},
      {"tunnel_options_without_key", tc,
       "*(u64 *)(r10 - 8) = -1\nr2 = r10\nr2 += -8\nr3 = 8\ncall 30\nexit\n"},
      {"tunnel_sizes", tc,
       "r6 = r1\nr7 = 0\n*(u64 *)(r10 - 48) = 0\n*(u64 *)(r10 - 40) = 0\n"
       "*(u64 *)(r10 - 32) = 0\n*(u64 *)(r10 - 24) = 0\n*(u64 *)(r10 - 16) = 0\n"
       "*(u64 *)(r10 - 8) = 0\n" +
           tunnel_size(8) + tunnel_size(20) + tunnel_size(22) + tunnel_size(24) + tunnel_size(26) +
           tunnel_size(28) + tunnel_size(32) + tunnel_size(40) + tunnel_size(44) +
           "r0 = r7\nexit\n"},
      {"tunnel_label", tc, std::string("r9 = 1\n") + tunnel_options},
      {"tunnel_options_with_key", tc, std::string("r9 = 0\n") + tunnel_options},
      {"redirect_xdp", xdp, "r1 = 1\nr2 = 0\ncall 23\nr0 += 100\nexit\n"},
      {"redirect_xdp_flags", xdp, "r1 = 1\nr2 = 1\ncall 23\nr0 += 100\nexit\n"},
      {"redirect_tc", tc, "r1 = 1\nr2 = 1\ncall 23\nr0 += 100\nexit\n"},
      {"redirect_tc_flags", tc, "r1 = 1\nr2 = 2\ncall 23\nr0 += 100\nexit\n"},
      {"redirect_neigh", tc, "r1 = 1\nr2 = 0\nr3 = 0\nr4 = 0\ncall 152\nr0 += 100\nexit\n"},
      {"redirect_neigh_flags", tc, "r1 = 1\nr2 = 0\nr3 = 0\nr4 = 1\ncall 152\nr0 += 100\nexit\n"},
      {"redirect_peer", tc, "r1 = 1\nr2 = 0\ncall 155\nr0 += 100\nexit\n"},
      {"redirect_peer_flags", tc, "r1 = 1\nr2 = 1\ncall 155\nr0 += 100\nexit\n"},
      {"redirect_map_empty",
       xdp,
       "r1 = map_fd(0) ll\nr2 = 1\nr3 = 2\ncall 51\nr0 += 100\nexit\n",
       {map_def("d", BPF_MAP_TYPE_DEVMAP, 4, 4, 4)}},
      {"redirect_map_there",
       xdp,
       "r1 = map_fd(0) ll\nr2 = 1\nr3 = 2\ncall 51\nr0 += 100\nexit\n",
       {map_def("d", BPF_MAP_TYPE_DEVMAP, 4, 4, 4)},
       {{0, {1, 0, 0, 0}, {1, 0, 0, 0}}}},
      {"redirect_map_flags",
       xdp,
       "r1 = map_fd(0) ll\nr2 = 1\nr3 = 64\ncall 51\nr0 += 100\nexit\n",
       {map_def("d", BPF_MAP_TYPE_DEVMAP, 4, 4, 4)}},
      {"redirect_map_beyond",
       xdp,
       "r1 = map_fd(0) ll\nr2 = 100\nr3 = 1\ncall 51\nr0 += 100\nexit\n",
       {map_def("x", BPF_MAP_TYPE_XSKMAP, 4, 4, 4)}},
      {"fib_family", tc,
       "*(u64 *)(r10 - 64) = 3\n*(u64 *)(r10 - 56) = 1\n*(u64 *)(r10 - 48) = 0\n"
       "*(u64 *)(r10 - 40) = 0\n*(u64 *)(r10 - 32) = 0\n*(u64 *)(r10 - 24) = 0\n"
       "*(u64 *)(r10 - 16) = 0\n*(u64 *)(r10 - 8) = 0\nr2 = r10\nr2 += -64\nr3 = 64\nr4 = 0\n"
       "call 69\nexit\n"},
      {"xdp_load", xdp,
       "r2 = 12\nr3 = r10\nr3 += -8\nr4 = 2\ncall 189\nr0 = *(u16 *)(r10 - 8)\n"
       "exit\n"},
      {"xdp_load_beyond", xdp, "r2 = 63\nr3 = r10\nr3 += -8\nr4 = 2\ncall 189\nexit\n"},
      {"xdp_load_far", xdp, "r2 = 65536\nr3 = r10\nr3 += -8\nr4 = 2\ncall 189\nexit\n"},
      {"xdp_store", xdp, bytes_call(190, 20, 4, 0, 0x01020304)},
      {"xdp_length", xdp, "call 188\nexit\n"},
      {"xdp_head", xdp, call(44, 14, 0)},
      {"xdp_head_back", xdp, call(44, -14, 0)},
      {"xdp_tail", xdp, call(65, -20, 0)},
      {"xdp_tail_longer", xdp, call(65, 20, 0)},
      {"ring_output",
       xdp,
       "*(u64 *)(r10 - 8) = 1\nr1 = map_fd(0) ll\nr2 = r10\nr2 += -8\nr3 = 8\nr4 = 0\ncall 130\n"
       "r6 = r0\nr1 = map_fd(0) ll\nr2 = 0\ncall 134\nr0 += r6\nexit\n",
       {kRing}},
      {"ring_output_flags",
       xdp,
       "*(u64 *)(r10 - 8) = 1\nr1 = map_fd(0) ll\nr2 = r10\nr2 += -8\nr3 = 8\nr4 = 4\ncall 130\n"
       "exit\n",
       {kRing}},
      {"ring_reserve",
       tc,
       "r1 = map_fd(0) ll\nr2 = 20\nr3 = 0\ncall 131\nif r0 == 0 goto l\n*(u64 *)(r0 + 0) = 1\n"
       "r1 = r0\nr2 = 0\ncall 132\nl:\nr1 = map_fd(0) ll\nr2 = 0\ncall 134\nexit\n",
       {kRing}},
      {"ring_reserve_too_large",
       tc,
       "r1 = map_fd(0) ll\nr2 = 4096\nr3 = 0\ncall 131\nif r0 == 0 goto l\nr1 = r0\nr2 = 0\n"
       "call 133\nr0 = 5\nexit\nl:\nr0 = 6\nexit\n",
       {kRing}},
      {"ring_size", tc, "r1 = map_fd(0) ll\nr2 = 1\ncall 134\nexit\n", {kRing}},
      {"ring_positions", tc, "r1 = map_fd(0) ll\nr2 = 3\ncall 134\nexit\n", {kRing}},
      {"perf_not_open",
       xdp,
       "*(u64 *)(r10 - 8) = 1\nr2 = map_fd(0) ll\nw3 = -1\nr4 = r10\nr4 += -8\nr5 = 8\ncall 25\n"
       "exit\n",
       {map_def("p", BPF_MAP_TYPE_PERF_EVENT_ARRAY, 4, 4, 4)}},
      {"perf_beyond",
       xdp,
       "*(u64 *)(r10 - 8) = 1\nr2 = map_fd(0) ll\nr3 = 4\nr4 = r10\nr4 += -8\nr5 = 8\ncall 25\n"
       "exit\n",
       {map_def("p", BPF_MAP_TYPE_PERF_EVENT_ARRAY, 4, 4, 4)}},
      {"perf_packet_beyond",
       xdp,
       "*(u64 *)(r10 - 8) = 1\nr2 = map_fd(0) ll\nr3 = 0x41ffffffff ll\nr4 = r10\nr4 += -8\n"
       "r5 = 8\ncall 25\nexit\n",
       {map_def("p", BPF_MAP_TYPE_PERF_EVENT_ARRAY, 4, 4, 4)}},
      {"perf_flags",
       tc,
       "*(u64 *)(r10 - 8) = 1\nr2 = map_fd(0) ll\nr3 = 0x1000000000000000 ll\nr4 = r10\n"
       "r4 += -8\nr5 = 8\ncall 25\nexit\n",
       {map_def("p", BPF_MAP_TYPE_PERF_EVENT_ARRAY, 4, 4, 4)}},
      {"bloom",
       tc,
       "*(u32 *)(r10 - 4) = 17\nr1 = map_fd(0) ll\nr2 = r10\nr2 += -4\ncall 89\nr6 = r0\n"
       "r1 = map_fd(0) ll\nr2 = r10\nr2 += -4\nr3 = 0\ncall 87\nr6 += r0\nr1 = map_fd(0) ll\n"
       "r2 = r10\nr2 += -4\nr3 = 1\ncall 87\nr6 *= 100\nr6 += r0\nr1 = map_fd(0) ll\nr2 = r10\n"
       "r2 += -4\ncall 89\nr0 += r6\nexit\n",
       {map_def("b", BPF_MAP_TYPE_BLOOM_FILTER, 0, 4, 100)}},
      {"inner_map", tc, with_slot("1"), {inner, outer}},
      {"inner_map_absent", tc, with_slot("0"), {inner, outer}},
      {"inner_map_beyond", tc, with_slot("5"), {inner, outer}},
      {"tail_call_empty",
       tc,
       "r2 = map_fd(0) ll\nr3 = 1\ncall 12\nr0 = 9\nexit\n",
       {map_def("t", BPF_MAP_TYPE_PROG_ARRAY, 4, 4, 4)}},
      {"strtol", tc, text_of(105, 0x30342d20, 8, 10)},
      {"strtol_octal", tc, text_of(105, 0x303437, 8, 8)},
      {"strtol_base", tc, text_of(105, 0x30342d20, 8, 7)},
      {"strtol_hex", tc, text_of(105, 0x66317830, 8, 0)},
      {"strtol_hex_prefix_only", tc, text_of(105, 0x677830, 8, 0)},
      {"strtol_none", tc, text_of(105, 0x7a7a, 8, 10)},
      {"strtol_spaces", tc, text_of(105, 0x20202020, 4, 10)},
      {"strtoul_minus", tc, text_of(106, 0x30342d20, 8, 10)},
      {"strtoul", tc, text_of(106, 0x393837, 8, 0)},
      {"printk", tc,
       "*(u64 *)(r10 - 8) = 0x64253d78\nr1 = r10\nr1 += -8\nr2 = 5\nr3 = 123\ncall 6\nexit\n"},
      {"socket_uid", tc, "call 47\nexit\n"},
      {"classid", tc, "call 17\nexit\n"},
      {"realm", tc, "call 24\nexit\n"},
      {"mtu", tc,
       "*(u64 *)(r10 - 8) = 0\nr2 = 0\nr3 = r10\nr3 += -8\nr4 = 0\nr5 = 2\ncall 163\nexit\n"},
  };
  return all;
}

INSTANTIATE_TEST_SUITE_P(Helpers, Kernel, ::testing::ValuesIn(scenarios()),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace weir::test
