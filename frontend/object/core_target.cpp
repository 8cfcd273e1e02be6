// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/object/core_target.h"

#include <linux/btf.h>

#include <algorithm>

#include <fmt/format.h>

#include "frontend/object/elf_reader.h"

namespace weir {

namespace {

constexpr const char* kKernelPath = "/sys/kernel/btf/vmlinux";

}  // namespace

std::string_view essential_name(std::string_view name) {
  // The last "X___Y" where neither X nor Y is an underscore.
  for (size_t i = name.size() < 5 ? 0 : name.size() - 4; i-- > 0;) {
    if (name[i] != '_' && name.substr(i + 1, 3) == "___" && name[i + 4] != '_') {
      return name.substr(0, i + 1);
    }
  }
  return name;
}

CoreTarget::CoreTarget(Btf btf, std::string name) : name_(std::move(name)), btf_(std::move(btf)) {
  for (uint32_t id = 1; id <= btf_.type_count(); ++id) {
    const std::string_view type = btf_.string(btf_.type(id)->name_off);
    if (!type.empty()) index_.emplace_back(essential_name(type), id);
  }
  std::ranges::sort(index_);
}

std::vector<uint32_t> CoreTarget::named(std::string_view essential) const {
  std::vector<uint32_t> out;
  auto it = std::ranges::lower_bound(index_, std::pair(essential, uint32_t{0}));
  for (; it != index_.end() && it->first == essential; ++it) out.push_back(it->second);
  return out;
}

Result<CoreTarget> CoreTarget::parse(ByteSpan raw, std::string name) {
  constexpr std::string_view kElf = "\177ELF";
  if (as_text(raw).starts_with(kElf)) {
    return Error(ErrorCode::kBtfMalformed, "this is an ELF file, but raw BTF was expected")
        .in_file(name)
        .with_hint("extract it: llvm-objcopy --dump-section .BTF=types.btf FILE");
  }
  auto btf = Btf::parse(raw);
  if (!btf) return btf.take_error().in_file(name);
  return CoreTarget(std::move(*btf), std::move(name));
}

Result<CoreTarget> CoreTarget::load(const std::string& path) {
  WEIR_TRY(const std::vector<uint8_t> bytes, read_object_bytes(path));
  return parse(bytes, path);
}

std::shared_ptr<const CoreTarget> CoreTarget::running_kernel() {
  auto loaded = load(kKernelPath);
  return loaded ? std::make_shared<const CoreTarget>(std::move(*loaded)) : nullptr;
}

}  // namespace weir
