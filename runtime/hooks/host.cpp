// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/hooks/host.h"

#include <linux/bpf.h>

#include <algorithm>

#include <fmt/format.h>

#include "frontend/support/text.h"
#include "runtime/maps/map_handle.h"

namespace weir {

struct Instance::Maps {
  std::vector<MapHandle> handles;
  std::vector<std::shared_ptr<const void>> code;  // keeps Host::Code for those who come next
};

struct Host::OwnMaps {
  std::vector<MapHandle> handles;
};

Instance::Instance() = default;

std::shared_ptr<const Instance> Instance::of(ProgramSet programs, std::string path) {
  std::shared_ptr<Instance> made(new Instance);
  auto maps = std::make_shared<Maps>();
  for (uint32_t i = 0; i < programs.size(); ++i) {
    for (const MapHandle& handle : programs.maps(i).handles()) {
      if (std::ranges::find(maps->handles, handle) == maps->handles.end()) {
        maps->handles.push_back(handle);
      }
    }
  }
  made->path_ = std::move(path);
  made->programs_ = std::move(programs);
  made->maps_ = std::move(maps);
  return made;
}

std::span<const MapHandle> Instance::maps() const {
  return maps_ ? std::span<const MapHandle>(maps_->handles) : std::span<const MapHandle>();
}

Map* Instance::find_map(std::string_view name) const {
  const auto all = maps();
  const auto found = std::ranges::find_if(
      all, [&](const MapHandle& handle) { return std::string_view(handle.map()->name) == name; });
  return found == all.end() ? nullptr : found->map();
}

namespace {
// Global data belongs to the program as it was compiled, and the numbers in a program array to the
// instance.
bool carries_over(const MapHandle& handle) {
  return handle.map()->type != BPF_MAP_TYPE_PROG_ARRAY &&
         std::string_view(handle.map()->name).find('.') == std::string_view::npos;
}
}  // namespace

// The program and all that tail calls can enter from it, sharing maps by name.
class InstanceMaker {
 public:
  InstanceMaker(Host& host, const ProgramFile& file, const InstanceOptions& options)
      : host_(host), file_(file), options_(options), out_(new Instance) {
    host.copy_own_maps(shared_);
    if (options.maps_from) {
      const auto maps = options.maps_from->maps();
      std::ranges::copy_if(maps, std::back_inserter(shared_), &carries_over);
    }
  }

  Result<std::shared_ptr<const Instance>> make() {
    WEIR_TRY(const size_t first, file_.find(options_.program));
    auto maps = std::make_shared<Instance::Maps>();
    maps_ = maps.get();
    WEIR_CHECK(add(first));
    for (size_t i = 0; i < codes_.size(); ++i) {
      for (const std::string& name : tail_called(codes_[i]->maps)) {
        if (!out_->programs_.find(name)) WEIR_CHECK(add_tail_called(name));
      }
    }
    for (uint32_t i = 0; i < codes_.size(); ++i) {
      WEIR_CHECK(out_->programs_.fill(codes_[i]->maps, out_->programs_.maps(i)));
    }
    out_->path_ = file_.path();
    maps->code.assign(codes_.begin(), codes_.end());
    out_->maps_ = std::move(maps);
    return std::shared_ptr<const Instance>(std::move(out_));
  }

 private:
  Status add(size_t index) {
    WEIR_TRY(auto code, host_.code(file_, index, options_));
    MapSetOptions options;
    options.cpu_slots = host_.options().workers;
    options.pin_folder = options_.pin_folder;
    options.pin_all = options_.pin_all;
    options.btf = file_.btf();
    options.shared = shared_;
    auto made = MapSet::create(code->maps, options);
    if (!made) return made.take_error().in_file(file_.path());
    for (const MapHandle& handle : made->handles()) {
      if (std::ranges::find(maps_->handles, handle) == maps_->handles.end()) {
        maps_->handles.push_back(handle);
        shared_.push_back(handle);
      }
    }
    out_->programs_.add(code->executable, std::move(*made));
    codes_.push_back(std::move(code));
    return {};
  }

  Status add_tail_called(const std::string& name) {
    const std::vector<ProgramFile::Entry> all = file_.programs();
    const auto found = std::ranges::find(all, name, &ProgramFile::Entry::name);
    if (found != all.end()) return add(static_cast<size_t>(found - all.begin()));
    return Error(ErrorCode::kNotFound,
                 fmt::format("a program array holds '{}', which the file does not have",
                             printable(name)))
        .in_file(file_.path());
  }

  Host& host_;
  const ProgramFile& file_;
  const InstanceOptions& options_;
  std::shared_ptr<Instance> out_;
  Instance::Maps* maps_ = nullptr;
  std::vector<std::shared_ptr<const Host::Code>> codes_;  // parallel to programs_
  std::vector<MapHandle> shared_;
};

Host::Host(const HostOptions& options) : options_(options), own_maps_(std::make_shared<OwnMaps>()) {
  if (options_.workers == 0) options_.workers = possible_cpus();
  options_.workers = std::min(options_.workers, kMaxCpuSlots);
  cpus_.resize(options_.workers);
}

Result<std::shared_ptr<const Instance>> Host::load(const ProgramFile& file,
                                                   const InstanceOptions& options) {
  if (options.policy == Policy::kTrusted && !options_.allow_trusted) {
    return Error(ErrorCode::kUsage,
                 "policy trusted checks nothing, and this host does not allow it")
        .in_file(file.path());
  }
  return InstanceMaker(*this, file, options).make();
}

Result<std::shared_ptr<const Host::Code>> Host::code(const ProgramFile& file, size_t index,
                                                     const InstanceOptions& options) {
  const CodeKey key{file.digest(),  index,      options.engine,
                    options.policy, options.at, options.helpers};
  {
    const std::scoped_lock lock(mutex_);
    std::erase_if(codes_, [](const auto& entry) { return entry.second.expired(); });
    const auto found = codes_.find(key);
    if (found != codes_.end()) {
      if (auto code = found->second.lock()) return code;
    }
  }
  // Without the lock: compiling takes long. Two threads that load the same make it twice.
  auto code = std::make_shared<Code>();
  WEIR_TRY(Program program, file.program(index));
  code->maps = std::move(program.maps);
  LoadOptions load;
  load.engine = options.engine;
  load.compile.cpu = host_cpu();
  load.compile.policy = options.policy;
  load.cache = options_.cache;
  load.compiler = options_.compiler;
  load.later = options_.later;
  // The host's owner keeps it.
  load.later_cache = std::shared_ptr<Store>(std::shared_ptr<void>(), options_.cache);
  load.trust = options_.trust;
  WEIR_TRY(code->executable, file.load(index, load, options.at, options.helpers));
  const std::scoped_lock lock(mutex_);
  codes_[key] = code;
  return std::shared_ptr<const Code>(std::move(code));
}

Result<Map*> Host::add_map(const MapSpec& spec) {
  MapSpec own = spec;
  if (own.cpu_slots == 0) own.cpu_slots = options_.workers;
  WEIR_TRY(MapHandle map, create_map(own));
  const std::scoped_lock lock(mutex_);
  for (const MapHandle& other : own_maps_->handles) {
    if (std::string_view(other.map()->name) == std::string_view(map.map()->name)) {
      return Error(ErrorCode::kUsage,
                   fmt::format("the host has a map '{}' already", printable(own.name)));
    }
  }
  own_maps_->handles.push_back(map);
  return map.map();
}

void Host::copy_own_maps(std::vector<MapHandle>& into) {
  const std::scoped_lock lock(mutex_);
  into.insert(into.end(), own_maps_->handles.begin(), own_maps_->handles.end());
}

Result<uint32_t> Host::take_cpu() {
  const std::scoped_lock lock(mutex_);
  const auto free = std::ranges::find(cpus_, false);
  if (free == cpus_.end()) {
    return Error(ErrorCode::kUsage,
                 fmt::format("all {} workers of the host are taken", cpus_.size()))
        .with_hint("open the host with more workers, or close one");
  }
  *free = true;
  return static_cast<uint32_t>(free - cpus_.begin());
}

void Host::give_back_cpu(uint32_t cpu) {
  const std::scoped_lock lock(mutex_);
  cpus_[cpu] = false;
}

size_t Host::code_count() {
  const std::scoped_lock lock(mutex_);
  std::erase_if(codes_, [](const auto& entry) { return entry.second.expired(); });
  return codes_.size();
}

}  // namespace weir
