// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tests/kernel/kernel_loader.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <unistd.h>

#include <cstring>
#include <memory>
#include <vector>

#include "tests/support/function_info.h"

namespace weir::kernel_test {

namespace {

constexpr size_t kLogBytes = size_t{8} << 20;
constexpr size_t kTailBytes = 1200;

std::string tail(const std::vector<char>& log, int error) {
  const std::string text(log.data());
  if (text.empty()) return std::strerror(error);
  return text.size() <= kTailBytes ? text : "..." + text.substr(text.size() - kTailBytes);
}

class Descriptors {
 public:
  Descriptors() = default;
  Descriptors(const Descriptors&) = delete;
  Descriptors& operator=(const Descriptors&) = delete;
  ~Descriptors() {
    for (int fd : fds_) close(fd);
  }
  int add(int fd) {
    if (fd >= 0) fds_.push_back(fd);
    return fd;
  }
  int at(size_t index) const { return index < fds_.size() ? fds_[index] : -1; }

 private:
  std::vector<int> fds_;
};

struct ProgramType {
  bpf_prog_type type;
  bpf_attach_type attach;
};

ProgramType type_of(ContextKind kind, std::string_view section) {
  switch (kind) {
    case ContextKind::kXdp: return {BPF_PROG_TYPE_XDP, BPF_XDP};
    case ContextKind::kSocketFilter: return {BPF_PROG_TYPE_SOCKET_FILTER, {}};
    case ContextKind::kSchedCls: return {BPF_PROG_TYPE_SCHED_CLS, {}};
    case ContextKind::kSchedAct: return {BPF_PROG_TYPE_SCHED_ACT, {}};
    case ContextKind::kCgroupSkb:
      return {BPF_PROG_TYPE_CGROUP_SKB, section.starts_with("cgroup_skb/egress")
                                            ? BPF_CGROUP_INET_EGRESS
                                            : BPF_CGROUP_INET_INGRESS};
    case ContextKind::kLwtIn: return {BPF_PROG_TYPE_LWT_IN, {}};
    case ContextKind::kLwtOut: return {BPF_PROG_TYPE_LWT_OUT, {}};
    case ContextKind::kLwtXmit: return {BPF_PROG_TYPE_LWT_XMIT, {}};
    case ContextKind::kSkSkb: return {BPF_PROG_TYPE_SK_SKB, BPF_SK_SKB_STREAM_VERDICT};
    case ContextKind::kSkMsg: return {BPF_PROG_TYPE_SK_MSG, BPF_SK_MSG_VERDICT};
    case ContextKind::kSkReuseport: return {BPF_PROG_TYPE_SK_REUSEPORT, BPF_SK_REUSEPORT_SELECT};
    case ContextKind::kSockOps: return {BPF_PROG_TYPE_SOCK_OPS, BPF_CGROUP_SOCK_OPS};
    case ContextKind::kTracepoint: return {BPF_PROG_TYPE_TRACEPOINT, {}};
    case ContextKind::kRawTracepoint: return {BPF_PROG_TYPE_RAW_TRACEPOINT, {}};
    case ContextKind::kPerfEvent: return {BPF_PROG_TYPE_PERF_EVENT, {}};
    default: return {BPF_PROG_TYPE_UNSPEC, {}};
  }
}

}  // namespace

KernelVerdict load_into_kernel(ByteSpan code, const std::vector<MapDef>& maps, ContextKind kind,
                               std::string_view section) {
  Descriptors fds;
  for (const MapDef& map : maps) {
    bpf_map_create_opts options = {};
    options.sz = sizeof(options);
    options.map_flags = map.flags;
    const int fd = fds.add(bpf_map_create(static_cast<bpf_map_type>(map.type), nullptr,
                                          map.key_size, map.value_size, map.max_entries, &options));
    if (fd < 0) return {false, "cannot create the map: " + std::string(std::strerror(-fd))};
  }
  std::vector<bpf_insn> insns(code.size() / sizeof(bpf_insn));
  std::memcpy(insns.data(), code.data(), insns.size() * sizeof(bpf_insn));
  for (size_t i = 0; i < insns.size(); ++i) {
    if (insns[i].code != (BPF_LD | BPF_IMM | BPF_DW)) continue;
    if (insns[i].src_reg == BPF_PSEUDO_MAP_FD || insns[i].src_reg == BPF_PSEUDO_MAP_VALUE) {
      insns[i].imm = fds.at(static_cast<size_t>(insns[i].imm));
    }
    ++i;
  }
  const ProgramType type = type_of(kind, section);
  std::vector<char> log(kLogBytes);
  bpf_prog_load_opts options = {};
  options.sz = sizeof(options);
  options.expected_attach_type = type.attach;
  options.log_level = 1;
  options.log_buf = log.data();
  options.log_size = static_cast<uint32_t>(log.size());
  const test::FunctionInfo functions = test::function_info(insns);
  if (!functions.btf.empty()) {
    const int btf = fds.add(bpf_btf_load(functions.btf.data(), functions.btf.size(), nullptr));
    if (btf < 0) return {false, "no BTF could be loaded"};
    options.prog_btf_fd = static_cast<uint32_t>(btf);
    options.func_info = functions.infos.data();
    options.func_info_cnt = static_cast<uint32_t>(functions.infos.size());
    options.func_info_rec_size = sizeof(bpf_func_info);
  }
  const int fd =
      fds.add(bpf_prog_load(type.type, "corpus", "GPL", insns.data(), insns.size(), &options));
  return {fd >= 0, fd >= 0 ? "" : tail(log, -fd)};
}

KernelVerdict load_object_program(const std::string& path, const std::string& name) {
  libbpf_set_print(nullptr);
  std::vector<char> log(kLogBytes);
  bpf_object_open_opts options = {};
  options.sz = sizeof(options);
  options.kernel_log_buf = log.data();
  options.kernel_log_size = log.size();
  options.kernel_log_level = 1;
  const std::unique_ptr<bpf_object, decltype(&bpf_object__close)> object(
      bpf_object__open_file(path.c_str(), &options), bpf_object__close);
  if (!object) return {false, "libbpf cannot open the file"};
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, object.get()) {
    bpf_program__set_autoload(program, name == bpf_program__name(program));
  }
  const int error = bpf_object__load(object.get());
  return {error == 0, error == 0 ? "" : tail(log, -error)};
}

std::string why_no_kernel() {
  const bpf_insn insns[] = {{.code = BPF_ALU64 | BPF_MOV | BPF_K}, {.code = BPF_JMP | BPF_EXIT}};
  const int fd = bpf_prog_load(BPF_PROG_TYPE_XDP, "probe", "GPL", insns, 2, nullptr);
  if (fd < 0) return std::string("bpf() does not load programs here: ") + std::strerror(-fd);
  close(fd);
  return "";
}

}  // namespace weir::kernel_test
