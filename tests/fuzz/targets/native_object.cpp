// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Files of native objects: one object, perhaps signed, or an archive with one for each of several
// CPUs. Nothing is mapped: machine code cannot be checked.
#include "runtime/native/native_object.h"
#include "cache/signature.h"
#include "frontend/isa/program_bytes.h"
#include "runtime/abi/cpu.h"
#include "runtime/native/variants.h"
#include "tests/fuzz/targets/target.h"

using namespace weir;

namespace {

void look_at(const NativeObject& object) {
  const Manifest& manifest = object.manifest();
  fuzz::promise(!manifest.programs.empty(), "an object has a program");
  fuzz::promise(manifest.code_size <= object.text().size(), "the code lies in .text");
  for (size_t i = 0; i < manifest.programs.size(); ++i) {
    fuzz::promise(manifest.programs[i].entry < manifest.code_size, "an entry lies in the code");
    if (const auto program = object.program(i))
      fuzz::promise(check_structure(*program).has_value(), "carried bytecode is sound");
  }
  (void)object.find(manifest.programs.front().name);
  (void)object.signed_body();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::vector<uint8_t> file(data, data + size);
  if (is_variant_file(file)) {
    const auto variants = read_variants(file);
    if (!variants) return 0;
    fuzz::promise(!variants->empty() && variants->size() <= kMaxVariants, "some variants");
    std::vector<std::vector<uint8_t>> objects;
    for (const Variant& variant : *variants)
      objects.emplace_back(variant.object.begin(), variant.object.end());
    const auto chosen = choose_variant(file, host_cpu());
    fuzz::promise(chosen.has_value(), "one of several variants can be chosen");
    const auto object = NativeObject::parse(*chosen);
    fuzz::promise(object.has_value(), "a variant is an object");
    look_at(*object);
    const auto again = write_variants(objects);
    fuzz::promise(again.has_value(), "variants that were read can be written");
    return 0;
  }
  const auto object = NativeObject::parse(file);
  if (object) look_at(*object);
  return 0;
}
