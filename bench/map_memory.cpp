// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What maps take of memory, empty and full: weir's block (what is reserved, and the pages of it
// that were ever touched), and what the running kernel charges for the same map, `memlock` in
// /proc/self/fdinfo, which is the map's own map_mem_usage(). Nothing is timed.
#include <bpf/bpf.h>
#include <fmt/format.h>
#include <linux/bpf.h>
#include <sys/mman.h>
#include <unistd.h>
#include <CLI/CLI.hpp>
#include <bit>
#include <cmath>
#include <cstring>
#include <fstream>

#include "measure/distribution.h"
#include "measure/report.h"
#include "runtime/maps/map_handle.h"
#include "runtime/maps/map_kind.h"
#include "runtime/maps/map_ops.h"

namespace weir::bench {

using namespace measure;
namespace {

struct Shape {
  uint32_t type, key_size, value_size, entries, flags = 0;
};

// Small and large of each kind that programs fill.
std::vector<Shape> shapes(uint32_t most) {
  std::vector<Shape> all;
  for (const uint32_t type : {BPF_MAP_TYPE_ARRAY, BPF_MAP_TYPE_PERCPU_ARRAY}) {
    for (const uint32_t value : {4u, 8u, 64u, 1000u}) all.push_back({type, 4, value, most});
    all.push_back({type, 4, 8, 1});
  }
  for (const uint32_t type : {BPF_MAP_TYPE_HASH, BPF_MAP_TYPE_LRU_HASH, BPF_MAP_TYPE_PERCPU_HASH,
                              BPF_MAP_TYPE_LRU_PERCPU_HASH}) {
    all.push_back({type, 4, 4, most});
    all.push_back({type, 4, 8, most});
    all.push_back({type, 16, 64, most});
    all.push_back({type, 40, 200, most});
    all.push_back({type, 4, 8, most + 1});  // one more bucket bit
    all.push_back({type, 4, 8, 16});
  }
  all.push_back({BPF_MAP_TYPE_LPM_TRIE, 8, 8, most, BPF_F_NO_PREALLOC});
  all.push_back({BPF_MAP_TYPE_LPM_TRIE, 20, 32, most, BPF_F_NO_PREALLOC});
  for (const uint32_t type : {BPF_MAP_TYPE_QUEUE, BPF_MAP_TYPE_STACK}) {
    all.push_back({type, 0, 8, most});
    all.push_back({type, 0, 100, most});
  }
  all.push_back({BPF_MAP_TYPE_BLOOM_FILTER, 0, 8, most});
  all.push_back({BPF_MAP_TYPE_RINGBUF, 0, 0, std::max(std::bit_ceil(most), 4096u)});
  all.push_back({BPF_MAP_TYPE_PROG_ARRAY, 4, 4, most});
  all.push_back({BPF_MAP_TYPE_DEVMAP, 4, 4, most});
  all.push_back({BPF_MAP_TYPE_DEVMAP_HASH, 4, 4, most});
  all.push_back({BPF_MAP_TYPE_CPUMAP, 4, 4, 16});
  all.push_back({BPF_MAP_TYPE_XSKMAP, 4, 4, most});
  return all;
}

bool takes_entries(uint32_t type) {
  switch (type) {
    case BPF_MAP_TYPE_RINGBUF:
    case BPF_MAP_TYPE_PROG_ARRAY:
    case BPF_MAP_TYPE_DEVMAP:
    case BPF_MAP_TYPE_DEVMAP_HASH:
    case BPF_MAP_TYPE_CPUMAP:
    case BPF_MAP_TYPE_XSKMAP: return false;
    default: return true;
  }
}

std::vector<uint8_t> key_of(const Shape& shape, uint32_t index) {
  std::vector<uint8_t> key(shape.key_size);
  const uint32_t bits = (shape.key_size - 4) * 8;
  const bool trie = shape.type == BPF_MAP_TYPE_LPM_TRIE;
  if (trie) std::memcpy(key.data(), &bits, 4);
  // Of a trie the first bits differ, as those of networks do.
  const uint32_t number = trie ? index * 2654435761u : index;
  if (!key.empty()) std::memcpy(key.data() + (trie ? 4 : 0), &number, 4);
  return key;
}

uint64_t touched_bytes(const Map* map) {
  const auto page = static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
  std::vector<unsigned char> pages((map->block_bytes + page - 1) / page);
  if (::mincore(const_cast<Map*>(map), map->block_bytes, pages.data()) != 0) return 0;
  return static_cast<uint64_t>(std::ranges::count_if(pages, [](auto p) { return (p & 1) != 0; })) *
         page;
}

struct Used {
  uint64_t reserved = 0, empty = 0, full = 0;
};

Result<Used> measure_weir(const Shape& shape) {
  MapSpec spec;
  spec.name = "m";
  spec.type = shape.type;
  spec.key_size = shape.key_size;
  spec.value_size = shape.value_size;
  spec.max_entries = shape.entries;
  spec.flags = shape.flags;
  WEIR_TRY(const MapHandle handle, create_map(spec));
  Map* const map = handle.map();
  Used used{.reserved = map->block_bytes, .empty = touched_bytes(map)};
  const std::vector<uint8_t> value(std::max<uint64_t>(map_host_value_size(map), 8), 1);
  for (uint32_t i = 0; takes_entries(shape.type) && i < shape.entries; ++i) {
    const int64_t failed =
        shape.key_size == 0 ? map_push(map, value.data(), BPF_ANY)
                            : map_host_update(map, key_of(shape, i).data(), value.data(), BPF_ANY);
    if (failed != 0) {
      return Error(ErrorCode::kInternal, fmt::format("{}: entry {} is refused: {}",
                                                     map_type_name(shape.type), i, failed));
    }
  }
  used.full = touched_bytes(map);
  return used;
}

uint64_t memlock_of(int fd) {
  std::ifstream in(fmt::format("/proc/self/fdinfo/{}", fd));
  uint64_t bytes = 0;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("memlock:")) bytes = std::strtoull(line.c_str() + 8, nullptr, 10);
  }
  return bytes;
}

// Nothing where the kernel cannot be asked.
std::optional<Used> measure_kernel(const Shape& shape) {
  bpf_map_create_opts options = {};
  options.sz = sizeof(options);
  options.map_flags = shape.flags;
  const int fd = bpf_map_create(static_cast<bpf_map_type>(shape.type), nullptr, shape.key_size,
                                shape.value_size, shape.entries, &options);
  if (fd < 0) return std::nullopt;
  Used used{.empty = memlock_of(fd)};
  const std::vector<uint8_t> value(((shape.value_size + 7u) & ~7u) * uint64_t{possible_cpus()} + 8,
                                   1);
  for (uint32_t i = 0; takes_entries(shape.type) && i < shape.entries; ++i) {
    const auto key = key_of(shape, i);
    if (bpf_map_update_elem(fd, shape.key_size == 0 ? nullptr : key.data(), value.data(),
                            BPF_ANY) != 0)
      break;  // LRU maps evict early, the others take all
  }
  used.full = memlock_of(fd);
  ::close(fd);
  return used;
}

std::string bytes_text(uint64_t bytes) {
  return bytes < 10'000 ? fmt::format("{} B", bytes)
                        : fmt::format("{:.1f} KiB", static_cast<double>(bytes) / 1024);
}

Status run(uint32_t most, const std::string& json_path) {
  Table table({"kind", "key", "value", "entries", "weir\nreserved", "weir\nempty", "weir\nfull",
               "kernel\nempty", "kernel\nfull", "reserved /\nkernel full", "full /\nkernel full"});
  table.add_line();
  auto json = nlohmann::ordered_json::array();
  std::vector<double> ratios;
  for (const Shape& shape : shapes(most)) {
    WEIR_TRY(const Used weir, measure_weir(shape));
    const auto kernel = measure_kernel(shape);
    const double full = static_cast<double>(weir.full),
                 reserved = static_cast<double>(weir.reserved);
    const double known = kernel ? static_cast<double>(kernel->full) : 0;
    const std::string kind = map_type_name(shape.type);
    table.add({kind, std::to_string(shape.key_size), std::to_string(shape.value_size),
               std::to_string(shape.entries), bytes_text(weir.reserved), bytes_text(weir.empty),
               bytes_text(weir.full), kernel ? bytes_text(kernel->empty) : "-",
               kernel ? bytes_text(kernel->full) : "-",
               known != 0 ? ratio_text(reserved / known) : "-",
               known != 0 ? ratio_text(full / known) : "-"});
    nlohmann::ordered_json row = {{"kind", kind},
                                  {"key_size", shape.key_size},
                                  {"value_size", shape.value_size},
                                  {"max_entries", shape.entries},
                                  {"weir_reserved", weir.reserved},
                                  {"weir_empty", weir.empty},
                                  {"weir_full", weir.full}};
    if (kernel) {
      row["kernel_empty"] = kernel->empty;
      row["kernel_full"] = kernel->full;
    }
    json.push_back(std::move(row));
    if (known != 0 && shape.entries >= most) ratios.push_back(reserved / known);
  }
  fmt::print("{}\n", table.text());
  if (!ratios.empty()) {
    fmt::print("Reserved / kernel full, geometric mean of those with {} entries or more: {}.\n",
               most, ratio_text(geometric_mean(ratios)));
  }
  fmt::print(
      "Pages of 4 KiB that were never touched cost nothing; a map has one for its header at least. "
      "{} possible CPUs.\n",
      possible_cpus());
  return json_path.empty() ? Status() : write_json(json_path, {{"maps", std::move(json)}});
}

}  // namespace
}  // namespace weir::bench

int main(int argc, char** argv) {
  uint32_t entries = 65'536;
  bool quick = false;
  std::string json;
  CLI::App app(
      "What maps take of memory, in weir and in the kernel (needs the right to create maps, else\n"
      "left out).");
  app.add_option("--entries", entries, "of the large maps")->check(CLI::Range(64, 1 << 24));
  app.add_flag("--quick", quick, "few entries: a test that everything runs");
  app.add_option("--json", json, "also write everything to this file");
  CLI11_PARSE(app, argc, argv);
  if (weir::Status status = weir::bench::run(quick ? 256 : entries, json); !status) {
    fmt::print(stderr, "{}\n", status.error().to_string());
    return 1;
  }
}
