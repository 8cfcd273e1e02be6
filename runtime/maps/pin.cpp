// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/maps/pin.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "frontend/support/interrupted.h"
#include "frontend/support/text.h"
#include "runtime/maps/map_block.h"
#include "runtime/maps/map_kind.h"
#include "runtime/maps/owner.h"

namespace weir {

namespace {

class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {}
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  bool good() const { return fd_ >= 0; }

 private:
  int fd_;
};

int open_again(const std::string& path, int flags, mode_t mode = 0) {
  return again_if_interrupted([&] { return ::open(path.c_str(), flags | O_CLOEXEC, mode); });
}

// False: fewer bytes are there, or they cannot be read.
bool read_at(int fd, void* data, size_t bytes, off_t at) {
  auto* to = static_cast<uint8_t*>(data);
  while (bytes > 0) {
    const ssize_t got = again_if_interrupted([&] { return ::pread(fd, to, bytes, at); });
    if (got <= 0) return false;
    to += got;
    at += got;
    bytes -= static_cast<size_t>(got);
  }
  return true;
}

Error io_error(const std::string& path, std::string_view what) {
  const int error = errno;
  return Error(error == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo,
               fmt::format("{}: {}", what, std::strerror(error)))
      .in_file(path);
}

Error not_a_map(const std::string& path, std::string_view what) {
  return Error(ErrorCode::kMapDefinition, fmt::format("this is no pinned map: {}", what))
      .in_file(path)
      .with_hint("remove the file if it is not needed");
}

Status check_name(std::string_view name) {
  const auto good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
  };
  if (!name.empty() && name.size() <= kMaxMapName && name[0] != '.' &&
      std::ranges::all_of(name, good)) {
    return {};
  }
  return Error(ErrorCode::kUsage,
               fmt::format("a map cannot be pinned as \"{}\": expected at most {} letters, digits, "
                           "'_', '-' and '.', not starting with '.'",
                           printable(name), kMaxMapName));
}

std::string path_of(const std::string& folder, std::string_view name) {
  return fmt::format("{}/{}", folder, name);
}

Status make_folder(const std::string& folder) {
  for (size_t end = folder.find('/', 1);; end = folder.find('/', end + 1)) {
    const std::string part = folder.substr(0, end);
    if (::mkdir(part.c_str(), 0700) != 0 && errno != EEXIST) {
      return io_error(part, "the folder cannot be made");
    }
    if (end == std::string::npos) return {};
  }
}

// What the header says, checked as if somebody had made it up.
Result<MapSpec> read_spec(const std::string& path, int fd, Map& header) {
  struct stat status;
  if (::fstat(fd, &status) != 0) return io_error(path, "the file cannot be examined");
  if (!S_ISREG(status.st_mode)) return not_a_map(path, "it is not a regular file");
  if (!read_at(fd, &header, sizeof header, 0)) {
    return not_a_map(path, "it is too short");
  }
  if (header.magic != kMapMagic) return not_a_map(path, "it does not start as one");
  if (header.format != kMapFormat) {
    return Error(ErrorCode::kMapDefinition,
                 fmt::format("the map is in format {}, expected {}", header.format, kMapFormat))
        .in_file(path)
        .with_hint("it was made by another version of weir; unpin it");
  }
  MapSpec spec;
  spec.name.assign(header.name, strnlen(header.name, kMaxMapName));
  spec.type = header.type;
  spec.key_size = header.key_size;
  spec.value_size = header.value_size;
  spec.max_entries = header.max_entries;
  spec.flags = header.flags;
  spec.map_extra = header.map_extra;
  spec.cpu_slots = header.cpu_slots;
  spec.spin_lock_offset = header.spin_lock_offset;
  if (header.buffer_bytes != 0) spec.buffer_bytes = header.buffer_bytes;
  spec.key_type_id = header.key_type_id;
  spec.value_type_id = header.value_type_id;
  if (spec.cpu_slots == 0) return not_a_map(path, "it has values for no CPU");
  if (header.btf_bytes > kMaxMapBtfBytes) return not_a_map(path, "its BTF is too long");
  spec.btf.resize(header.btf_bytes);
  if (const auto problem = find_spec_problem(spec)) return not_a_map(path, problem->what);
  if (!map_kind(spec.type)->pinnable) return not_a_map(path, "its type cannot be pinned");
  const auto plan = plan_block(spec);
  if (!plan || header.shared != 1 || header.block_bytes != plan->block_bytes() ||
      header.file_bytes != plan->file_bytes ||
      static_cast<uint64_t>(status.st_size) != plan->file_bytes) {
    return not_a_map(path, "its size does not fit its shape");
  }
  const ValueSpan span = map_kind(spec.type)->span(shape_of_spec(spec), spec.cpu_slots);
  if (header.values_offset != span.offset || header.values_stride != span.stride ||
      header.values_count != span.count ||
      (header.btf_bytes != 0 && header.btf_offset != plan->btf_offset)) {
    return not_a_map(path, "its parts are not where its shape puts them");
  }
  if (!spec.btf.empty() &&
      !read_at(fd, spec.btf.data(), spec.btf.size(), static_cast<off_t>(header.btf_offset))) {
    return io_error(path, "its BTF cannot be read");
  }
  return spec;
}

Result<MapHandle> open_file(const std::string& path, PinAccess access, MapSpec* found) {
  const bool writable = access == PinAccess::kWrite;
  const Fd fd(open_again(path, (writable ? O_RDWR : O_RDONLY) | O_NOFOLLOW | O_NONBLOCK));
  if (!fd.good()) return io_error(path, "the map cannot be opened");
  Map header;
  WEIR_TRY(MapSpec spec, read_spec(path, fd.get(), header));
  if (writable && header.pid_namespace != pid_namespace()) {
    return Error(ErrorCode::kIo, "the map is written by processes of another PID name space")
        .in_file(path)
        .with_hint("open it to read only: who holds a lock could not be told from who died");
  }
  WEIR_TRY(std::shared_ptr<MapBlock> block, MapBlock::map(*plan_block(spec), fd.get(), writable));
  if (found != nullptr) *found = std::move(spec);
  return MapHandle(std::move(block));
}

Status check_same(const std::string& path, const MapSpec& wanted, const MapSpec& have) {
  const auto differ = [&](std::string_view what, uint64_t is, uint64_t should) -> Status {
    if (is == should) return {};
    return Error(ErrorCode::kMapDefinition,
                 fmt::format("the pinned map has {} {}, expected {}", what, is, should))
        .in_file(path)
        .with_hint("unpin it, or pin the new one under another name");
  };
  if (have.type != wanted.type) {
    return Error(ErrorCode::kMapDefinition,
                 fmt::format("the pinned map is of type {}, expected {}", map_type_name(have.type),
                             map_type_name(wanted.type)))
        .in_file(path)
        .with_hint("unpin it, or pin the new one under another name");
  }
  WEIR_CHECK(differ("key_size", have.key_size, wanted.key_size));
  WEIR_CHECK(differ("value_size", have.value_size, wanted.value_size));
  WEIR_CHECK(differ("max_entries", have.max_entries, wanted.max_entries));
  WEIR_CHECK(differ("map_flags", have.flags, wanted.flags));
  WEIR_CHECK(differ("map_extra", have.map_extra, wanted.map_extra));
  WEIR_CHECK(differ("a bpf_spin_lock at", have.spin_lock_offset, wanted.spin_lock_offset));
  return differ("CPUs:", have.cpu_slots, wanted.cpu_slots);
}

// A file without a name yet. Where the file system has none such, `temporary` is its name.
int open_nameless(const std::string& folder, std::string& temporary) {
  const int fd = open_again(folder, O_TMPFILE | O_RDWR, 0600);
  if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT)) return fd;
  for (uint32_t attempt = 0;; ++attempt) {
    temporary = fmt::format("{}/.new-{}-{}", folder, ::getpid(), attempt);
    const int named = open_again(temporary, O_CREAT | O_EXCL | O_RDWR, 0600);
    if (named >= 0 || errno != EEXIST) return named;
  }
}

// Makes the file, complete, and gives it its name. Nothing: somebody else was first.
Result<std::optional<MapHandle>> create_file(const std::string& folder, const std::string& path,
                                             const MapSpec& spec) {
  std::string temporary;
  const Fd fd(open_nameless(folder, temporary));
  if (!fd.good()) return io_error(folder, "no map can be made here");
  const BlockPlan plan = *plan_block(spec);
  const auto make = [&]() -> Result<std::optional<MapHandle>> {
    if (const int error = ::posix_fallocate(fd.get(), 0, static_cast<off_t>(plan.file_bytes));
        error != 0) {
      errno = error;
      return io_error(path, fmt::format("{} bytes for a pinned map", plan.file_bytes));
    }
    WEIR_TRY(std::shared_ptr<MapBlock> block, MapBlock::map(plan, fd.get(), true));
    initialise_block(spec, plan, block->base(), true);
    // Nobody could write to it: all would take it for one of another name space.
    if (block->base()->pid_namespace == 0 && ::access("/proc/self/ns/pid", F_OK) == 0) {
      return io_error(path, "the PID name space cannot be told");
    }
    const std::string from =
        temporary.empty() ? fmt::format("/proc/self/fd/{}", fd.get()) : temporary;
    if (::linkat(AT_FDCWD, from.c_str(), AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW) != 0) {
      if (errno == EEXIST) return std::optional<MapHandle>();
      return io_error(path, "the map cannot be given its name");
    }
    return std::optional(MapHandle(std::move(block)));
  };
  auto result = make();
  if (!temporary.empty()) ::unlink(temporary.c_str());
  return result;
}

}  // namespace

Result<std::string> default_pin_folder() {
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");
  if (runtime != nullptr && runtime[0] == '/') return fmt::format("{}/weir/maps", runtime);
  return Error(ErrorCode::kUsage,
               "XDG_RUNTIME_DIR is not set, so there is no place for pinned maps")
      .with_hint("set it, or name a folder");
}

Result<MapHandle> pin_map(const std::string& folder, std::string_view name, const MapSpec& given) {
  WEIR_CHECK(check_name(name));
  WEIR_TRY(MapSpec spec, complete_spec(given));
  spec.name = name;
  if (!map_kind(spec.type)->pinnable) {
    return Error(ErrorCode::kMapDefinition,
                 fmt::format("a {} cannot be pinned: what it holds exists in one process only",
                             map_type_name(spec.type)))
        .with_hint("leave it unpinned");
  }
  WEIR_CHECK(make_folder(folder));
  const std::string path = path_of(folder, name);
  // A few times round, in case another process makes and unpins it meanwhile.
  for (int attempt = 0;; ++attempt) {
    MapSpec found;
    auto opened = open_file(path, PinAccess::kWrite, &found);
    if (opened) {
      WEIR_CHECK(check_same(path, spec, found));
      return opened;
    }
    if (opened.error().code() != ErrorCode::kNotFound || attempt == 16) return opened;
    WEIR_TRY(const std::optional<MapHandle> made, create_file(folder, path, spec));
    if (made) return *made;
  }
}

Result<MapHandle> open_pinned_map(const std::string& folder, std::string_view name,
                                  PinAccess access) {
  WEIR_CHECK(check_name(name));
  return open_file(path_of(folder, name), access, nullptr);
}

Status unpin_map(const std::string& folder, std::string_view name) {
  WEIR_CHECK(check_name(name));
  const std::string path = path_of(folder, name);
  if (::unlink(path.c_str()) != 0) return io_error(path, "the map cannot be unpinned");
  return {};
}

Result<PinnedMap> describe_pinned_map(const std::string& folder, std::string_view name) {
  WEIR_CHECK(check_name(name));
  const std::string path = path_of(folder, name);
  const Fd fd(open_again(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK));
  if (!fd.good()) return io_error(path, "the map cannot be opened");
  Map header;
  WEIR_TRY(MapSpec spec, read_spec(path, fd.get(), header));
  return PinnedMap{std::string(name), std::move(spec), header.file_bytes};
}

Result<std::vector<std::string>> list_pinned_maps(const std::string& folder) {
  std::vector<std::string> names;
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(::opendir(folder.c_str()), &::closedir);
  if (!entries) {
    if (errno == ENOENT) return names;
    return io_error(folder, "the folder cannot be read");
  }
  while (const dirent* entry = ::readdir(entries.get())) {
    if (check_name(entry->d_name)) names.emplace_back(entry->d_name);
  }
  std::ranges::sort(names);
  return names;
}

ByteSpan map_btf(const Map* map) {
  return {map_bytes(map) + map->btf_offset, map->btf_bytes};
}

}  // namespace weir
