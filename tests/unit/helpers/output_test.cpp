// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What programs hand out is what consumers get.
#include <linux/bpf.h>

#include "runtime/maps/map_handle.h"
#include "runtime/maps/map_ops.h"
#include "runtime/maps/perf_event_array.h"
#include "runtime/maps/ring_buffer.h"
#include "tests/unit/helpers/program_run.h"

namespace weir::test {
namespace {

class Outputs : public ::testing::TestWithParam<Engine> {
 protected:
  uint64_t run(const Ready& ready, std::vector<uint8_t> bytes) {
    context_.helpers = helper_table(HelperSet::kKernel);
    ready.maps.attach(context_);
    begin_run(context_, kDefaultBudget);
    Packet packet(ready.kind, std::move(bytes));
    return ready.run(&context_, &packet.context, 0);
  }
  ExecContext context_;
};
INSTANTIATE_TEST_SUITE_P(Engines, Outputs, ::testing::ValuesIn(kEngines),
                         [](const auto& info) { return std::string(engine_name(info.param)); });

using Records = std::vector<std::vector<uint8_t>>;

int64_t keep(void* records, const void* data, uint32_t size) {
  const auto* const bytes = static_cast<const uint8_t*>(data);
  static_cast<Records*>(records)->emplace_back(bytes, bytes + size);
  return 0;
}
int64_t keep_sample(void* records, uint32_t, const void* data, uint32_t size) {
  return keep(records, data, size);
}

TEST_P(Outputs, RingBufferGivesWhatWasSubmitted) {
  // By the first byte: submitted, discarded, forgotten, or trapped with the record in hand.
  const Ready ready =
      make_ready(GetParam(), R"(
r6 = *(u32 *)(r1 + 0)
r2 = *(u32 *)(r1 + 4)
r3 = r6
r3 += 2
if r3 > r2 goto out
r7 = *(u8 *)(r6 + 0)
r1 = map_fd(0) ll
r2 = 3
r3 = 0
call 131
if r0 == 0 goto out
*(u8 *)(r0 + 0) = 1
*(u8 *)(r0 + 1) = 2
r1 = *(u8 *)(r6 + 1)
*(u8 *)(r0 + 2) = r1
r1 = r0
r2 = 0
if r7 == 1 goto discard
if r7 == 2 goto out
if r7 == 3 goto trap
call 132
goto out
trap:
r0 = *(u8 *)(r10 + 4096)
discard:
call 133
out:
r0 = 0
exit
)",
                 ContextKind::kXdp, {map_def("events", BPF_MAP_TYPE_RINGBUF, 0, 0, 4096)});
  for (uint8_t what : {0, 1, 2, 3, 0}) {
    (void)run(ready, {what, static_cast<uint8_t>(what + 0x40)});
    EXPECT_EQ(context_.trap_code, what == 3 ? TrapCode::kAccess : TrapCode::kNone);
    EXPECT_EQ(context_.held, 0u);
  }
  Records records;
  EXPECT_EQ(ring_buffer_consume(ready.maps.find("events"), 100, keep, &records), 2);
  EXPECT_EQ(records, (Records{{1, 2, 0x40}, {1, 2, 0x40}}));
}

TEST_P(Outputs, RecordsAtOnce) {
  // One more than a run may hold: reserve gives null, and nothing is lost.
  std::string text = "r6 = 0\n";
  for (uint32_t i = 0; i <= kMaxHeldRecords; ++i) {
    text += "r1 = map_fd(0) ll\nr2 = 8\nr3 = 0\ncall 131\nif r0 == 0 goto l" + std::to_string(i) +
            "\nr6 += 1\nl" + std::to_string(i) + ":\n";
  }
  text += "r0 = r6\nexit\n";
  const Ready ready = make_ready(GetParam(), text, ContextKind::kXdp,
                                 {map_def("events", BPF_MAP_TYPE_RINGBUF, 0, 0, 4096)});
  EXPECT_EQ(run(ready, {0}), kMaxHeldRecords);
  EXPECT_EQ(run(ready, {0}), kMaxHeldRecords);
  EXPECT_EQ(context_.held, 0u);
}

TEST_P(Outputs, PerfEventsWithBytesOfThePacket) {
  const Ready ready =
      make_ready(GetParam(), R"(
*(u64 *)(r10 - 8) = 0x1122
r2 = map_fd(0) ll
r3 = 0x3ffffffff ll
r4 = r10
r4 += -8
r5 = 2
call 25
exit
)",
                 ContextKind::kXdp, {map_def("events", BPF_MAP_TYPE_PERF_EVENT_ARRAY, 4, 4, 1)});
  Map* const events = ready.maps.find("events");
  ASSERT_EQ(perf_buffer_open(events, 0), 0);
  EXPECT_EQ(run(ready, {9, 8, 7, 6}), 0u);
  Records records;
  EXPECT_EQ(perf_buffer_consume(events, 0, 100, keep_sample, &records), 1);
  EXPECT_EQ(records, (Records{{0x22, 0x11, 9, 8, 7}}));
  // Too many: the rest is counted.
  uint64_t written = 0;
  while (run(ready, {9, 8, 7, 6}) == 0) ++written;
  EXPECT_GT(written, 100u);
  EXPECT_EQ(perf_buffer_lost(events, 0), 1u);
}

TEST_P(Outputs, RedirectsSayWhere) {
  const Ready ready =
      make_ready(GetParam(), "r1 = 17\nr2 = 0\ncall 23\nexit\n", ContextKind::kSchedCls, {});
  EXPECT_EQ(run(ready, std::vector<uint8_t>(20)), 7u);
  EXPECT_EQ(context_.redirect.kind, RedirectKind::kInterface);
  EXPECT_EQ(context_.redirect.ifindex, 17u);

  const Ready mapped =
      make_ready(GetParam(), "r1 = map_fd(0) ll\nr2 = 3\nr3 = 2\ncall 51\nexit\n",
                 ContextKind::kXdp, {map_def("ports", BPF_MAP_TYPE_DEVMAP, 4, 4, 8)});
  Map* const ports = mapped.maps.find("ports");
  EXPECT_EQ(run(mapped, std::vector<uint8_t>(20)), 2u);
  EXPECT_EQ(context_.redirect.kind, RedirectKind::kNone);
  const uint32_t key = 3, ifindex = 5;
  ASSERT_EQ(map_host_update(ports, &key, &ifindex, BPF_ANY), 0);
  EXPECT_EQ(run(mapped, std::vector<uint8_t>(20)), 4u);
  EXPECT_EQ(context_.redirect.kind, RedirectKind::kMap);
  EXPECT_EQ(context_.redirect.map, ports);
  EXPECT_EQ(context_.redirect.key, 3u);
}

}  // namespace
}  // namespace weir::test
