// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Classic filters, random ones and tcpdump's: what they became does in every engine and at every
// hook what libpcap's interpreter and the kernel do with the filter itself, and strict accepts all
// of it. WEIR_FUZZ_SEED and WEIR_FUZZ_PROGRAMS as in differential_test.cpp.
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include <fmt/format.h>

#include "frontend/isa/cbpf_convert.h"
#include "frontend/isa/disassembler.h"
#include "frontend/verifier/verifier.h"
#include "measure/inputs.h"
#include "runtime/hooks/classic_hook.h"
#include "runtime/hooks/packet_buffer.h"
#include "tests/fuzz/generators/classic_filter.h"
#include "tests/fuzz/oracles/classic.h"
#include "tests/support/engines.h"
#include "tests/support/programs.h"

namespace weir::test {
namespace {

constexpr size_t kPacketBytes = 64;
constexpr uint64_t kBatch = 50;
constexpr ContextKind kHooks[] = {ContextKind::kMemory,   ContextKind::kFrame,
                                  ContextKind::kXdp,      ContextKind::kSocketFilter,
                                  ContextKind::kSchedCls, ContextKind::kCgroupSkb};

uint64_t from_environment(const char* name, uint64_t otherwise) {
  const char* const said = std::getenv(name);
  return said ? std::strtoull(said, nullptr, 10) : otherwise;
}

std::string listing(std::span<const ClassicInsn> insns) {
  std::string out = write_classic_text(insns) + "\n";
  for (size_t i = 0; i < insns.size(); ++i)
    out += fmt::format("{:3} {}\n", i, classic_text(insns[i], i));
  return out;
}

Result<VerifiedProgram> made_for(std::span<const ClassicInsn> insns, ContextKind kind,
                                 Policy policy, const std::string& name = "filter") {
  WEIR_TRY(const ClassicTarget target, classic_target(kind));
  WEIR_TRY(Program program, convert_classic(insns, target, name));
  CompileOptions options = test_options();
  options.context = kind;
  options.helpers = default_helpers(kind);
  options.policy = policy;
  options.debug_info = DebugInfo::kNone;
  return verify(std::move(program), options);
}

// What a program at a hook gives for a packet that the filter gives `length` for.
uint64_t expected_at(ContextKind kind, uint32_t length) {
  const ClassicTarget target = *classic_target(kind);
  if (!target.verdicts) return length;
  return static_cast<uint32_t>(length != 0 ? target.verdicts->accepted : target.verdicts->rejected);
}

RunInput input_of(ContextKind kind, ByteSpan packet) {
  RunInput input;
  input.context = kind;
  input.helper_set = default_helpers(kind);
  input.memory.assign(packet.begin(), packet.end());
  return input;
}

// The test bench's contexts do not hold the packet's length.
bool knows_what_it_reads(ContextKind kind, std::span<const ClassicInsn> insns) {
  return !classic_target(kind)->skb || std::ranges::none_of(insns, [](const ClassicInsn& insn) {
    return cbpf::cls(insn.code) <= cbpf::kLdx && cbpf::mode(insn.code) == cbpf::kLen;
  });
}

std::vector<uint8_t> random_packet(std::mt19937_64& random) {
  std::vector<uint8_t> packet(random() % 4 == 0 ? random() % kPacketBytes : kPacketBytes);
  for (uint8_t& byte : packet)
    byte = static_cast<uint8_t>(random() % 4 == 0 ? random() : random() % 16);
  return packet;
}

struct Counts {
  size_t programs = 0, runs = 0, accepted = 0;
};

// The filters, on the packets of each, in the interpreter at every hook and compiled at two.
// `expect` gives what a filter does.
template <class Packets, class Expect>
void expect_same(const std::vector<std::vector<ClassicInsn>>& filters, Packets packets,
                 Expect expect, GuardedMemory& memory, Counts& counts) {
  static constexpr ContextKind kCompiledAt[] = {ContextKind::kMemory, ContextKind::kSocketFilter};
  std::vector<VerifiedProgram> compiled[2];
  for (size_t i = 0; i < filters.size(); ++i) {
    const std::span<const ClassicInsn> filter = filters[i];
    std::vector<Runnable> interpreted;
    for (const ContextKind kind : kHooks) {
      const auto strict = made_for(filter, kind, Policy::kStrict);
      ASSERT_TRUE(strict) << context_name(kind) << ": " << strict.error().to_string() << "\n"
                          << listing(filter);
      ASSERT_EQ(strict->facts().accesses, strict->facts().proven) << context_name(kind) << "\n"
                                                                  << listing(filter);
      auto runnable = prepare(Engine::kInterp, *strict);
      ASSERT_TRUE(runnable) << runnable.error().to_string();
      interpreted.push_back(std::move(*runnable));
    }
    for (const auto& packet : packets(i)) {
      const uint32_t length = expect(i, packet);
      for (size_t hook = 0; hook < std::size(kHooks); ++hook) {
        if (!knows_what_it_reads(kHooks[hook], filter)) continue;
        const Outcome outcome = run(interpreted[hook], input_of(kHooks[hook], packet), memory);
        ASSERT_EQ(outcome.trap.code, TrapCode::kNone)
            << context_name(kHooks[hook]) << ", instruction " << outcome.trap.insn << "\n"
            << listing(filter)
            << disassemble(made_for(filter, kHooks[hook], Policy::kStrict)->program(),
                           Dialect::kKernel, {.slots = true});
        ASSERT_EQ(outcome.r0, expected_at(kHooks[hook], length))
            << context_name(kHooks[hook]) << ", " << packet.size() << " bytes\n"
            << listing(filter)
            << disassemble(made_for(filter, kHooks[hook], Policy::kStrict)->program(),
                           Dialect::kKernel, {.slots = true});
        ++counts.runs;
      }
      counts.accepted += length != 0;
    }
    for (int k = 0; k < 2; ++k) {
      auto verified = made_for(filter, kCompiledAt[k], Policy::kGuard, fmt::format("f{}", i));
      ASSERT_TRUE(verified);
      compiled[k].push_back(std::move(*verified));
    }
    ++counts.programs;
  }
  for (int k = 0; k < 2; ++k) {
    for (const Engine engine : {Engine::kJit, Engine::kAot, Engine::kCached}) {
      if (k != 0 && engine != Engine::kAot) continue;
      const auto native = prepare(engine, compiled[k]);
      ASSERT_TRUE(native) << native.error().to_string();
      const ContextKind kind = kCompiledAt[k];
      for (size_t i = 0; i < filters.size(); ++i) {
        if (!knows_what_it_reads(kind, filters[i])) continue;
        for (const auto& packet : packets(i)) {
          const Outcome outcome = run((*native)[i], input_of(kind, packet), memory);
          ASSERT_EQ(outcome.r0, expected_at(kind, expect(i, packet)))
              << engine_name(engine) << " at " << context_name(kind) << "\n"
              << listing(filters[i]);
          ASSERT_FALSE(outcome.strayed);
          ++counts.runs;
        }
      }
    }
  }
}

void tell(const Counts& counts) {
  std::fputs(fmt::format("{} filters, {} runs, {} packets accepted\n", counts.programs, counts.runs,
                         counts.accepted)
                 .c_str(),
             stderr);
}

const uint64_t kFirst = from_environment("WEIR_FUZZ_SEED", 1);
const uint64_t kCount = from_environment("WEIR_FUZZ_PROGRAMS", 150);

TEST(ClassicFilters, DoWhatLibpcapDoes) {
  GuardedMemory memory(kPacketBytes);
  Counts counts;
  for (uint64_t at = kFirst; at < kFirst + kCount; at += kBatch) {
    std::vector<std::vector<ClassicInsn>> filters;
    std::vector<std::vector<std::vector<uint8_t>>> packets;
    for (uint64_t seed = at; seed < at + kBatch; ++seed) {
      filters.push_back(generate_classic(seed, {}));
      std::mt19937_64 random(seed);
      auto& mine = packets.emplace_back();
      for (int i = 0; i < 6; ++i) mine.push_back(random_packet(random));
    }
    expect_same(
        filters, [&](size_t i) -> const auto& { return packets[i]; },
        [&](size_t i, ByteSpan packet) { return run_in_libpcap(filters[i], packet); }, memory,
        counts);
    if (HasFatalFailure()) return;
  }
  tell(counts);
  EXPECT_GT(counts.accepted * 10, counts.programs * 6);  // else the packets end them all
}

TEST(ClassicFilters, DoWhatTheKernelDoes) {
  FilteredSocket socket;
  if (!socket.problem().empty()) GTEST_SKIP() << socket.problem();
  GuardedMemory memory(kPacketBytes);
  size_t passed = 0, runs = 0;
  for (uint64_t seed = kFirst; seed < kFirst + 5 * kCount; ++seed) {
    const auto filter = generate_classic(seed, {.portable = false});
    ASSERT_TRUE(socket.attach(filter)) << "the kernel refuses\n" << listing(filter);
    for (const ContextKind kind : {ContextKind::kMemory, ContextKind::kSocketFilter}) {
      if (!knows_what_it_reads(kind, filter)) continue;
      const auto verified = made_for(filter, kind, Policy::kStrict);
      ASSERT_TRUE(verified) << verified.error().to_string();
      const auto interpreter = prepare(Engine::kInterp, *verified);
      ASSERT_TRUE(interpreter);
      std::mt19937_64 random(seed);
      for (int i = 0; i < 4; ++i) {
        const std::vector<uint8_t> packet = random_packet(random);
        if (packet.empty()) continue;
        const auto length = socket.pass(packet);
        ASSERT_TRUE(length);
        RunInput input = input_of(kind, packet);
        const Outcome outcome = run(*interpreter, input, memory);
        ASSERT_EQ(std::min<uint64_t>(outcome.r0, packet.size()), *length)
            << "seed " << seed << " at " << context_name(kind) << "\n"
            << listing(filter);
        passed += *length != 0;
        ++runs;
      }
    }
  }
  std::fputs(fmt::format("{} runs, {} packets passed\n", runs, passed).c_str(), stderr);
  EXPECT_GT(passed * 10, runs);
}

// The checker's verdict is the kernel's.
TEST(ClassicFilters, KernelTakesTheSame) {
  FilteredSocket socket;
  if (!socket.problem().empty()) GTEST_SKIP() << socket.problem();
  size_t taken = 0, refused = 0;
  for (uint64_t seed = kFirst; seed < kFirst + 20 * kCount; ++seed) {
    const auto filter = generate_classic(seed, {.portable = false, .nearly = true});
    const Status checked = check_classic(filter);
    ASSERT_EQ(socket.attach(filter), checked.has_value())
        << "seed " << seed << ": " << (checked ? "accepted" : checked.error().to_string()) << "\n"
        << listing(filter);
    ++(checked ? taken : refused);
  }
  std::fputs(fmt::format("{} taken, {} refused\n", taken, refused).c_str(), stderr);
  EXPECT_GT(taken, 0u);
  EXPECT_GT(refused, taken / 10);
}

constexpr const char* kExpressions[] = {
    "",
    "ip",
    "ip6",
    "arp",
    "tcp",
    "udp",
    "icmp",
    "icmp6",
    "not ip",
    "tcp port 80",
    "udp port 53",
    "port 443",
    "src port 53",
    "dst port 8080",
    "portrange 1024-2048",
    "tcp portrange 1-1023",
    "host 10.0.0.1",
    "src host 10.1.2.3",
    "net 10.0.0.0/8",
    "dst net 192.168.0.0/16",
    "ip6 host fe80::1",
    "ip6 net fe80::/10",
    "ip proto 47",
    "ip6 proto 17",
    "tcp[tcpflags] & (tcp-syn|tcp-fin) != 0",
    "tcp[13] = 2",
    "ip[8] < 5",
    "ip[0] & 0xf != 5",
    "ip[6:2] & 0x1fff != 0",
    "udp[4:2] > 100",
    "icmp[icmptype] = icmp-echo",
    "len > 100",
    "less 64",
    "greater 1000",
    "tcp and (port 80 or port 443) and not host 1.2.3.4",
    "tcp port 80 and (((ip[2:2] - ((ip[0]&0xf)<<2)) - ((tcp[12]&0xf0)>>2)) != 0)",
    "ip host 10.0.0.1 and tcp port 22 or udp port 53",
    "ip multicast or ip6 multicast",
    "ip6 and tcp dst port 443",
    "ip[9] % 5 = 2 or ip[8] / 3 > 10",
    "sctp or ah or esp",
};

TEST(ClassicFilters, Tcpdump) {
  for (const bool raw : {false, true}) {
    std::vector<std::vector<ClassicInsn>> filters;
    for (const char* const expression : kExpressions) {
      if (raw && expression == std::string_view("arp")) continue;  // there is none
      filters.push_back(compile_in_libpcap(expression, raw));
      ASSERT_FALSE(filters.back().empty()) << expression;
    }
    std::vector<std::vector<uint8_t>> packets;
    size_t most = 0;
    for (const measure::InputKind kind :
         {raw ? measure::InputKind::kIp : measure::InputKind::kFrames,
          measure::InputKind::kBytes40}) {
      measure::Inputs inputs(kind, 100);
      for (size_t i = 0; i < inputs.count(); ++i) {
        packets.emplace_back(inputs.bytes(i).begin(), inputs.bytes(i).end());
        // Cut off anywhere.
        if (i % 4 == 0) packets.back().resize(i % (packets.back().size() + 1));
        most = std::max(most, packets.back().size());
      }
    }
    GuardedMemory memory(most);
    Counts counts;
    expect_same(
        filters, [&](size_t) -> const auto& { return packets; },
        [&](size_t i, ByteSpan packet) { return run_in_libpcap(filters[i], packet); }, memory,
        counts);
    if (HasFatalFailure()) return;
    tell(counts);
  }
}

}  // namespace
}  // namespace weir::test
