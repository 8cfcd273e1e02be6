// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/hooks/program_file.h"

#include <elf.h>

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "frontend/object/elf_reader.h"
#include "frontend/object/link_program.h"
#include "frontend/support/text.h"
#include "runtime/abi/section_hook.h"
#include "runtime/native/variants.h"

namespace weir {

namespace {

// An ELF file for a machine that is no BPF: a native object or nothing. (0 is what LLVM 3.7 wrote
// for BPF.)
bool is_native_elf(ByteSpan bytes) {
  if (bytes.size() < sizeof(Elf64_Ehdr) || std::memcmp(bytes.data(), ELFMAG, SELFMAG) != 0) {
    return false;
  }
  uint16_t machine;
  std::memcpy(&machine, bytes.data() + offsetof(Elf64_Ehdr, e_machine), sizeof machine);
  return machine != EM_BPF && machine != EM_NONE;
}

}  // namespace

Result<ProgramFile> ProgramFile::read(const std::string& path) {
  auto bytes = read_object_bytes(path);
  if (!bytes) return bytes.take_error().in_file(path);
  return parse(std::move(*bytes), path);
}

Result<ProgramFile> ProgramFile::parse(std::vector<uint8_t> bytes, const std::string& shown) {
  ProgramFile file;
  file.path_ = shown;
  file.digest_ = digest_of(bytes);
  if (is_native_elf(bytes) || is_variant_file(bytes)) {
    // Of a file for several CPUs, what suits this machine.
    auto chosen = choose_variant(std::move(bytes), host_cpu());
    if (!chosen) return chosen.take_error().in_file(shown);
    auto native = NativeObject::parse(std::move(*chosen));
    if (!native) return native.take_error().in_file(shown);
    file.native_ = std::move(*native);
    return file;
  }
  auto object = read_elf(bytes, shown);
  if (!object) return object.take_error().in_file(shown);
  file.object_ = std::move(*object);
  return file;
}

std::vector<ProgramFile::Entry> ProgramFile::programs() const {
  std::vector<Entry> entries;
  if (native_) {
    for (const ManifestProgram& program : native_->manifest().programs) {
      entries.push_back({program.name, program.section});
    }
    return entries;
  }
  for (const FunctionSymbol* function : object_->programs()) {
    entries.push_back({function->name, object_->sections[function->section].name});
  }
  return entries;
}

Result<size_t> ProgramFile::find(std::string_view name) const {
  if (native_) {
    auto index = native_->find(name);
    if (!index) return index.take_error().in_file(path_);
    return *index;
  }
  auto found = object_->find_program(name);
  if (!found) return found.take_error().in_file(path_);
  const std::vector<const FunctionSymbol*> all = object_->programs();
  return static_cast<size_t>(std::ranges::find(all, *found) - all.begin());
}

Result<Program> ProgramFile::program(size_t index) const {
  if (native_) return native_->program(index);
  return link_program(*object_, *object_->programs()[index]);
}

Result<std::shared_ptr<const Executable>> ProgramFile::load(
    size_t index, LoadOptions options, std::optional<ContextKind> at,
    std::optional<HelperSet> helpers) const {
  if (native_) {
    const ContextKind made_for = native_->manifest().programs[index].context;
    if (at && made_for != *at && made_for != ContextKind::kMemory) {
      return Error(ErrorCode::kUsage, fmt::format("the object was compiled for {}, not for {}",
                                                  context_name(made_for), context_name(*at)))
          .in_program(native_->manifest().programs[index].name)
          .in_file(path_);
    }
    auto executable = load_executable(*native_, index, options);
    if (!executable) return executable.take_error().in_file(path_);
    return executable;
  }
  auto program = this->program(index);
  if (!program) return program.take_error().in_file(path_);
  if (!at) {
    if (Status known = check_section_hook(program->section); !known)
      return known.take_error().in_program(program->name).in_file(path_);
  }
  options.compile.context = context_from_section(program->section);
  if (at && options.compile.context == ContextKind::kMemory) options.compile.context = *at;
  options.compile.helpers = helpers.value_or(default_helpers(options.compile.context));
  auto executable = load_executable(std::move(*program), options);
  if (!executable) return executable.take_error().in_file(path_);
  return executable;
}

}  // namespace weir
