// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Two system calls and a copy: anonymous pages are filled while they are writable, then turned to
// read and execute for good. There is no moment at which a page is both writable and executable.
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "runtime/native/native_object.h"

namespace weir {

namespace {

// Free bytes in front of the code. Compilers that check indirect calls (clang's
// -fsanitize=function, part of "undefined", and kcfi) read a few bytes before the entry point of
// whatever is called; at the very start of a mapping that would be a fault. Keeps the alignment.
constexpr size_t kLead = kTextAlignment;

// What a stray jump to the lead or past the end runs into: int3 on x86-64; on AArch64 zeros are
// UDF.
constexpr uint8_t filler(Arch arch) {
  return arch == Arch::kX86_64 ? 0xcc : 0;
}

size_t page_size() {
  static const auto size = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  return size;
}

Status check_runs_here(const Manifest& manifest) {
  const CpuSpec have = host_cpu();
  const CpuSpec& wanted = manifest.cpu;
  if (cpu_runs(have, wanted)) return {};
  if (have.arch != wanted.arch) {
    return Error(ErrorCode::kObjectTarget,
                 fmt::format("the code is for {}, but this machine is {}", arch_name(wanted.arch),
                             arch_name(have.arch)))
        .with_hint("compile the program for this machine");
  }
  std::string missing = cpu_missing(have, wanted);
  if (missing.empty()) {
    missing = fmt::format("unknown to this weir (bits {:#x})", wanted.features & ~have.features);
  }
  return Error(ErrorCode::kObjectTarget,
               fmt::format("the code needs CPU features that this machine lacks: {}", missing))
      .with_hint("compile for this machine with --cpu native, or for every machine with --cpu " +
                 std::string(kBaselineCpu));
}

}  // namespace

Result<std::shared_ptr<const Image>> Image::map_trusted(const NativeObject& object) {
  WEIR_CHECK(check_runs_here(object.manifest()));
  const ByteSpan text = object.text();
  if (text.empty()) return Error(ErrorCode::kInternal, "the native object was moved from");

  const size_t size = (kLead + text.size() + page_size() - 1) & ~(page_size() - 1);
  // Before there is something to unmap: its destructor does that, whatever fails from here on.
  const std::shared_ptr<Image> image(new Image);
  // Populated at once: cheaper than a fault for each page.
  void* base = ::mmap(nullptr, size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  if (base == MAP_FAILED) {
    return Error(ErrorCode::kOutOfMemory,
                 fmt::format("{} bytes of memory for code: {}", size, std::strerror(errno)));
  }
  image->base_ = base;
  image->size_ = size;

  auto* bytes = static_cast<uint8_t*>(base);
  const uint8_t fill = filler(object.manifest().cpu.arch);
  std::memset(bytes, fill, kLead);
  std::memcpy(bytes + kLead, text.data(), text.size());
  std::memset(bytes + kLead + text.size(), fill, size - kLead - text.size());
  // Nothing on x86-64; on AArch64 the instruction cache does not see stores by itself.
  __builtin___clear_cache(reinterpret_cast<char*>(bytes), reinterpret_cast<char*>(bytes + size));
  if (::mprotect(base, size, PROT_READ | PROT_EXEC) != 0) {
    return Error(ErrorCode::kIo,
                 fmt::format("the system refuses to make {} bytes of code executable: "
                             "{}",
                             size, std::strerror(errno)))
        .with_hint(
            "allow it (SELinux: execmem; systemd: MemoryDenyWriteExecute=no), or use the "
            "interpreter");
  }

  image->entries_.reserve(object.manifest().programs.size());
  for (const ManifestProgram& program : object.manifest().programs) {
    image->entries_.push_back(kLead + program.entry);
  }
  return std::shared_ptr<const Image>(image);
}

Image::~Image() {
  if (base_ != nullptr) ::munmap(base_, size_);
}

EntryFn Image::entry(size_t program) const {
  if (program >= entries_.size()) return nullptr;
  return reinterpret_cast<EntryFn>(static_cast<uint8_t*>(base_) + entries_[program]);
}

}  // namespace weir
