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

class MapDescriptors {
 public:
  explicit MapDescriptors(LoadedInKernel& loaded) : loaded_(loaded) {}

  // Index `at` of the program's maps, and before it the inner map that it is made like.
  KernelAnswer make(const Program& program, size_t at) {
    const MapDef& map = program.maps[at];
    int inner = -1;
    if (!map.inner.empty()) {
      inner = create(map.inner.front(), -1);
      if (inner < 0) return failed(map, inner);
    } else if (map.type == BPF_MAP_TYPE_ARRAY_OF_MAPS || map.type == BPF_MAP_TYPE_HASH_OF_MAPS) {
      // Old files say nothing of the inner maps: a loader did.
      const MapDef any{
          .type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1};
      inner = create(any, -1);
    }
    const int fd = create(map, inner);
    if (inner >= 0) ::close(inner);
    loaded_.maps.push_back(fd);
    if (fd < 0) return failed(map, fd);
    const uint32_t zero = 0;
    if (!map.initial.empty()) bpf_map_update_elem(fd, &zero, map.initial.data(), 0);
    if (map.read_only) bpf_map_freeze(fd);
    return {.accepted = true, .why = {}};
  }

 private:
  static KernelAnswer failed(const MapDef& map, int error) {
    return {.accepted = false,
            .why = fmt::format("map '{}': {}", printable(map.name), std::strerror(-error))};
  }

  static int create(const MapDef& map, int inner) {
    LIBBPF_OPTS(bpf_map_create_opts, options);
    options.map_flags = map.flags;
    options.map_extra = map.map_extra;
    options.inner_map_fd = static_cast<uint32_t>(std::max(inner, 0));
    const bool ring = map.type == BPF_MAP_TYPE_RINGBUF;
    const bool events = map.type == BPF_MAP_TYPE_PERF_EVENT_ARRAY;
    const int fd = bpf_map_create(static_cast<bpf_map_type>(map.type), nullptr,
                                  ring     ? 0
                                  : events ? 4
                                           : map.key_size,
                                  ring     ? 0
                                  : events ? 4
                                           : map.value_size,
                                  entries_to_ask_for(map.type, map.max_entries), &options);
    return fd;
  }

  LoadedInKernel& loaded_;
};

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

KernelAnswer load_linked(const Program& program, ContextKind kind, LoadedInKernel& loaded) {
  libbpf_set_print(keep_message);
  MapDescriptors maps(loaded);
  for (size_t i = 0; i < program.maps.size(); ++i) {
    KernelAnswer made = maps.make(program, i);
    if (!made.accepted) return made;
  }
  const std::vector<uint8_t> code = encode(program.insns);
  std::vector<bpf_insn> insns(code.size() / sizeof(bpf_insn));
  std::memcpy(insns.data(), code.data(), insns.size() * sizeof(bpf_insn));
  for (const Instruction& insn : program.insns) {
    const Operation operation = insn.info().operation;
    bpf_insn& slot = insns[insn.slot];
    if (operation == Operation::kLoadMap || operation == Operation::kLoadMapValue)
      slot.imm = loaded.maps[insn.target];
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
  const char* const license = program.license.empty() ? nullptr : program.license.c_str();
  loaded.program = bpf_prog_load(type.type, "weir", license, insns.data(), insns.size(), &options);
  if (loaded.program >= 0) return {.accepted = true, .why = {}, .linked = true};
  const std::string reason = reason_in(log.data());
  return {.accepted = false,
          .why = reason.empty() ? std::strerror(-loaded.program) : reason,
          .linked = true};
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
  LoadedInKernel loaded;
  KernelAnswer answer = load_linked(program, kind, loaded);
  if (loaded.program >= 0) ::close(loaded.program);
  for (const int fd : loaded.maps) {
    if (fd >= 0) ::close(fd);
  }
  return answer;
}

}  // namespace weir::tool
