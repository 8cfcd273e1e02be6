// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/object/run_config.h"

#include <bpf/btf.h>

#include <iterator>

#include <fmt/format.h>

#include "frontend/object/btf.h"
#include "frontend/support/text.h"

namespace weir {

namespace {

constexpr const char* kSection = ".xdp_run_config";
constexpr std::string_view kActions[] = {"XDP_ABORTED", "XDP_DROP", "XDP_PASS", "XDP_TX",
                                         "XDP_REDIRECT"};

// The type of the variable "_NAME" of the section, or null.
Result<const btf_type*> find_config(const Btf& btf, std::string_view program) {
  const auto section = btf.find(BTF_KIND_DATASEC, kSection);
  if (!section) return nullptr;
  const btf_type* const datasec = btf.type(*section);
  const btf_var_secinfo* const variables = btf_var_secinfos(datasec);
  for (uint32_t i = 0; i < btf_vlen(datasec); ++i) {
    const btf_type* const variable = btf.type(variables[i].type);
    if (variable == nullptr || !btf_is_var(variable)) continue;
    const std::string_view name = btf.string(variable->name_off);
    if (!name.starts_with('_') || name.substr(1) != program) continue;
    WEIR_TRY(const uint32_t id, btf.skip_modifiers(variable->type));
    const btf_type* const type = btf.type(id);
    if (type != nullptr && btf_is_struct(type)) return type;
    return Error(ErrorCode::kBtfMalformed,
                 fmt::format("'{}' in section {} is no structure", printable(name), kSection));
  }
  return nullptr;
}

// __uint(name, value): a pointer to an array of so many.
Result<uint32_t> number_of(const Btf& btf, const btf_member& member) {
  WEIR_TRY(const uint32_t pointer, btf.skip_modifiers(member.type));
  if (const btf_type* const type = btf.type(pointer); type != nullptr && btf_is_ptr(type)) {
    const btf_type* const array = btf.type(type->type);
    if (array != nullptr && btf_is_array(array)) return btf_array(array)->nelems;
  }
  return Error(ErrorCode::kBtfMalformed,
               fmt::format("member '{}' in section {} is not made with __uint()",
                           printable(btf.string(member.name_off)), kSection));
}

}  // namespace

Result<std::optional<RunConfig>> read_run_config(ByteSpan raw, std::string_view program) {
  // Most files have no such section: looking for its name is much less than reading all types.
  if (as_text(raw).find(kSection) == std::string_view::npos) return std::optional<RunConfig>();
  WEIR_TRY(const Btf btf, Btf::parse(raw));
  WEIR_TRY(const btf_type* const type, find_config(btf, program));
  if (type == nullptr) return std::optional<RunConfig>();
  RunConfig config;
  for (uint32_t i = 0; i < btf_vlen(type); ++i) {
    const btf_member& member = btf_members(type)[i];
    const std::string_view name = btf.string(member.name_off);
    WEIR_TRY(const uint32_t value, number_of(btf, member));
    if (name == "priority") config.priority = value;
    for (uint32_t action = 0; action < std::size(kActions); ++action) {
      if (name != kActions[action]) continue;
      config.chain_call_actions &= ~(1u << action);
      if (value != 0) config.chain_call_actions |= 1u << action;
    }
  }
  return std::optional(config);
}

}  // namespace weir
