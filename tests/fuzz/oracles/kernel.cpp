// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tests/fuzz/oracles/kernel.h"

#include <bpf/bpf.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace weir::test {

namespace {

struct Descriptor {
  int fd = -1;
  explicit Descriptor(int opened) : fd(opened) {}
  Descriptor(Descriptor&& other) noexcept : fd(std::exchange(other.fd, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
};

std::vector<std::string> entries_of(const MapDef& map, int fd) {
  std::vector<std::string> entries;
  std::vector<uint8_t> key(map.key_size), next(map.key_size), value(map.value_size);
  for (const void* at = nullptr; bpf_map_get_next_key(fd, at, next.data()) == 0;) {
    key = next;
    at = key.data();
    if (bpf_map_lookup_elem(fd, key.data(), value.data()) != 0) continue;
    if (std::ranges::all_of(value, [](uint8_t b) { return b == 0; })) continue;
    entries.push_back(
        fmt::format("{}[{:02x}]={:02x}", map.name, fmt::join(key, ""), fmt::join(value, "")));
  }
  std::ranges::sort(entries);
  return entries;
}

}  // namespace

KernelRun run_in_kernel(ByteSpan code, const std::vector<MapDef>& maps, ByteSpan packet) {
  KernelRun out;
  std::vector<Descriptor> fds;
  for (const MapDef& map : maps) {
    fds.emplace_back(bpf_map_create(static_cast<bpf_map_type>(map.type), map.name.c_str(),
                                    map.key_size, map.value_size, map.max_entries, nullptr));
    if (fds.back().fd < 0) {
      out.log = fmt::format("map {} cannot be made", map.name);
      return out;
    }
  }
  std::vector<bpf_insn> insns(code.size() / sizeof(bpf_insn));
  std::memcpy(insns.data(), code.data(), insns.size() * sizeof(bpf_insn));
  for (size_t i = 0; i < insns.size(); ++i) {
    if (insns[i].code != (BPF_LD | BPF_IMM | BPF_DW)) continue;
    if (insns[i].src_reg == BPF_PSEUDO_MAP_FD)
      insns[i].imm = fds.at(static_cast<size_t>(insns[i].imm)).fd;
    ++i;
  }
  std::vector<char> log(size_t{4} << 20);
  bpf_prog_load_opts options = {};
  options.sz = sizeof options;
  options.log_level = 1;
  options.log_buf = log.data();
  options.log_size = static_cast<uint32_t>(log.size());
  const Descriptor program(
      bpf_prog_load(BPF_PROG_TYPE_XDP, "fuzz", "GPL", insns.data(), insns.size(), &options));
  if (program.fd < 0) {
    const std::string_view text(log.data());
    out.log = text.substr(text.size() - std::min<size_t>(text.size(), 600));
    return out;
  }
  out.accepted = true;
  out.packet.resize(4096);
  bpf_test_run_opts run = {};
  run.sz = sizeof run;
  run.data_in = packet.data();
  run.data_size_in = static_cast<uint32_t>(packet.size());
  run.data_out = out.packet.data();
  run.data_size_out = static_cast<uint32_t>(out.packet.size());
  run.repeat = 1;
  if (const int error = bpf_prog_test_run_opts(program.fd, &run); error != 0)
    out.log = fmt::format("it cannot be run: {}", std::strerror(-error));
  out.packet.resize(run.data_size_out);
  out.result = run.retval;
  std::vector<std::string> entries;
  for (size_t i = 0; i < maps.size(); ++i) {
    if (maps[i].type == BPF_MAP_TYPE_PROG_ARRAY) continue;
    for (std::string& entry : entries_of(maps[i], fds[i].fd)) entries.push_back(std::move(entry));
  }
  out.maps = fmt::format("{}", fmt::join(entries, ","));
  return out;
}

std::string why_no_kernel() {
  const bpf_insn insns[] = {{.code = BPF_ALU64 | BPF_MOV | BPF_K}, {.code = BPF_JMP | BPF_EXIT}};
  const Descriptor program(bpf_prog_load(BPF_PROG_TYPE_XDP, "probe", "GPL", insns, 2, nullptr));
  return program.fd >= 0 ? "" : fmt::format("bpf() does not load programs here ({})", program.fd);
}

}  // namespace weir::test
