// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/native/variants.h"

#include <algorithm>
#include <bit>
#include <charconv>

#include <fmt/format.h>

#include "frontend/support/text.h"
#include "runtime/native/native_object.h"

namespace weir {

namespace {

constexpr std::string_view kMagic = "!<arch>\n";
constexpr size_t kHeaderSize = 60;
constexpr size_t kSizeAt = 48, kSizeDigits = 10;
constexpr std::string_view kHeaderEnd = "`\n";

Error malformed(std::string message) {
  return Error(ErrorCode::kObjectMalformed, std::move(message));
}

// What is the same in all variants of a file: programs, in order.
Status check_same_programs(const Manifest& first, const Manifest& other) {
  const bool same = std::ranges::equal(
      first.programs, other.programs, [](const ManifestProgram& a, const ManifestProgram& b) {
        return a.name == b.name && a.section == b.section && a.context == b.context;
      });
  if (same && first.policy == other.policy) return {};
  return malformed("the variants of a file hold different programs, or have different policies");
}

}  // namespace

bool is_variant_file(ByteSpan bytes) {
  return as_text(bytes).starts_with(kMagic);
}

Result<std::vector<Variant>> read_variants(ByteSpan file) {
  if (!is_variant_file(file)) return malformed("no archive of native objects");
  std::vector<Variant> variants;
  std::optional<Manifest> first;
  for (size_t at = kMagic.size(); at < file.size();) {
    if (variants.size() == kMaxVariants) {
      return Error(ErrorCode::kLimit, fmt::format("more than {} variants", kMaxVariants));
    }
    if (file.size() - at < kHeaderSize) {
      return Error(ErrorCode::kObjectTruncated,
                   fmt::format("{} bytes at {}, where a member of the archive has {}",
                               file.size() - at, at, kHeaderSize));
    }
    const std::string_view header = as_text(file.subspan(at, kHeaderSize));
    const std::string_view digits = header.substr(kSizeAt, kSizeDigits);
    uint64_t size = 0;
    const auto [end, bad] = std::from_chars(digits.data(), digits.data() + digits.size(), size);
    const std::string_view rest(end, static_cast<size_t>(digits.data() + digits.size() - end));
    if (bad != std::errc() || rest.find_first_not_of(' ') != std::string_view::npos ||
        !header.ends_with(kHeaderEnd)) {
      return malformed(fmt::format("the bytes at {} are no member of an archive", at));
    }
    at += kHeaderSize;
    if (size > file.size() - at) {
      return Error(
          ErrorCode::kObjectTruncated,
          fmt::format("a variant of {} bytes at {}, but the file has {}", size, at, file.size()));
    }
    const ByteSpan bytes = file.subspan(at, size);
    WEIR_TRY(const NativeObject object, NativeObject::parse({bytes.begin(), bytes.end()}));
    const CpuSpec& cpu = object.manifest().cpu;
    if (std::ranges::find(variants, cpu, &Variant::cpu) != variants.end()) {
      return malformed(fmt::format("two variants for {}", cpu_to_string(cpu)));
    }
    if (first) {
      WEIR_CHECK(check_same_programs(*first, object.manifest()));
    } else {
      first = object.manifest();
    }
    variants.push_back({cpu, bytes});
    at += size;
    if (size % 2 != 0) {
      if (at == file.size() || file[at] != '\n') {
        return malformed(fmt::format("no padding behind the variant at {}", at - size));
      }
      ++at;
    }
  }
  if (variants.empty()) return malformed("an archive without objects");
  return variants;
}

Result<std::vector<uint8_t>> write_variants(std::span<const std::vector<uint8_t>> objects) {
  ByteWriter out;
  out.write_bytes(as_bytes(kMagic));
  for (size_t i = 0; i < objects.size(); ++i) {
    WEIR_TRY(const NativeObject object, NativeObject::parse(objects[i]));
    // A name of 15 bytes and its slash; longer ones would need a table.
    std::string name = cpu_to_string(object.manifest().cpu) + ".weir/";
    if (name.size() > 16) name = fmt::format("variant-{}.weir/", i);
    const std::string header = fmt::format("{:<16}{:<12}{:<6}{:<6}{:<8}{:<10}{}", name, 0, 0, 0,
                                           "644", objects[i].size(), kHeaderEnd);
    out.write_bytes(as_bytes(header));
    out.write_bytes(objects[i]);
    if (objects[i].size() % 2 != 0) out.write_bytes(as_bytes("\n"));
  }
  std::vector<uint8_t> file = out.take();
  // What is written is read first.
  WEIR_CHECK(read_variants(file));
  return file;
}

Result<std::vector<uint8_t>> choose_variant(std::vector<uint8_t> file, const CpuSpec& have) {
  if (!is_variant_file(file)) return file;
  WEIR_TRY(const std::vector<Variant> variants, read_variants(file));
  auto uses = [](const Variant& variant) { return std::popcount(variant.cpu.features); };
  const Variant* best = nullptr;
  for (const Variant& variant : variants) {
    if (!cpu_runs(have, variant.cpu)) continue;
    if (best == nullptr || uses(variant) > uses(*best)) best = &variant;
  }
  if (best == nullptr) best = &*std::ranges::min_element(variants, {}, uses);
  return std::vector<uint8_t>(best->object.begin(), best->object.end());
}

}  // namespace weir
