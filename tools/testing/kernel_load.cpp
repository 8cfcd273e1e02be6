// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/testing/kernel_load.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <unistd.h>

#include <algorithm>
#include <cstdarg>
#include <cstring>
#include <memory>

#include <fmt/format.h>

#include "frontend/isa/decode.h"
#include "frontend/support/text.h"

namespace weir::tool {

namespace {

constexpr size_t kLogBytes = size_t{4} << 20;
constexpr uint32_t kDefaultEntries = 64, kDefaultRingBytes = 4096;
// A hash reserves all its entries at once, and a load needs none of them.
constexpr uint32_t kMostEntries = 1024;

std::string& messages() {
  static std::string text;
  return text;
}
int keep_message(libbpf_print_level level, const char* format, va_list arguments) {
  if (level > LIBBPF_WARN) return 0;
  char line[512];
  const int length = std::vsnprintf(line, sizeof line, format, arguments);
  if (messages().size() < kLogBytes) messages() += line;
  return length;
}

bool holds_entries(uint32_t type) {
  switch (type) {
    case BPF_MAP_TYPE_HASH:
    case BPF_MAP_TYPE_PERCPU_HASH:
    case BPF_MAP_TYPE_LRU_HASH:
    case BPF_MAP_TYPE_LRU_PERCPU_HASH:
    case BPF_MAP_TYPE_LPM_TRIE:
    case BPF_MAP_TYPE_STACK_TRACE: return true;
    default: return false;
  }
}

uint32_t entries_to_ask_for(uint32_t type, uint32_t entries) {
  if (entries == 0) return type == BPF_MAP_TYPE_RINGBUF ? kDefaultRingBytes : kDefaultEntries;
  return holds_entries(type) ? std::min(entries, kMostEntries) : entries;
}

// The line of a verifier log that says why: the last one that is no statistics.
std::string reason_in(std::string_view log) {
  std::string_view best;
  while (!log.empty()) {
    const size_t end = std::min(log.find('\n'), log.size());
    const std::string_view line = log.substr(0, end);
    log.remove_prefix(std::min(end + 1, log.size()));
    const bool statistics = line.starts_with("processed ") ||
                            line.starts_with("verification time") ||
                            line.starts_with("stack depth") || line.starts_with("--") ||
                            line.starts_with("max_states") || line.starts_with("mark_precise") ||
                            line.starts_with("arg#") || line.empty();
    if (!statistics) best = line;
  }
  return std::string(best);
}

// libbpf says "libbpf: prog 'x': failed to load: -22" last of all; what counts came before.
std::string libbpf_reason(std::string_view words) {
  std::string best;
  while (!words.empty()) {
    const size_t end = std::min(words.find('\n'), words.size());
    std::string_view line = words.substr(0, end);
    words.remove_prefix(std::min(end + 1, words.size()));
    if (!line.starts_with("libbpf: ")) continue;
    line.remove_prefix(std::strlen("libbpf: "));
    if (line.starts_with("failed to load object") || line.starts_with("Kernel image")) continue;
    if (best.empty()) best = line;
  }
  return best;
}

int create_map(const MapDef& map, bool whole, int inner) {
  LIBBPF_OPTS(bpf_map_create_opts, options);
  options.map_flags = map.flags;
  options.map_extra = map.map_extra;
  options.inner_map_fd = static_cast<uint32_t>(std::max(inner, 0));
  const bool ring = map.type == BPF_MAP_TYPE_RINGBUF;
  const bool events = map.type == BPF_MAP_TYPE_PERF_EVENT_ARRAY;
  const uint32_t entries = whole && map.max_entries != 0
                               ? map.max_entries
                               : entries_to_ask_for(map.type, map.max_entries);
  return bpf_map_create(static_cast<bpf_map_type>(map.type), nullptr,
                        ring     ? 0
                        : events ? 4
                                 : map.key_size,
                        ring     ? 0
                        : events ? 4
                                 : map.value_size,
                        entries, &options);
}

struct KernelType {
  bpf_prog_type type;
  bpf_attach_type attach;
};
KernelType type_of(ContextKind kind) {
  switch (kind) {
    case ContextKind::kXdp: return {BPF_PROG_TYPE_XDP, BPF_XDP};
    case ContextKind::kSocketFilter: return {BPF_PROG_TYPE_SOCKET_FILTER, {}};
    case ContextKind::kSchedCls: return {BPF_PROG_TYPE_SCHED_CLS, {}};
    case ContextKind::kSchedAct: return {BPF_PROG_TYPE_SCHED_ACT, {}};
    case ContextKind::kCgroupSkb: return {BPF_PROG_TYPE_CGROUP_SKB, BPF_CGROUP_INET_EGRESS};
    case ContextKind::kLwtIn: return {BPF_PROG_TYPE_LWT_IN, {}};
    case ContextKind::kLwtOut: return {BPF_PROG_TYPE_LWT_OUT, {}};
    case ContextKind::kLwtXmit: return {BPF_PROG_TYPE_LWT_XMIT, {}};
    case ContextKind::kLwtSeg6Local: return {BPF_PROG_TYPE_LWT_SEG6LOCAL, {}};
    case ContextKind::kSkSkb: return {BPF_PROG_TYPE_SK_SKB, {}};
    case ContextKind::kFlowDissector: return {BPF_PROG_TYPE_FLOW_DISSECTOR, BPF_FLOW_DISSECTOR};
    case ContextKind::kSkMsg: return {BPF_PROG_TYPE_SK_MSG, BPF_SK_MSG_VERDICT};
    case ContextKind::kSkReuseport: return {BPF_PROG_TYPE_SK_REUSEPORT, BPF_SK_REUSEPORT_SELECT};
    case ContextKind::kSkLookup: return {BPF_PROG_TYPE_SK_LOOKUP, BPF_SK_LOOKUP};
    case ContextKind::kSockOps: return {BPF_PROG_TYPE_SOCK_OPS, BPF_CGROUP_SOCK_OPS};
    case ContextKind::kCgroupSock: return {BPF_PROG_TYPE_CGROUP_SOCK, BPF_CGROUP_INET_SOCK_CREATE};
    case ContextKind::kCgroupSockAddr:
      return {BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET4_CONNECT};
    case ContextKind::kCgroupSockopt: return {BPF_PROG_TYPE_CGROUP_SOCKOPT, BPF_CGROUP_SETSOCKOPT};
    case ContextKind::kCgroupSysctl: return {BPF_PROG_TYPE_CGROUP_SYSCTL, BPF_CGROUP_SYSCTL};
    case ContextKind::kCgroupDevice: return {BPF_PROG_TYPE_CGROUP_DEVICE, BPF_CGROUP_DEVICE};
    case ContextKind::kKprobe: return {BPF_PROG_TYPE_KPROBE, {}};
    case ContextKind::kTracepoint: return {BPF_PROG_TYPE_TRACEPOINT, {}};
    case ContextKind::kRawTracepoint: return {BPF_PROG_TYPE_RAW_TRACEPOINT, {}};
    case ContextKind::kPerfEvent: return {BPF_PROG_TYPE_PERF_EVENT, {}};
    default: return {BPF_PROG_TYPE_UNSPEC, {}};
  }
}

// The type that libbpf has for a section.
KernelType type_of(const std::string& section, ContextKind kind) {
  KernelType type{};
  const libbpf_print_fn_t before = libbpf_set_print(nullptr);
  if (libbpf_prog_type_by_name(section.c_str(), &type.type, &type.attach) != 0)
    type = type_of(kind);
  libbpf_set_print(before);
  return type;
}

struct Closer {
  void operator()(bpf_object* object) const { bpf_object__close(object); }
};

KernelAnswer load_with_libbpf(bpf_object* object, const Program& program, ContextKind kind,
                              bool& found) {
  std::vector<char> log(kLogBytes);
  bpf_program* each;
  bpf_program* chosen = nullptr;
  bpf_object__for_each_program(each, object) {
    const bool is_it = program.name == bpf_program__name(each) &&
                       program.section == bpf_program__section_name(each);
    bpf_program__set_autoload(each, is_it);
    if (is_it) chosen = each;
  }
  found = chosen != nullptr;
  if (!found) return {};
  if (bpf_program__type(chosen) == BPF_PROG_TYPE_UNSPEC) {
    const KernelType type = type_of(kind);
    bpf_program__set_type(chosen, type.type);
    bpf_program__set_expected_attach_type(chosen, type.attach);
  }
  bpf_program__set_log_buf(chosen, log.data(), log.size());
  bpf_map* map;
  bpf_object__for_each_map(map, object) {
    (void)bpf_map__set_pin_path(map, nullptr);
    const auto type = bpf_map__type(map);
    (void)bpf_map__set_max_entries(map, entries_to_ask_for(type, bpf_map__max_entries(map)));
  }
  if (bpf_object__load(object) == 0) return {.accepted = true, .why = {}};
  const std::string reason = reason_in(log.data());
  return {.accepted = false, .why = reason.empty() ? libbpf_reason(messages()) : reason};
}

}  // namespace

uint32_t kernel_program_type(ContextKind kind) {
  return type_of(kind).type;
}

LinkedInKernel::~LinkedInKernel() {
  for (const auto& [name, fd] : programs_) ::close(fd);
  for (const KernelMap& map : maps_) ::close(map.fd);
}

int LinkedInKernel::program(std::string_view name) const {
  for (const auto& [mine, fd] : programs_) {
    if (mine == name) return fd;
  }
  return -1;
}

KernelAnswer LinkedInKernel::make(const MapDef& map, bool whole, int& fd) {
  const auto found = std::ranges::find_if(
      maps_, [&](const KernelMap& other) { return other.def.name == map.name; });
  fd = found != maps_.end() ? found->fd : -1;
  if (fd >= 0) return {.accepted = true, .why = {}};
  int inner = -1;
  if (map.type == BPF_MAP_TYPE_ARRAY_OF_MAPS || map.type == BPF_MAP_TYPE_HASH_OF_MAPS) {
    // Old files say nothing of the inner maps: a loader did.
    const MapDef any{.type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1};
    inner = create_map(map.inner.empty() ? any : map.inner.front(), whole, -1);
  }
  fd = create_map(map, whole, inner);
  if (inner >= 0) ::close(inner);
  if (fd < 0) {
    return {.accepted = false,
            .why = fmt::format("map '{}': {}", printable(map.name), std::strerror(-fd))};
  }
  maps_.push_back({map, fd});
  const uint32_t zero = 0;
  if (!map.initial.empty()) bpf_map_update_elem(fd, &zero, map.initial.data(), 0);
  if (map.read_only) bpf_map_freeze(fd);
  return {.accepted = true, .why = {}};
}

KernelAnswer LinkedInKernel::load(const Program& program, ContextKind kind, bool whole) {
  libbpf_set_print(keep_message);
  std::vector<int> maps(program.maps.size());
  for (size_t i = 0; i < maps.size(); ++i) {
    KernelAnswer made = make(program.maps[i], whole, maps[i]);
    if (!made.accepted) return made;
  }
  const std::vector<uint8_t> code = encode(program.insns);
  std::vector<bpf_insn> insns(code.size() / sizeof(bpf_insn));
  std::memcpy(insns.data(), code.data(), insns.size() * sizeof(bpf_insn));
  for (const Instruction& insn : program.insns) {
    const Operation operation = insn.info().operation;
    bpf_insn& slot = insns[insn.slot];
    if (operation == Operation::kLoadMap || operation == Operation::kLoadMapValue)
      slot.imm = maps[insn.target];
    if (operation == Operation::kLoadMapValue)
      insns[insn.slot + 1].imm = static_cast<int32_t>(insn.imm);
  }
  const KernelType type = type_of(program.section, kind);
  std::vector<char> log(kLogBytes);
  LIBBPF_OPTS(bpf_prog_load_opts, options);
  options.expected_attach_type = type.attach;
  options.log_level = 1;
  options.log_buf = log.data();
  options.log_size = static_cast<uint32_t>(log.size());
  // No license is an empty one: the kernel reads the string whatever the program.
  const int fd = bpf_prog_load(type.type, "weir", program.license.c_str(), insns.data(),
                               insns.size(), &options);
  if (fd >= 0) {
    programs_.emplace_back(program.name, fd);
    return {.accepted = true, .why = {}, .linked = true};
  }
  const std::string reason = reason_in(log.data());
  return {.accepted = false, .why = reason.empty() ? std::strerror(-fd) : reason, .linked = true};
}

KernelAnswer ask_kernel(ByteSpan object, const std::string& file, const Program& program,
                        ContextKind kind) {
  libbpf_set_print(keep_message);
  messages().clear();
  const std::string name = file.substr(file.rfind('/') + 1);
  LIBBPF_OPTS(bpf_object_open_opts, options);
  options.object_name = name.c_str();
  const std::unique_ptr<bpf_object, Closer> opened(
      bpf_object__open_mem(object.data(), object.size(), &options));
  bool found = false;
  if (opened) {
    KernelAnswer answer = load_with_libbpf(opened.get(), program, kind, found);
    if (found) return answer;
  }
  return LinkedInKernel().load(program, kind, false);
}

}  // namespace weir::tool
