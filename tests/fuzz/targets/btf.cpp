// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Raw BTF: parsed and walked, as a target of CO-RE relocations, as the description of a host's
// context, as what says how a program wants to be run.
#include <linux/btf.h>

#include "frontend/object/btf.h"
#include "frontend/object/core_target.h"
#include "frontend/object/run_config.h"
#include "runtime/hooks/context_btf.h"
#include "tests/fuzz/mutators/btf.h"
#include "tests/fuzz/targets/target.h"

using namespace weir;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const ByteSpan bytes(data, size);
  (void)read_run_config(bytes, "program");
  const auto btf = Btf::parse(bytes);
  const auto target = CoreTarget::parse(bytes, "fuzz");
  fuzz::promise(btf.has_value() == target.has_value(), "BTF is BTF, whoever asks");
  if (!btf) return 0;
  fuzz::promise(btf->type(0) == nullptr && btf->type(btf->type_count() + 1) == nullptr,
                "ids that do not exist have no type");
  size_t structures = 0;
  for (uint32_t id = 1; id <= btf->type_count(); ++id) {
    const btf_type* const type = btf->type(id);
    fuzz::promise(type != nullptr, "ids up to the count have a type");
    const std::string_view name = btf->string(type->name_off);
    if (const auto behind = btf->skip_modifiers(id))
      fuzz::promise(*behind <= btf->type_count(), "behind modifiers is a type");
    (void)btf->size_of(id);
    const uint32_t kind = BTF_INFO_KIND(type->info);
    if (!name.empty()) {
      const std::string owned(name);
      (void)btf->find(kind, owned.c_str());
      (void)target->named(essential_name(name));
      if (kind == BTF_KIND_STRUCT && ++structures < 8) {
        ContextDescription description;
        (void)fill_context(description, *btf, owned.c_str());
      }
    }
  }
  return 0;
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t most, unsigned seed) {
  fuzz::Random random(seed);
  if (random.one_in(4)) return LLVMFuzzerMutate(data, size, most);
  fuzz::mutate_btf(data, size, random);
  return size;
}
