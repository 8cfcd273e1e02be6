// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/maps/target_map.h"

#include "tests/unit/maps/map_fixture.h"

namespace weir {
namespace {

using namespace map_test;

TEST(TargetMap, ProgArray) {
  const MapHandle handle = make_map(spec_of(BPF_MAP_TYPE_PROG_ARRAY, 4, 4, 3));
  Map* map = handle.map();
  uint32_t key = 1;
  uint32_t value = 0;  // a number like any other
  uint32_t program = 99;
  EXPECT_FALSE(prog_array_get(shape_of(map), map, 1, &program));
  EXPECT_EQ(map_host_update(map, &key, &value, BPF_ANY), 0);
  EXPECT_TRUE(prog_array_get(shape_of(map), map, 1, &program));
  EXPECT_EQ(program, 0u);
  EXPECT_FALSE(prog_array_get(shape_of(map), map, 3, &program));
  EXPECT_FALSE(prog_array_get(shape_of(map), map, (uint64_t{1} << 32) + 1, &program));
  EXPECT_EQ(map_host_update(map, &key, &value, BPF_EXIST), -EINVAL);
  EXPECT_EQ(map_lookup(map, &key, 0), nullptr);  // not for programs
  EXPECT_EQ(map_update(map, &key, &value, BPF_ANY, 0), -kENotSupp);
  EXPECT_EQ(map_host_delete(map, &key), 0);
  EXPECT_EQ(map_host_delete(map, &key), -ENOENT);
  EXPECT_EQ(map_host_lookup(map, &key, &value, 0), -ENOENT);
  key = 3;
  EXPECT_EQ(map_host_update(map, &key, &value, BPF_ANY), -E2BIG);
  EXPECT_EQ(map_host_delete(map, &key), -E2BIG);
}

TEST(TargetMap, Devices) {
  for (const uint32_t type : {BPF_MAP_TYPE_DEVMAP, BPF_MAP_TYPE_DEVMAP_HASH}) {
    const MapHandle handle = make_map(spec_of(type, 4, 8, 4));
    Map* map = handle.map();
    const uint32_t key = 2;
    const uint32_t target[2] = {7, 0};
    EXPECT_EQ(map_lookup(map, &key, 0), nullptr);
    EXPECT_EQ(map_host_update(map, &key, target, BPF_ANY), 0);
    auto* found = static_cast<uint32_t*>(map_lookup(map, &key, 0));
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(found[0], 7u);
    EXPECT_TRUE(map_holds(map, found, 8));
    EXPECT_EQ(map_host_update(map, &key, target, BPF_NOEXIST), -EEXIST);
    EXPECT_EQ(map_host_update(map, &key, target, 3), -EINVAL);
    const uint32_t none[2] = {0, 0};
    const bool array = type == BPF_MAP_TYPE_DEVMAP;
    EXPECT_EQ(map_host_update(map, &key, none, BPF_ANY), array ? 0 : -EINVAL);
    EXPECT_EQ(map_host_delete(map, &key), 0);
    EXPECT_EQ(map_host_delete(map, &key), array ? 0 : -ENOENT);
    EXPECT_EQ(map_lookup(map, &key, 0), nullptr);
  }
}

TEST(TargetMap, Sockets) {
  const MapHandle handle = make_map(spec_of(BPF_MAP_TYPE_SOCKMAP, 4, 4, 4));
  Map* map = handle.map();
  const uint32_t key = 2;
  const uint32_t value = 5;
  EXPECT_EQ(map_host_update(map, &key, &value, BPF_EXIST), -ENOENT);
  EXPECT_EQ(map_host_update(map, &key, &value, BPF_NOEXIST), 0);
  EXPECT_EQ(map_host_update(map, &key, &value, BPF_NOEXIST), -EEXIST);
  EXPECT_EQ(map_host_delete(map, &key), 0);
  EXPECT_EQ(map_host_delete(map, &key), -EINVAL);

  const MapHandle hash = make_map(spec_of(BPF_MAP_TYPE_SOCKHASH, 12, 8, 2));
  const uint64_t cookie = 9;
  for (uint32_t i = 0; i < 2; ++i) {
    EXPECT_EQ(map_host_update(hash.map(), key_bytes(i, 12).data(), &cookie, BPF_ANY), 0);
  }
  EXPECT_EQ(map_host_update(hash.map(), key_bytes(2, 12).data(), &cookie, BPF_ANY), -E2BIG);
  EXPECT_NE(target_lookup(shape_of(hash.map()), hash.map(), key_bytes(1, 12).data()), nullptr);
  EXPECT_EQ(map_host_delete(hash.map(), key_bytes(0, 12).data()), 0);
  EXPECT_EQ(map_host_delete(hash.map(), key_bytes(0, 12).data()), -ENOENT);
}

TEST(TargetMap, CpusAndXskAndTheRest) {
  const MapHandle cpus = make_map(spec_of(BPF_MAP_TYPE_CPUMAP, 4, 4, 8));
  uint32_t key = 0;
  uint32_t value = 16385;
  EXPECT_EQ(map_host_update(cpus.map(), &key, &value, BPF_ANY), -EOVERFLOW);
  value = 192;
  EXPECT_EQ(map_host_update(cpus.map(), &key, &value, BPF_ANY), 0);
  EXPECT_NE(map_lookup(cpus.map(), &key, 0), nullptr);

  const MapHandle xsks = make_map(spec_of(BPF_MAP_TYPE_XSKMAP, 4, 4, 8));
  EXPECT_EQ(map_host_update(xsks.map(), &key, &value, BPF_NOEXIST), 0);
  EXPECT_EQ(map_host_delete(xsks.map(), &key), 0);
  EXPECT_EQ(map_host_delete(xsks.map(), &key), 0);

  const MapHandle stacks = make_map(spec_of(BPF_MAP_TYPE_STACK_TRACE, 4, 127 * 8, 10));
  Bytes frames(127 * 8);
  EXPECT_EQ(map_host_lookup(stacks.map(), &key, frames.data(), 0), -ENOENT);
  EXPECT_EQ(map_host_update(stacks.map(), &key, frames.data(), BPF_ANY), -EINVAL);

  const MapHandle groups = make_map(spec_of(BPF_MAP_TYPE_CGROUP_ARRAY, 4, 4, 2));
  EXPECT_EQ(map_host_update(groups.map(), &key, &value, BPF_ANY), 0);
}

}  // namespace
}  // namespace weir
