// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/maps/pin.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "runtime/maps/ring_buffer.h"
#include "tests/unit/maps/map_fixture.h"

namespace weir {
namespace {

using namespace map_test;

class Pin : public ::testing::Test {
 protected:
  Pin() {
    std::string pattern = ::testing::TempDir() + "weir-maps-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  ~Pin() override { std::filesystem::remove_all(folder_); }

  MapHandle pin(const MapSpec& spec, const std::string& name = "m") {
    auto map = pin_map(folder_, name, spec);
    if (!map) {
      ADD_FAILURE() << map.error().to_string();
      return {};
    }
    return *map;
  }
  MapHandle open(PinAccess access, const std::string& name = "m") {
    auto map = open_pinned_map(folder_, name, access);
    if (!map) {
      ADD_FAILURE() << map.error().to_string();
      return {};
    }
    return *map;
  }

  std::string folder_;
};

TEST_F(Pin, BothSidesSeeTheSameValues) {
  const MapHandle one = pin(spec_of(BPF_MAP_TYPE_HASH, 4, 8, 100));
  const MapHandle two = open(PinAccess::kWrite);
  const MapHandle reader = open(PinAccess::kRead);
  EXPECT_NE(one.map(), two.map());
  EXPECT_TRUE(two.writable());
  EXPECT_FALSE(reader.writable());
  for (uint32_t key = 0; key < 100; ++key) {
    const uint64_t value = key * 3;
    ASSERT_EQ(map_update((key % 2 == 0 ? one : two).map(), &key, &value, BPF_ANY, 0), 0);
  }
  for (uint32_t key = 0; key < 100; ++key) {
    for (const MapHandle* handle : {&one, &two, &reader}) {
      uint64_t value = 0;
      ASSERT_EQ(map_host_lookup(handle->map(), &key, &value, 0), 0);
      EXPECT_EQ(value, key * 3);
    }
  }
  // A program's counter, live.
  const uint32_t key = 5;
  auto* counter = static_cast<uint64_t*>(map_lookup(one.map(), &key, 0));
  *counter += 1000;
  uint64_t value = 0;
  ASSERT_EQ(map_host_lookup(reader.map(), &key, &value, 0), 0);
  EXPECT_EQ(value, 1015u);
}

TEST_F(Pin, StaysAndIsFoundByName) {
  const MapSpec spec = spec_of(BPF_MAP_TYPE_PERCPU_ARRAY, 4, 8, 4);
  const uint32_t key = 2;
  const uint64_t value = 42;
  {
    const MapHandle handle = pin(spec, "counters.bss");
    ASSERT_EQ(map_update(handle.map(), &key, &value, BPF_ANY, 0), 0);
  }
  const MapHandle again = pin(spec, "counters.bss");
  EXPECT_EQ(*static_cast<uint64_t*>(map_lookup(again.map(), &key, 0)), 42u);
  pin(spec, "another");
  EXPECT_EQ(list_pinned_maps(folder_).value(),
            (std::vector<std::string>{"another", "counters.bss"}));
  ASSERT_TRUE(unpin_map(folder_, "counters.bss"));
  EXPECT_EQ(*static_cast<uint64_t*>(map_lookup(again.map(), &key, 0)), 42u);  // still ours
  EXPECT_EQ(list_pinned_maps(folder_).value(), (std::vector<std::string>{"another"}));
  EXPECT_EQ(unpin_map(folder_, "counters.bss").error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(open_pinned_map(folder_, "counters.bss", PinAccess::kRead).error().code(),
            ErrorCode::kNotFound);
  EXPECT_TRUE(list_pinned_maps(folder_ + "/none").value().empty());
}

TEST_F(Pin, DescribesItself) {
  MapSpec spec = spec_of(BPF_MAP_TYPE_LRU_HASH, 16, 24, 1000, BPF_F_ZERO_SEED);
  spec.btf = {0x9f, 0xeb, 1, 0, 24};
  spec.key_type_id = 3;
  spec.value_type_id = 7;
  const MapHandle handle = pin(spec, "flows");
  const auto found = describe_pinned_map(folder_, "flows");
  ASSERT_TRUE(found) << found.error().to_string();
  EXPECT_EQ(found->spec.name, "flows");
  EXPECT_EQ(shape_of_spec(found->spec), shape_of_spec(spec));
  EXPECT_EQ(found->spec.btf, spec.btf);
  EXPECT_EQ(found->spec.key_type_id, 3u);
  EXPECT_EQ(found->spec.value_type_id, 7u);
  const ByteSpan btf = map_btf(handle.map());
  EXPECT_EQ(Bytes(btf.begin(), btf.end()), spec.btf);
  struct stat status;
  ASSERT_EQ(::stat((folder_ + "/flows").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(Pin, RefusesAnotherShapeAndSaysWhich) {
  pin(spec_of(BPF_MAP_TYPE_HASH, 4, 8, 100));
  const auto refused = [&](const MapSpec& spec) {
    const auto map = pin_map(folder_, "m", spec);
    return map ? std::string("opened") : map.error().message();
  };
  EXPECT_EQ(refused(spec_of(BPF_MAP_TYPE_ARRAY, 4, 8, 100)),
            "the pinned map is of type hash, expected array");
  EXPECT_EQ(refused(spec_of(BPF_MAP_TYPE_HASH, 4, 16, 100)),
            "the pinned map has value_size 8, expected 16");
  EXPECT_EQ(refused(spec_of(BPF_MAP_TYPE_HASH, 4, 8, 101)),
            "the pinned map has max_entries 100, expected 101");
  EXPECT_EQ(refused(spec_of(BPF_MAP_TYPE_HASH, 4, 8, 100, BPF_F_NO_PREALLOC)),
            "the pinned map has map_flags 0, expected 1");
  EXPECT_EQ(refused(spec_of(BPF_MAP_TYPE_PROG_ARRAY, 4, 4, 100)),
            "a prog_array cannot be pinned: what it holds exists in one process only");
}

TEST_F(Pin, RefusesBadNames) {
  for (const std::string& name : {std::string(), std::string(".hidden"), std::string("a/b"),
                                  std::string(".."), std::string(64, 'a'), std::string("a b")}) {
    EXPECT_EQ(pin_map(folder_, name, spec_of(BPF_MAP_TYPE_HASH, 4, 8, 1)).error().code(),
              ErrorCode::kUsage)
        << name;
    EXPECT_FALSE(open_pinned_map(folder_, name, PinAccess::kRead)) << name;
    EXPECT_FALSE(unpin_map(folder_, name)) << name;
  }
}

// Whatever is in the file: an error, never a crash. If it opens, it can be used.
TEST_F(Pin, SpoiledFiles) {
  MapSpec spec = spec_of(BPF_MAP_TYPE_HASH, 4, 8, 50);
  spec.btf.assign(100, 1);
  pin(spec);
  const std::string path = folder_ + "/m";
  std::ifstream file(path, std::ios::binary);
  const Bytes whole((std::istreambuf_iterator<char>(file)), {});
  const auto write = [&](const Bytes& bytes) {
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
  };
  for (const size_t size :
       {size_t{0}, size_t{7}, sizeof(Map) - 1, sizeof(Map), size_t{4096}, whole.size() - 1}) {
    write(Bytes(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(size)));
    EXPECT_EQ(open_pinned_map(folder_, "m", PinAccess::kWrite).error().code(),
              ErrorCode::kMapDefinition)
        << size;
  }
  std::minstd_rand random(1);
  for (int round = 0; round < 1500; ++round) {
    Bytes bytes = whole;
    // The header and the first buckets and elements, or all links at once.
    for (uint32_t i = 0; i < 1 + random() % 3; ++i) {
      const size_t at = random() % 2 == 0 ? random() % 512 : random() % whole.size();
      bytes[at] = static_cast<uint8_t>(random());
    }
    write(bytes);
    const auto map = open_pinned_map(folder_, "m", PinAccess::kWrite);
    if (!map) continue;
    uint64_t value = 1;
    for (uint32_t key = 0; key < 60; ++key) {
      const int64_t result = map_update(map->map(), &key, &value, BPF_ANY, 0);
      if (result == -EBUSY) break;  // a lock that its owner will never let go
      (void)map_lookup(map->map(), &key, 0);
      (void)map_delete(map->map(), &key);
    }
    uint32_t key = 0;
    uint32_t steps = 0;
    void* at = nullptr;
    for (MapCursor cursor; steps < 10'000 && map_advance(map->map(), cursor, 0, &key, &at);) {
      ++steps;
    }
  }
  ASSERT_TRUE(unpin_map(folder_, "m"));
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  EXPECT_FALSE(open_pinned_map(folder_, "m", PinAccess::kRead));
  ASSERT_TRUE(unpin_map(folder_, "m"));
  ASSERT_EQ(::symlink("elsewhere", path.c_str()), 0);
  EXPECT_FALSE(open_pinned_map(folder_, "m", PinAccess::kRead));
  ASSERT_TRUE(unpin_map(folder_, "m"));
  ASSERT_EQ(::mkdir(path.c_str(), 0700), 0);
  EXPECT_FALSE(open_pinned_map(folder_, "m", PinAccess::kRead));
}

// Every kind that can be pinned can be read by another process while this one writes.
TEST_F(Pin, ReadOnlyDumps) {
  struct Case {
    uint32_t type, key_size, flags;
  };
  for (const Case& c :
       {Case{BPF_MAP_TYPE_ARRAY, 4, 0}, Case{BPF_MAP_TYPE_PERCPU_ARRAY, 4, 0},
        Case{BPF_MAP_TYPE_HASH, 4, 0}, Case{BPF_MAP_TYPE_PERCPU_HASH, 8, 0},
        Case{BPF_MAP_TYPE_LRU_HASH, 16, 0}, Case{BPF_MAP_TYPE_LRU_PERCPU_HASH, 4, 0},
        Case{BPF_MAP_TYPE_LPM_TRIE, 8, BPF_F_NO_PREALLOC}, Case{BPF_MAP_TYPE_DEVMAP, 4, 0},
        Case{BPF_MAP_TYPE_DEVMAP_HASH, 4, 0}}) {
    SCOPED_TRACE(map_type_name(c.type));
    const std::string name = "map" + std::to_string(c.type);
    const MapHandle writer = pin(spec_of(c.type, c.key_size, 8, 10, c.flags), name);
    const MapHandle reader = open(PinAccess::kRead, name);
    Bytes value(map_host_value_size(writer.map()), 1);
    Bytes key(c.key_size);
    key[0] = 3;
    ASSERT_EQ(map_host_update(writer.map(), key.data(), value.data(), BPF_ANY), 0);
    EXPECT_EQ(map_host_lookup(reader.map(), key.data(), value.data(), 0), 0);
    EXPECT_EQ(value[0], 1);
    Bytes keys(10 * key.size());
    Bytes values(10 * value.size());
    uint32_t count = 10;
    MapCursor cursor;
    const int64_t result =
        map_lookup_batch(reader.map(), cursor, keys.data(), values.data(), count, false);
    EXPECT_TRUE(result == 0 || result == -ENOENT);
    EXPECT_GE(count, 1u);
  }
}

TEST_F(Pin, RingBufferBetweenProcesses) {
  const MapHandle handle = pin(spec_of(BPF_MAP_TYPE_RINGBUF, 0, 0, 4096), "events");
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const auto map = open_pinned_map(folder_, "events", PinAccess::kWrite);
    if (!map) ::_exit(1);
    for (uint32_t i = 0; i < 2000;) {
      if (ring_buffer_output(map->map(), &i, sizeof i, 0) == 0) ++i;
    }
    // Leaves a record that nobody will ever submit, and one behind it.
    (void)ring_buffer_reserve(map->map(), 100, 0);
    const uint32_t last = 2000;
    ::_exit(ring_buffer_output(map->map(), &last, sizeof last, 0) == 0 ? 0 : 2);
  }
  uint32_t next = 0;
  const auto check = [](void* context, const void* data, uint32_t size) -> int64_t {
    uint32_t number = 0;
    std::memcpy(&number, data, sizeof number);
    auto& expected = *static_cast<uint32_t*>(context);
    return size == 4 && number == expected++ ? 0 : -1;
  };
  bool reaped = false;
  for (int round = 0; next <= 2000 && round < 100'000; ++round) {
    (void)ring_buffer_wait(handle.map(), 10);
    ASSERT_GE(ring_buffer_consume(handle.map(), 1000, check, &next), 0);
    int status = 0;
    if (!reaped && ::waitpid(child, &status, WNOHANG) == child) {
      reaped = true;
      EXPECT_EQ(status, 0);
    }
  }
  EXPECT_EQ(next, 2001u);
  if (!reaped) ::waitpid(child, nullptr, 0);
}

TEST_F(Pin, TwoProcessesMakeOneMap) {
  // All children pin the same name at once and count in it.
  std::vector<pid_t> children;
  for (int i = 0; i < 8; ++i) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      const auto map = pin_map(folder_ + "/deep/down", "m", spec_of(BPF_MAP_TYPE_ARRAY, 4, 8, 1));
      if (!map) ::_exit(1);
      const uint32_t zero = 0;
      __atomic_fetch_add(static_cast<uint64_t*>(map_lookup(map->map(), &zero, 0)), 1,
                         __ATOMIC_RELAXED);
      ::_exit(0);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 1;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  folder_ += "/deep/down";
  const MapHandle map = open(PinAccess::kRead);
  const uint32_t zero = 0;
  EXPECT_EQ(*static_cast<uint64_t*>(map_lookup(map.map(), &zero, 0)), 8u);
  folder_.resize(folder_.size() - std::strlen("/deep/down"));
}

TEST(PinFolder, FollowsXdg) {
  const char* const before = std::getenv("XDG_RUNTIME_DIR");
  const std::string kept = before != nullptr ? before : "";
  ::setenv("XDG_RUNTIME_DIR", "/run/user/7", 1);
  EXPECT_EQ(default_pin_folder().value(), "/run/user/7/weir/maps");
  ::unsetenv("XDG_RUNTIME_DIR");
  EXPECT_EQ(default_pin_folder().error().code(), ErrorCode::kUsage);
  if (before != nullptr) ::setenv("XDG_RUNTIME_DIR", kept.c_str(), 1);
}

}  // namespace
}  // namespace weir
