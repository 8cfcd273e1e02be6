// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Filters, interpreted and native: what hosts see, and what threads that run packets see while
// others change what runs.
#include "runtime/hooks/filter.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <thread>

#include "runtime/maps/map_handle.h"
#include "runtime/maps/map_ops.h"

namespace weir {
namespace {

// A frame of 64 bytes in the middle of some room.
struct Frame {
  static constexpr uint32_t kRoom = 32, kSize = 64;
  std::array<uint8_t, kRoom + kSize + kRoom> bytes{};
  uint8_t* data() { return bytes.data() + kRoom; }
  Packet packet() { return {.data = data(), .size = kSize, .headroom = kRoom, .tailroom = kRoom}; }
};

class FilterTest : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    auto file = ProgramFile::read(std::string(WEIR_TEST_INPUTS) + "/" + GetParam());
    ASSERT_TRUE(file) << file.error().to_string();
    file_.emplace(std::move(*file));
    worker_ = open_worker();
  }

  std::unique_ptr<Worker> open_worker() {
    auto worker = Worker::open(host_);
    EXPECT_TRUE(worker) << worker.error().to_string();
    return worker ? std::move(*worker) : nullptr;
  }

  std::shared_ptr<const Instance> load(const std::string& name,
                                       std::shared_ptr<const Instance> maps_from = nullptr) {
    InstanceOptions options;
    options.program = name;
    options.maps_from = std::move(maps_from);
    auto instance = host_.load(*file_, options);
    EXPECT_TRUE(instance) << instance.error().to_string();
    return instance ? *instance : nullptr;
  }

  uint32_t attach(Filter& filter, const std::string& name, uint32_t priority = 50) {
    auto link = filter.attach({.program = load(name), .priority = priority});
    EXPECT_TRUE(link) << link.error().to_string();
    return link ? *link : 0;
  }

  Packet run(Filter& filter, uint8_t first_byte = 0) {
    frame_ = Frame();
    frame_.data()[0] = first_byte;
    Packet packet = frame_.packet();
    filter.run(*worker_, {&packet, 1});
    return packet;
  }

  static uint64_t count_in(const Instance& instance) {
    const uint32_t key = 0;
    const void* const value = map_lookup(instance.find_map("seen"), &key, 0);
    uint64_t count = 0;
    if (value != nullptr) std::memcpy(&count, value, sizeof count);
    return count;
  }

  Host host_{{.workers = 8}};
  std::optional<ProgramFile> file_;
  std::unique_ptr<Worker> worker_;
  Frame frame_;
};
constexpr auto kFileName = [](const auto& info) {
  return std::string(info.param) == "filters.weir" ? "Native" : "Interp";
};
#if WEIR_TEST_NATIVE
INSTANTIATE_TEST_SUITE_P(Engines, FilterTest, ::testing::Values("filters.bpf.o", "filters.weir"),
                         kFileName);
#else
INSTANTIATE_TEST_SUITE_P(Engines, FilterTest, ::testing::Values("filters.bpf.o"), kFileName);
#endif

TEST_P(FilterTest, EachVerdictIsAnAction) {
  Filter filter(host_, {});
  const uint32_t link = attach(filter, "by_first_byte");
  constexpr Action kWanted[] = {Action::kDrop,     Action::kDrop,     Action::kPass,
                                Action::kTransmit, Action::kRedirect, Action::kDrop};
  for (uint8_t verdict = 0; verdict < 6; ++verdict) {
    const Packet packet = run(filter, verdict);
    EXPECT_EQ(packet.action, kWanted[verdict]) << int(verdict);
    EXPECT_EQ(packet.result, verdict);
    EXPECT_EQ(packet.link, link);
    EXPECT_EQ(packet.trap, 0u);
    EXPECT_EQ(packet.redirect_ifindex, packet.action == Action::kRedirect ? 7u : 0u);
  }
  const FilterCounts counts = filter.counts();
  EXPECT_EQ(counts.packets, 6u);
  EXPECT_EQ(counts.bytes, 6 * 64u);
  EXPECT_EQ(counts.actions, (std::array<uint64_t, 4>{1, 3, 1, 1}));
  const LinkInfo info = filter.links().front();
  EXPECT_EQ(info.counts.runs, 6u);
  EXPECT_EQ(info.counts.results[2], 1u);
  EXPECT_EQ(count_in(*info.program), 6u);
  EXPECT_EQ(info.program->executable().engine(),
            file_->is_native() ? EngineKind::kAot : EngineKind::kInterp);
}

TEST_P(FilterTest, AnEmptyFilterDoesAsItsOptionsSay) {
  Filter open(host_, {.on_empty = OnError::kPass}), closed(host_, {.on_empty = OnError::kDrop});
  EXPECT_EQ(run(open).action, Action::kPass);
  EXPECT_EQ(run(closed).action, Action::kDrop);
}

TEST_P(FilterTest, ProgramsSayThemselvesHowTheyRun) {
  Filter filter(host_, {});
  const auto plain = filter.attach({.program = load("mark_a1")});
  const auto early = filter.attach({.program = load("z_early")});
  ASSERT_TRUE(plain && early);
  const std::vector<LinkInfo> links = filter.links();
  EXPECT_EQ(links[0].id, *early);
  EXPECT_EQ(links[0].rules.priority, 10u);
  EXPECT_EQ(links[0].rules.priority_from, ChainSource::kProgram);
  EXPECT_EQ(links[0].rules.go_on, (VerdictSet{1, 2}));
  EXPECT_EQ(links[1].rules.priority_from, ChainSource::kDefault);
  // It drops, and the next one has its turn all the same.
  const Packet packet = run(filter, 1);
  EXPECT_EQ(frame_.data()[14], 'a');
  EXPECT_EQ(packet.link, *plain);
  EXPECT_EQ(packet.action, Action::kPass);
}

TEST_P(FilterTest, TheHostHasTheLastWord) {
  Filter filter(host_, {});
  const auto early = filter.attach({.program = load("z_early"), .go_on = VerdictSet{2}});
  const auto first = filter.attach({.program = load("mark_a1"), .priority = 5});
  ASSERT_TRUE(early && first);
  const std::vector<LinkInfo> links = filter.links();
  EXPECT_EQ(links[0].id, *first);
  EXPECT_EQ(links[0].rules.priority_from, ChainSource::kHost);
  EXPECT_EQ(links[1].rules.priority, 10u);
  EXPECT_EQ(links[1].rules.go_on_from, ChainSource::kHost);
  EXPECT_EQ(run(filter, 1).action, Action::kDrop);
  // Another program keeps the place.
  ASSERT_TRUE(filter.replace(*first, load("z_early")));
  EXPECT_EQ(filter.links()[0].rules.priority, 5u);
}

TEST_P(FilterTest, ProgramsSeeWhereThePacketCameFrom) {
  Filter filter(host_, {});
  attach(filter, "interface_and_queue");
  EXPECT_EQ(run(filter).action, Action::kDrop);
  Packet packet = frame_.packet();
  packet.ifindex = 5;
  packet.rx_queue = 3;
  EXPECT_EQ(filter.run(*worker_, {&packet, 1}), 1u);
}

TEST_P(FilterTest, AWorkersNumberIsItsCpu) {
  Filter filter(host_, {});
  attach(filter, "on_cpu_1");
  EXPECT_EQ(run(filter).action, Action::kDrop);  // the first worker is 0
  auto second = open_worker();
  Packet packet = frame_.packet();
  EXPECT_EQ(filter.run(*second, {&packet, 1}), 1u);
}

TEST_P(FilterTest, WorkersRunOutAndComeBack) {
  std::vector<std::unique_ptr<Worker>> others;
  for (int i = 1; i < 8; ++i) others.push_back(open_worker());
  const auto one_too_many = Worker::open(host_);
  ASSERT_FALSE(one_too_many);
  EXPECT_THAT(one_too_many.error().to_string(), ::testing::HasSubstr("all 8 workers"));
  others.pop_back();
  EXPECT_TRUE(Worker::open(host_));
}

TEST_P(FilterTest, APacketThatGrewIsHandedBack) {
  Filter filter(host_, {});
  attach(filter, "grow");
  const Packet packet = run(filter, 0x11);
  EXPECT_EQ(packet.action, Action::kTransmit);
  EXPECT_EQ(packet.size, 68u);
  EXPECT_EQ(packet.data, frame_.data() - 4);
  EXPECT_EQ(packet.headroom, Frame::kRoom - 4);
  EXPECT_EQ(packet.tailroom, Frame::kRoom);
  EXPECT_EQ(packet.data[3], 0xee);
  EXPECT_EQ(packet.data[4], 0x11);
}

TEST_P(FilterTest, WithoutHeadroomNothingGrows) {
  Filter filter(host_, {});
  attach(filter, "grow");
  Packet packet = frame_.packet();
  packet.headroom = 2;
  filter.run(*worker_, {&packet, 1});
  EXPECT_EQ(packet.action, Action::kDrop);
  EXPECT_EQ(packet.size, 64u);
}

TEST_P(FilterTest, TheEthernetHeaderGoesWhereAnIpPacketGoes) {
  Filter filter(host_, {.hook = ContextKind::kLwtXmit});
  attach(filter, "grow_ip");
  const auto run_with = [&](uint8_t by) {
    frame_ = Frame();
    for (uint8_t i = 0; i < 14; ++i) frame_.data()[i] = i + 1;
    frame_.data()[14] = by;
    Packet packet = frame_.packet();
    filter.run(*worker_, {&packet, 1});
    return packet;
  };
  const Packet packet = run_with(4);
  ASSERT_EQ(packet.action, Action::kPass);
  EXPECT_EQ(packet.size, 68u);
  EXPECT_EQ(packet.data, frame_.data() - 4);
  EXPECT_EQ(packet.headroom, Frame::kRoom - 4);
  for (uint8_t i = 0; i < 14; ++i) EXPECT_EQ(packet.data[i], i + 1);
  // All of the room, and no more: the header has its place too.
  EXPECT_EQ(run_with(Frame::kRoom).headroom, 0u);
  EXPECT_EQ(frame_.bytes[0], 1);
  EXPECT_EQ(run_with(Frame::kRoom + 1).action, Action::kDrop);
}

TEST_P(FilterTest, ProgramsSeeThatAPacketIsStillToBeCut) {
  Filter filter(host_, {.hook = ContextKind::kSchedCls});
  attach(filter, "in_three_segments");
  EXPECT_EQ(run(filter).action, Action::kDrop);
  Packet packet = frame_.packet();
  packet.gso_size = 1448;
  packet.gso_segments = 3;
  EXPECT_EQ(filter.run(*worker_, {&packet, 1}), 1u);
}

TEST_P(FilterTest, ATrapBehindATailCallNamesItsProgram) {
  Filter filter(host_, {.budget = 1000});
  attach(filter, "tail_calls_endless");
  const Packet packet = run(filter);
  ASSERT_EQ(packet.trap, static_cast<uint32_t>(TrapCode::kBudget));
  const LinkInfo info = filter.links().front();
  EXPECT_EQ(info.program->programs().executable(packet.trap_program).info().name, "never_ends");
}

TEST_P(FilterTest, ATrapIsJudgedByTheOptionsAndCounted) {
  for (const OnError choice : {OnError::kPass, OnError::kDrop}) {
    Filter filter(host_, {.on_trap = choice, .budget = 1000});
    attach(filter, "never_ends");
    for (int i = 0; i < 3; ++i) {
      const Packet packet = run(filter);
      EXPECT_EQ(packet.action, choice == OnError::kPass ? Action::kPass : Action::kDrop);
      EXPECT_EQ(packet.trap, static_cast<uint32_t>(TrapCode::kBudget));
    }
    EXPECT_EQ(filter.counts().trapped, 3u);
    const LinkInfo info = filter.links().front();
    EXPECT_EQ(info.counts.traps, 3u);
    ASSERT_EQ(info.traps.size(), 1u);
    EXPECT_EQ(info.traps[0].count, 3u);
    const Trap trap{static_cast<TrapCode>(info.traps[0].code), info.traps[0].instruction};
    const std::string text =
        info.program->programs().executable(info.traps[0].program).describe(trap).to_string();
    EXPECT_THAT(text, ::testing::HasSubstr("filters.bpf.c:"));
  }
}

TEST_P(FilterTest, ATrapThatPassesDoesNotKeepTheNextProgramFromDropping) {
  Filter filter(host_, {.on_trap = OnError::kPass, .budget = 1000});
  attach(filter, "never_ends", 1);
  const uint32_t second = attach(filter, "by_first_byte", 2);
  const Packet packet = run(filter, 1);
  EXPECT_EQ(packet.action, Action::kDrop);
  EXPECT_EQ(packet.link, second);
  EXPECT_NE(packet.trap, 0u);
}

TEST_P(FilterTest, TailCallsLeaveTheNextPacketAlone) {
  Filter filter(host_, {});
  attach(filter, "tail_caller", 10);
  Frame frames[2];
  Packet packets[2] = {frames[0].packet(), frames[1].packet()};
  EXPECT_EQ(filter.run(*worker_, packets), 0u);
  EXPECT_EQ(packets[0].action, Action::kDrop);
  EXPECT_EQ(packets[1].action, Action::kDrop);
}

TEST_P(FilterTest, LinksRunByPriority) {
  Filter filter(host_, {});
  attach(filter, "mark_b1", 60);
  attach(filter, "mark_a1", 40);
  EXPECT_EQ(run(filter).action, Action::kPass);
  EXPECT_EQ(frame_.data()[14], 'b');  // the later one overwrote it
  const std::vector<LinkInfo> links = filter.links();
  ASSERT_EQ(links.size(), 2u);
  EXPECT_EQ(links[0].program->name(), "mark_a1");
}

TEST_P(FilterTest, AChangeIsUndoneByRollback) {
  Filter filter(host_, {});
  const uint32_t link = attach(filter, "by_first_byte");
  EXPECT_EQ(run(filter, 1).action, Action::kDrop);
  const uint64_t before = filter.generation();
  ASSERT_TRUE(filter.replace(link, load("mark_a1")));
  EXPECT_GT(filter.generation(), before);
  EXPECT_EQ(run(filter, 1).action, Action::kPass);
  ASSERT_TRUE(filter.rollback());
  EXPECT_EQ(filter.generation(), before);
  EXPECT_EQ(run(filter, 1).action, Action::kDrop);
  EXPECT_EQ(filter.links().front().counts.runs, 2u);  // the old program's counts are still there
  EXPECT_FALSE(filter.rollback()) << "one generation back is all that is kept";
}

TEST_P(FilterTest, ABadChangeLeavesTheOldProgramsInPlace) {
  Filter filter(host_, {});
  const uint32_t link = attach(filter, "by_first_byte");
  const uint64_t before = filter.generation();
  const Status wrong_kind = filter.replace(link, load("drop_at_tc"));
  ASSERT_FALSE(wrong_kind);
  EXPECT_THAT(wrong_kind.error().to_string(),
              ::testing::HasSubstr("a program for sched_cls cannot run at xdp"));
  EXPECT_FALSE(filter.detach(link + 1));
  EXPECT_FALSE(filter.replace(link + 1, load("mark_a1")));
  EXPECT_FALSE(filter.set(std::vector<Attachment>{{.program = load("mark_a1")}, {}}));
  EXPECT_EQ(filter.generation(), before);
  EXPECT_EQ(run(filter, 1).action, Action::kDrop);
}

TEST_P(FilterTest, MapsCarryOverByName) {
  Filter filter(host_, {});
  const auto first = load("by_first_byte");
  const uint32_t link = *filter.attach({.program = first});
  run(filter, 2);
  const auto fresh = load("by_first_byte");
  const auto taken_over = load("by_first_byte", first);
  EXPECT_EQ(count_in(*fresh), 0u);
  EXPECT_EQ(count_in(*taken_over), 1u);
  ASSERT_TRUE(filter.replace(link, taken_over));
  run(filter, 2);
  EXPECT_EQ(count_in(*first), 2u);
}

TEST_P(FilterTest, TheSameProgramIsInMemoryOnce) {
  std::vector<std::unique_ptr<Filter>> filters;
  for (int i = 0; i < 500; ++i) {
    filters.push_back(std::make_unique<Filter>(host_, FilterOptions()));
    attach(*filters.back(), "by_first_byte");
  }
  EXPECT_EQ(host_.code_count(), 1u);
  const auto first = filters[0]->links().front().program;
  const auto last = filters[499]->links().front().program;
  EXPECT_EQ(&first->executable(), &last->executable());
  EXPECT_NE(first->find_map("seen"), last->find_map("seen"));
}

TEST_P(FilterTest, WhatIsReplacedIsFreed) {
  Filter filter(host_, {.history = 0});
  auto old = load("by_first_byte");
  const std::weak_ptr<const Instance> watched = old;
  const uint32_t link = *filter.attach({.program = std::move(old)});
  EXPECT_FALSE(watched.expired());
  ASSERT_TRUE(filter.replace(link, load("mark_a1")));
  EXPECT_TRUE(watched.expired());
}

TEST_P(FilterTest, FramesWithoutIpAreJudgedByTheOptions) {
  for (const OnError choice : {OnError::kPass, OnError::kDrop}) {
    Filter filter(host_, {.hook = ContextKind::kIp, .on_other = choice});
    attach(filter, "drop_not_tcp");
    Packet packet = run(filter);
    EXPECT_EQ(packet.action, choice == OnError::kPass ? Action::kPass : Action::kDrop);
    EXPECT_EQ(filter.counts().others, 1u);
    frame_.data()[12] = 0x08;
    frame_.data()[14] = 0x45;
    frame_.data()[17] = 40;
    filter.run(*worker_, {&packet, 1});
    EXPECT_EQ(packet.action, Action::kDrop);
    frame_.data()[14 + 9] = 6;
    filter.run(*worker_, {&packet, 1});
    EXPECT_EQ(packet.action, Action::kPass);
  }
}

TEST_P(FilterTest, RunsAreMeasuredNowAndThen) {
  Filter filter(host_, {.measure_every = 4});
  attach(filter, "by_first_byte");
  for (int i = 0; i < 40; ++i) run(filter, 2);
  const Counts counts = filter.links().front().counts;
  EXPECT_EQ(counts.measured, 10u);
  uint64_t in_buckets = 0;
  for (const uint64_t bucket : counts.latency) in_buckets += bucket;
  EXPECT_EQ(in_buckets, 10u);
}

// Two generations, each a chain of two programs that leave the same letter in two places. A packet
// that saw half a change would have two letters.
TEST_P(FilterTest, NoPacketSeesHalfAChange) {
#ifdef WEIR_SANITIZED
  constexpr int kChanges = 500;
#else
  constexpr int kChanges = 10'000;
#endif
  Filter filter(host_, {});
  const auto a1 = load("mark_a1"), a2 = load("mark_a2"), b1 = load("mark_b1"), b2 = load("mark_b2");
  const std::vector<Attachment> a{{.program = a1}, {.program = a2}},
      b{{.program = b1}, {.program = b2}};
  ASSERT_TRUE(filter.set(a));
  std::atomic<bool> stop{false};
  std::atomic<uint64_t> judged{0}, halves{0}, of_a{0}, of_b{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&, worker = std::shared_ptr<Worker>(open_worker())] {
      std::vector<Frame> frames(16);
      std::vector<Packet> packets(frames.size());
      while (!stop.load(std::memory_order_relaxed)) {
        for (size_t i = 0; i < frames.size(); ++i) {
          frames[i].data()[14] = frames[i].data()[15] = 0;
          packets[i] = frames[i].packet();
        }
        filter.run(*worker, packets);
        uint64_t half = 0, letters_a = 0;
        for (Frame& frame : frames) {
          half += frame.data()[14] != frame.data()[15] || frame.data()[14] == 0 ? 1 : 0;
          letters_a += frame.data()[14] == 'a' ? 1 : 0;
        }
        halves += half;
        of_a += letters_a;
        of_b += frames.size() - letters_a;
        judged += frames.size();
      }
    });
  }
  for (int i = 0; i < kChanges; ++i) {
    ASSERT_TRUE(filter.set(i % 2 == 0 ? b : a));
    if (i % 64 == 0) std::this_thread::yield();
  }
  while (judged.load() < 1000) std::this_thread::yield();
  stop = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(halves.load(), 0u);
  EXPECT_EQ(filter.counts().packets, judged.load());
  EXPECT_EQ(of_a.load() + of_b.load(), judged.load());
  EXPECT_EQ(host_.epochs().reclaim(), 0u);
}

// Instances come and go while a thread runs them: what is freed too early is found by a sanitizer,
// or crashes.
TEST_P(FilterTest, InstancesLiveAsLongAsTheyRun) {
#ifdef WEIR_SANITIZED
  constexpr int kChanges = 100;
#else
  constexpr int kChanges = 1000;
#endif
  Filter filter(host_, {.history = 0});
  const uint32_t link = attach(filter, "by_first_byte");
  std::atomic<bool> stop{false};
  std::atomic<uint64_t> wrong{0};
  std::thread thread([&, worker = std::shared_ptr<Worker>(open_worker())] {
    Frame frame;
    while (!stop.load(std::memory_order_relaxed)) {
      frame.data()[0] = 2;
      Packet packet = frame.packet();
      wrong += filter.run(*worker, {&packet, 1}) == 1 ? 0 : 1;
    }
  });
  for (int i = 0; i < kChanges; ++i) {
    ASSERT_TRUE(filter.replace(link, load("by_first_byte")));
  }
  stop = true;
  thread.join();
  EXPECT_EQ(wrong.load(), 0u);
  EXPECT_EQ(host_.epochs().reclaim(), 0u);
}

// One thread runs packets, one looks, one attaches and detaches, one changes a map, and workers
// come and go: what each of them may see is found by the thread sanitizer, what gets lost by the
// counts.
TEST_P(FilterTest, HostsLookAndChangeWhileThreadsRun) {
#ifdef WEIR_SANITIZED
  constexpr uint64_t kPackets = 4'000;
#else
  constexpr uint64_t kPackets = 100'000;
#endif
  Filter filter(host_, {.measure_every = 8});
  const auto counting = load("by_first_byte"), marking = load("mark_a1");
  const auto first = filter.attach({.program = counting, .go_on = VerdictSet{2}});
  ASSERT_TRUE(first);
  std::atomic<int> running{2};
  std::atomic<uint64_t> failed{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&] {
      for (uint64_t done = 0; done < kPackets;) {
        const auto worker = open_worker();
        if (!worker) break;
        for (int i = 0; i < 500; ++i, ++done) {
          Frame frame;
          frame.data()[0] = 2;
          Packet packet = frame.packet();
          failed += filter.run(*worker, {&packet, 1}) == 1 ? 0 : 1;
        }
      }
      --running;
    });
  }
  threads.emplace_back([&] {
    FilterCounts before;
    while (running.load() != 0) {
      const FilterCounts now = filter.counts();
      if (now.packets < before.packets || now.bytes < before.bytes) ++failed;
      before = now;
      for (const LinkInfo& link : filter.links()) failed += link.id == 0 ? 1 : 0;
      (void)host_.epochs().reclaim();
    }
  });
  threads.emplace_back([&] {
    const uint32_t key = 1;
    for (uint64_t value = 0; running.load() != 0; ++value) {
      failed += map_update(counting->find_map("seen"), &key, &value, 0, 0) == 0 ? 0 : 1;
      const void* const now = map_lookup(counting->find_map("seen"), &key, 0);
      failed += now != nullptr && std::memcmp(now, &value, sizeof value) == 0 ? 0 : 1;
    }
  });
  while (running.load() != 0) {
    const auto link = filter.attach({.program = marking});
    if (!link || !filter.detach(*link)) ++failed;
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failed.load(), 0u);
  EXPECT_EQ(filter.counts().packets, 2 * kPackets);
  EXPECT_EQ(filter.counts().actions[static_cast<size_t>(Action::kPass)], 2 * kPackets);
  EXPECT_EQ(filter.links().front().counts.runs, 2 * kPackets);
  EXPECT_EQ(host_.epochs().reclaim(), 0u);
}

TEST_P(FilterTest, TrustedIsRefused) {
  InstanceOptions options;
  options.program = "mark_a1";
  options.policy = Policy::kTrusted;
  const auto refused = host_.load(*file_, options);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().to_string(), ::testing::HasSubstr("trusted"));
}

}  // namespace
}  // namespace weir
