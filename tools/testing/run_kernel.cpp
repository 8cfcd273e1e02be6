// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The only place where weir uses the kernel's BPF: to be compared with it.
#include "tools/testing/run_kernel.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdarg>
#include <cstring>
#include <iterator>
#include <memory>
#include <set>

#include <fmt/format.h>

#include "frontend/object/elf_reader.h"
#include "frontend/object/link_program.h"
#include "frontend/support/text.h"
#include "runtime/engine/program_set.h"
#include "runtime/hooks/packet_buffer.h"
#include "tools/testing/kernel_load.h"

namespace weir::tool {

namespace {

constexpr int ENOTSUPP = 524;  // of the kernel alone
constexpr size_t kVerifierLog = 1u << 20;
constexpr size_t kRoomForGrowth = 4096;  // that a program may add to a packet
constexpr uint32_t kDefaultEntries = 64, kDefaultRingBytes = 4096;

struct Closer {
  void operator()(bpf_object* object) const { bpf_object__close(object); }
};

// libbpf's own words, kept instead of printed.
std::string& messages() {
  static std::string text;
  return text;
}
int keep_message(libbpf_print_level level, const char* format, va_list arguments) {
  if (level > LIBBPF_WARN) return 0;
  char line[512];
  const int length = std::vsnprintf(line, sizeof line, format, arguments);
  messages() += line;
  return length;
}

Error kernel_error(std::string what, int error) {
  return Error(ErrorCode::kUsage,
               fmt::format("{}: {}", what, std::strerror(error < 0 ? -error : error)));
}

// Runs on CPU 0, whose per-CPU values are the ones that are compared.
class OnFirstCpu {
 public:
  OnFirstCpu() {
    ::sched_getaffinity(0, sizeof before_, &before_);
    cpu_set_t first;
    CPU_ZERO(&first);
    CPU_SET(0, &first);
    ::sched_setaffinity(0, sizeof first, &first);
  }
  OnFirstCpu(const OnFirstCpu&) = delete;
  OnFirstCpu& operator=(const OnFirstCpu&) = delete;
  ~OnFirstCpu() { ::sched_setaffinity(0, sizeof before_, &before_); }

 private:
  cpu_set_t before_;
};

bool is_per_cpu(uint32_t type) {
  return type == BPF_MAP_TYPE_PERCPU_ARRAY || type == BPF_MAP_TYPE_PERCPU_HASH ||
         type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
}

bool lists_values(uint32_t type) {
  return is_per_cpu(type) || type == BPF_MAP_TYPE_ARRAY || type == BPF_MAP_TYPE_HASH ||
         type == BPF_MAP_TYPE_LRU_HASH || type == BPF_MAP_TYPE_LPM_TRIE;
}

uint32_t inner_type_from_name(const std::string& name) {
  if (name == "array") return BPF_MAP_TYPE_ARRAY;
  if (name == "lru_hash") return BPF_MAP_TYPE_LRU_HASH;
  if (name == "lpm_trie") return BPF_MAP_TYPE_LPM_TRIE;
  return BPF_MAP_TYPE_HASH;
}

// What a program needs of its file: the programs that it may enter, with itself, and their maps.
struct Needed {
  std::set<std::string> programs, maps;
};

// By weir's own linker; nothing where it does not link.
std::optional<Needed> needed_by(ByteSpan bytes, const std::string& name,
                                const std::vector<std::string>& programs) {
  auto object = read_elf(bytes, name);
  if (!object) return std::nullopt;
  Needed needed;
  std::vector<std::string> open = programs;
  while (!open.empty()) {
    const std::string next = std::move(open.back());
    open.pop_back();
    if (!needed.programs.insert(next).second) continue;
    const auto function = object->find_program(next);
    if (!function) return std::nullopt;
    const auto program = link_program(*object, **function);
    if (!program) return std::nullopt;
    for (const MapDef& map : program->maps) needed.maps.insert(map.name);
    std::ranges::copy(tail_called(program->maps), std::back_inserter(open));
  }
  return needed;
}

class KernelTest {
 public:
  explicit KernelTest(const TestCase& test) : test_(test) {}
  KernelTest(const KernelTest&) = delete;
  KernelTest& operator=(const KernelTest&) = delete;
  ~KernelTest() {
    for (const auto& [key, fd] : inner_) ::close(fd);
  }

  Status load(ByteSpan bytes, const std::string& name) {
    LIBBPF_OPTS(bpf_object_open_opts, options);
    options.object_name = name.c_str();
    object_.reset(bpf_object__open_mem(bytes.data(), bytes.size(), &options));
    // What libbpf has given up (maps in a section "maps"), weir's own linker translates.
    if (!object_) return load_linked(bytes, name, last_words());
    WEIR_CHECK(choose_program(bytes, name));
    prepare_maps();
    log_.resize(kVerifierLog);
    bpf_program__set_log_buf(program_, log_.data(), log_.size());
    if (bpf_object__load(object_.get()) != 0) {
      // It may be something else of the file that libbpf refuses: the program is then loaded alone.
      if (log_[0] == '\0') return load_linked(bytes, name, last_words());
      return Error(ErrorCode::kProgramRejected, "the kernel rejects the program")
          .in_program(bpf_program__name(program_))
          .with_hint(log_[0] != '\0' ? log_.data() : last_words());
    }
    name_ = bpf_program__name(program_);
    section_ = bpf_program__section_name(program_);
    fd_ = bpf_program__fd(program_);
    bpf_map* map;
    bpf_object__for_each_map(map, object_.get()) {
      if (!bpf_map__autocreate(map)) continue;
      maps_.push_back({bpf_map__name(map), bpf_map__type(map), bpf_map__key_size(map),
                       bpf_map__value_size(map), bpf_map__fd(map)});
    }
    return {};
  }

  Result<TestOutcome> run() {
    TestOutcome outcome;
    outcome.program = name_;
    outcome.section = section_;
    outcome.kind = kind_;
    outcome.engine = "kernel";
    const OnFirstCpu pinned;
    for (size_t i = 0; i <= test_.packets.size(); ++i) {
      for (const MapStep& step : test_.steps) {
        if (step.before_packet == i) WEIR_CHECK(apply(step));
      }
      if (i == test_.packets.size()) break;
      WEIR_TRY(PacketOutcome run, run_packet(test_.packets[i]));
      outcome.runs.push_back(std::move(run));
    }
    for (const KernelMap& map : maps_) {
      if (lists_values(map.type)) outcome.maps.push_back(contents(map));
    }
    return outcome;
  }

 private:
  static Error unsupported(std::string what) {
    return Error(ErrorCode::kProgramUnsupported, std::move(what));
  }
  static std::string last_words() {
    std::string words = std::exchange(messages(), {});
    while (!words.empty() && words.back() == '\n') words.pop_back();
    return words.empty() ? std::strerror(errno) : words;
  }

  Status load_linked(ByteSpan bytes, const std::string& name, const std::string& libbpf) {
    object_.reset();
    program_ = nullptr;
    auto object = read_elf(bytes, name);
    if (!object) return unsupported(fmt::format("libbpf does not take it: {}", libbpf));
    std::vector<const FunctionSymbol*> chosen;
    for (const FunctionSymbol* function : object->programs()) {
      const bool is_it =
          (test_.program.empty() || function->name == test_.program) &&
          (test_.section.empty() || object->sections[function->section].name == test_.section);
      if (is_it) chosen.push_back(function);
    }
    if (chosen.size() != 1) {
      return Error(ErrorCode::kUsage, fmt::format("{} programs have that name", chosen.size()));
    }
    name_ = chosen.front()->name;
    section_ = object->sections[chosen.front()->section].name;
    kind_ = test_.kind.value_or(context_from_section(section_));
    const auto needed = needed_by(bytes, name, wanted(name_));
    std::vector<Program> programs;
    for (const FunctionSymbol* function : object->programs()) {
      const bool is_needed =
          function == chosen.front() || (needed && needed->programs.contains(function->name));
      if (!is_needed) continue;
      WEIR_TRY(Program program, link_program(*object, *function));
      const KernelAnswer answer = linked_.load(program, kind_, true);
      if (!answer.accepted) {
        return Error(ErrorCode::kProgramRejected, "the kernel rejects the program")
            .in_program(function->name)
            .with_hint(fmt::format("{}\nlibbpf: {}", answer.why, libbpf));
      }
      programs.push_back(std::move(program));
    }
    for (const Program& program : programs) WEIR_CHECK(fill_program_arrays(program));
    fd_ = linked_.program(name_);
    for (const LinkedInKernel::KernelMap& map : linked_.maps()) {
      maps_.push_back({map.def.name, map.def.type, map.def.key_size, map.def.value_size, map.fd});
    }
    return {};
  }

  // The program, and those that the test wants loaded beside it.
  std::vector<std::string> wanted(const std::string& name) const {
    std::vector<std::string> names = test_.load_also;
    names.push_back(name);
    for (const MapStep& step : test_.steps) {
      if (step.kind == MapStep::Kind::kProgArray) names.push_back(step.program);
    }
    return names;
  }

  // What libbpf does for programs that it loads.
  Status fill_program_arrays(const Program& program) {
    for (const MapDef& def : program.maps) {
      if (def.type != BPF_MAP_TYPE_PROG_ARRAY) continue;
      const auto map = std::ranges::find_if(
          linked_.maps(), [&](const auto& made) { return made.def.name == def.name; });
      for (const MapSlot& slot : def.slots) {
        const int fd = linked_.program(slot.name);
        if (map == linked_.maps().end() || fd < 0 ||
            bpf_map_update_elem(map->fd, &slot.slot, &fd, 0) != 0)
          return kernel_error(fmt::format("program array '{}'", printable(def.name)), errno);
      }
    }
    return {};
  }

  Status choose_program(ByteSpan bytes, const std::string& file) {
    bpf_program* program;
    size_t found = 0;
    bpf_object__for_each_program(program, object_.get()) {
      const std::string_view name = bpf_program__name(program);
      const bool chosen =
          (test_.program.empty() || name == test_.program) &&
          (test_.section.empty() || bpf_program__section_name(program) == test_.section);
      if (chosen) {
        program_ = program;
        ++found;
      }
      bpf_program__set_autoload(program, false);
    }
    if (found != 1) {
      return Error(ErrorCode::kUsage, fmt::format("libbpf finds {} programs of that name", found));
    }
    const std::vector<std::string> names = wanted(bpf_program__name(program_));
    const auto needed = needed_by(bytes, file, names);
    bpf_object__for_each_program(program, object_.get()) {
      const std::string name = bpf_program__name(program);
      const bool is_needed =
          needed ? needed->programs.contains(name) : std::ranges::find(names, name) != names.end();
      bpf_program__set_autoload(program, is_needed);
    }
    // Maps of other programs need not be such as the kernel makes. Global data are left to libbpf.
    bpf_map* map;
    bpf_object__for_each_map(map, object_.get()) {
      const std::string name = bpf_map__name(map);
      if (needed && name.find('.') == std::string::npos && !needed->maps.contains(name))
        (void)bpf_map__set_autocreate(map, false);
    }
    kind_ = test_.kind.value_or(context_from_section(bpf_program__section_name(program_)));
    bpf_object__for_each_program(program, object_.get()) {
      if (bpf_program__autoload(program)) set_type(program);
    }
    return {};
  }

  // As its section says; where that says nothing, or the test something else, as the kind.
  void set_type(bpf_program* program) const {
    const auto type = static_cast<bpf_prog_type>(kernel_program_type(kind_));
    if (type != BPF_PROG_TYPE_UNSPEC && bpf_program__type(program) != type)
      bpf_program__set_type(program, type);
  }

  void prepare_maps() {
    bpf_map* map;
    bpf_object__for_each_map(map, object_.get()) {
      (void)bpf_map__set_pin_path(map, nullptr);
      const bool ring = bpf_map__type(map) == BPF_MAP_TYPE_RINGBUF;
      if (bpf_map__max_entries(map) == 0)
        (void)bpf_map__set_max_entries(map, ring ? kDefaultRingBytes : kDefaultEntries);
      if (ring) {
        (void)bpf_map__set_key_size(map, 0);
        (void)bpf_map__set_value_size(map, 0);
      }
    }
  }

  Status apply(const MapStep& step) {
    const auto map = std::ranges::find(maps_, step.map, &KernelMap::name);
    if (map == maps_.end()) return {};
    switch (step.kind) {
      case MapStep::Kind::kUpdate: return update(*map, step.key, step.value);
      case MapStep::Kind::kArrayBytes:
        for (size_t i = 0; i < step.bytes.size(); ++i) {
          const uint32_t index = step.index + static_cast<uint32_t>(i), value = step.bytes[i];
          if (bpf_map_update_elem(map->fd, &index, &value, 0) != 0)
            return kernel_error(fmt::format("update of '{}'", printable(step.map)), errno);
        }
        return {};
      case MapStep::Kind::kProgArray: {
        const int fd = program_named(step.program);
        if (fd < 0 || bpf_map_update_elem(map->fd, &step.index, &fd, 0) != 0)
          return kernel_error(fmt::format("program array '{}'", printable(step.map)), errno);
        return {};
      }
      case MapStep::Kind::kInnerUpdate: return inner_update(*map, step);
    }
    return {};
  }

  int program_named(const std::string& name) const {
    if (!object_) return linked_.program(name);
    bpf_program* const target = bpf_object__find_program_by_name(object_.get(), name.c_str());
    return target == nullptr ? -1 : bpf_program__fd(target);
  }

  struct KernelMap {
    std::string name;
    uint32_t type, key_size, value_size;
    int fd;
  };

  Status update(const KernelMap& map, const Bytes& key, const Bytes& value) {
    if (key.size() != map.key_size || value.size() != map.value_size) {
      return Error(ErrorCode::kUsage,
                   fmt::format("map '{}' has keys and values of other sizes", printable(map.name)));
    }
    Bytes values = value;
    if (is_per_cpu(map.type)) {
      const size_t each = (value.size() + 7) & ~size_t{7};
      values.assign(each * static_cast<size_t>(libbpf_num_possible_cpus()), 0);
      for (size_t at = 0; at < values.size(); at += each)
        std::memcpy(values.data() + at, value.data(), value.size());
    }
    if (bpf_map_update_elem(map.fd, key.data(), values.data(), 0) != 0)
      return kernel_error(fmt::format("update of '{}'", printable(map.name)), errno);
    return {};
  }

  Status inner_update(const KernelMap& outer, const MapStep& step) {
    const auto [place, is_new] = inner_.try_emplace({step.map, step.key}, -1);
    if (is_new) {
      LIBBPF_OPTS(bpf_map_create_opts, options);
      options.map_flags = step.inner_flags;
      const auto type = static_cast<bpf_map_type>(inner_type_from_name(step.inner_type));
      place->second = bpf_map_create(type, "inner", step.inner_key_size, step.inner_value_size,
                                     step.inner_max_entries, &options);
      if (place->second < 0 ||
          bpf_map_update_elem(outer.fd, step.key.data(), &place->second, 0) != 0)
        return kernel_error(fmt::format("inner map of '{}'", printable(step.map)), errno);
    }
    if (bpf_map_update_elem(place->second, step.inner_key.data(), step.inner_value.data(), 0) != 0)
      return kernel_error(fmt::format("inner map of '{}'", printable(step.map)), errno);
    return {};
  }

  Result<PacketOutcome> run_packet(const TestPacket& packet) {
    LIBBPF_OPTS(bpf_test_run_opts, options);
    PacketOutcome out;
    Bytes context;
    const bool takes_context = packet_input(kind_) == PacketInput::kContext;
    if (takes_context) {
      context = packet.data;
      context.resize(context_struct_bytes(kind_));
      for (const auto& [name, value] : packet.fields) {
        WEIR_TRY(const ContextMember member, context_member(kind_, name));
        std::memcpy(context.data() + member.offset, &value, member.size);
      }
      options.ctx_in = context.data();
      options.ctx_size_in = static_cast<uint32_t>(context.size());
      return test_run(options, std::move(out), packet.data.size(), context);
    }
    out.out.resize(packet.data.size() + kRoomForGrowth);
    options.data_in = packet.data.data();
    options.data_size_in = static_cast<uint32_t>(packet.data.size());
    options.data_out = out.out.data();
    options.data_size_out = static_cast<uint32_t>(out.out.size());
    options.repeat = static_cast<int>(test_.repeat);
    xdp_md xdp{};
    __sk_buff skb{};
    const bool is_xdp = kind_ == ContextKind::kXdp;
    auto* const image =
        is_xdp ? reinterpret_cast<uint8_t*>(&xdp) : reinterpret_cast<uint8_t*>(&skb);
    for (const auto& [name, value] : packet.fields) {
      WEIR_TRY(const ContextMember member, context_member(kind_, name));
      std::memcpy(image + member.offset, &value, member.size);
    }
    // A context makes skb->wire_len the packet's length; XDP's is needed only to set something.
    if (is_xdp && !packet.fields.empty()) {
      xdp.data_end = options.data_size_in;
      options.ctx_in = &xdp;
      options.ctx_size_in = sizeof xdp;
    } else if (!is_xdp && kind_ != ContextKind::kFlowDissector) {
      options.ctx_in = &skb;
      options.ctx_size_in = sizeof skb;
    }
    return test_run(options, std::move(out), 0, {});
  }

  // What comes out is the packet or, where that is what went in, the context.
  Result<PacketOutcome> test_run(bpf_test_run_opts& options, PacketOutcome out, size_t given,
                                 const Bytes& context) {
    const int error = bpf_prog_test_run_opts(fd_, &options);
    if (error == -ENOTSUPP || error == -EOPNOTSUPP) {
      return Error(
          ErrorCode::kProgramUnsupported,
          fmt::format("the kernel has no test runs of hook kind '{}'", context_name(kind_)));
    }
    if (error != 0) {
      out.refused = -error;
      out.note = fmt::format("refused: {}", std::strerror(-error));
      out.out.clear();
      return out;
    }
    out.retval = options.retval;
    if (context.empty()) {
      out.out.resize(options.data_size_out);
    } else {
      out.out = context;
      out.out.resize(std::max(given, context.size()));
    }
    out.time = std::chrono::nanoseconds(options.duration);
    return out;
  }

  static MapContents contents(const KernelMap& map) {
    MapContents out{.name = map.name, .entries = {}};
    const int fd = map.fd;
    const bool per_cpu = is_per_cpu(map.type);
    const size_t each = per_cpu ? (map.value_size + 7) & ~size_t{7} : size_t{map.value_size};
    const size_t copies = per_cpu ? static_cast<size_t>(libbpf_num_possible_cpus()) : 1;
    Bytes key(map.key_size), next(key.size()), value(each * copies);
    const uint8_t* at = nullptr;
    while (fd >= 0 && bpf_map_get_next_key(fd, at, next.data()) == 0) {
      key = next;
      at = key.data();
      if (bpf_map_lookup_elem(fd, at, value.data()) != 0) continue;
      out.entries.emplace_back(key, Bytes(value.begin(), value.begin() + static_cast<long>(each)));
    }
    std::ranges::sort(out.entries);
    return out;
  }

  const TestCase& test_;
  std::unique_ptr<bpf_object, Closer> object_;
  bpf_program* program_ = nullptr;
  ContextKind kind_ = ContextKind::kXdp;
  LinkedInKernel linked_;
  std::string name_, section_;
  int fd_ = -1;
  std::vector<KernelMap> maps_;
  std::vector<char> log_;
  std::map<std::pair<std::string, Bytes>, int> inner_;
};

}  // namespace

std::optional<std::string> kernel_problem() {
  libbpf_set_print(keep_message);
  // r0 = 0; exit
  const bpf_insn insns[] = {{.code = BPF_ALU64 | BPF_MOV | BPF_K}, {.code = BPF_JMP | BPF_EXIT}};
  const int fd = bpf_prog_load(BPF_PROG_TYPE_XDP, "probe", "GPL", insns, std::size(insns), nullptr);
  if (fd < 0) return fmt::format("the kernel takes no BPF program: {}", std::strerror(errno));
  ::close(fd);
  return std::nullopt;
}

Result<TestOutcome> run_in_kernel(ByteSpan object, const std::string& name, const TestCase& test) {
  if (!test.chain.empty()) {
    return Error(ErrorCode::kUsage, "the kernel runs one program in a test run, not a chain")
        .with_hint("compare the programs one by one");
  }
  if (!test.sockets.empty() || test.perf_event) {
    return Error(ErrorCode::kUsage,
                 fmt::format("the test says {}, and the kernel has its own",
                             test.sockets.empty() ? "what a perf event has counted"
                                                  : "which sockets there are"))
        .with_hint("compare tests without it");
  }
  if (const auto problem = kernel_problem()) {
    return Error(ErrorCode::kIo, *problem)
        .with_hint("it needs CONFIG_BPF_SYSCALL, and root or CAP_BPF with CAP_NET_ADMIN");
  }
  messages().clear();
  KernelTest kernel(test);
  WEIR_CHECK(kernel.load(object, name));
  return kernel.run();
}

}  // namespace weir::tool
