// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A host's own hooks and helpers, in C.
#include <fmt/format.h>

#include "frontend/object/btf.h"
#include "runtime/abi/host_hooks.h"
#include "runtime/capi/handles.h"
#include "runtime/hooks/context_btf.h"

namespace weir {
namespace {

Result<ContextField> field_of(const weir_field& field) {
  if (field.name == nullptr) return Error(ErrorCode::kUsage, "a field has no name");
  ContextField out{.name = field.name,
                   .offset = field.offset,
                   .size = field.size,
                   .writable = field.writable != 0};
  switch (field.kind) {
    case WEIR_FIELD_NUMBER: out.width = FieldWidth::kNarrow; return out;
    case WEIR_FIELD_BYTES: out.width = FieldWidth::kBytes; return out;
    case WEIR_FIELD_DATA: out.kind = FieldKind::kData; return out;
    case WEIR_FIELD_DATA_END: out.kind = FieldKind::kDataEnd; return out;
  }
  return Error(ErrorCode::kUsage, fmt::format("the field '{}' is of no kind", field.name));
}

Status fill_from_btf(ContextDescription& description, const weir_hook_options& options) {
  if (options.btf_file == nullptr) {
    return Error(ErrorCode::kUsage, "btf_struct is set, but not btf_file");
  }
  WEIR_TRY(const ProgramFile file, ProgramFile::read(options.btf_file));
  auto btf = Btf::parse(file.btf());
  if (!btf) return btf.take_error().in_file(options.btf_file);
  std::vector<std::string_view> writable;
  for (size_t i = 0; i < options.writable_count; ++i) writable.push_back(options.writable[i]);
  Status filled = fill_context(description, *btf, options.btf_struct, writable);
  if (!filled) return filled.take_error().in_file(options.btf_file);
  return {};
}

Status register_hook(const weir_hook_options& options) {
  if (options.name == nullptr) return Error(ErrorCode::kUsage, "the hook's name is not set");
  ContextDescription description;
  description.name = options.name;
  if (options.text != nullptr) description.text = options.text;
  description.packet_writable = options.data_read_only == 0;
  if (options.has_result_range != 0) {
    description.result = ResultRange{options.result_min, options.result_max};
  }
  if (options.helpers != nullptr) {
    description.helpers.emplace(options.helpers, options.helpers + options.helper_count);
  }
  if (options.btf_struct != nullptr) {
    WEIR_CHECK(fill_from_btf(description, options));
  } else {
    description.bytes = options.context_bytes;
    for (size_t i = 0; i < options.field_count; ++i) {
      WEIR_TRY(ContextField field, field_of(options.fields[i]));
      description.fields.push_back(std::move(field));
    }
  }
  WEIR_TRY(const ContextKind kind, register_context(std::move(description)));
  (void)kind;
  return {};
}

Result<HelperArgument> argument_of(weir_argument argument) {
  switch (argument) {
    case WEIR_ARG_NONE: return HelperArgument::kNone;
    case WEIR_ARG_NUMBER: return HelperArgument::kAnything;
    case WEIR_ARG_CONTEXT: return HelperArgument::kContext;
    case WEIR_ARG_MEMORY: return HelperArgument::kMemory;
    case WEIR_ARG_MEMORY_OUT: return HelperArgument::kMemoryOut;
    case WEIR_ARG_MEMORY_OR_NULL: return HelperArgument::kMemoryOrNull;
    case WEIR_ARG_MEMORY_OUT_OR_NULL: return HelperArgument::kMemoryOutOrNull;
    case WEIR_ARG_SIZE: return HelperArgument::kSize;
    case WEIR_ARG_SIZE_OR_ZERO: return HelperArgument::kSizeOrZero;
    case WEIR_ARG_STRING: return HelperArgument::kString;
  }
  return Error(ErrorCode::kUsage, "an argument is of no kind");
}

Result<uint32_t> register_set(std::span<const weir_helper> helpers) {
  std::vector<HelperDeclaration> declarations;
  for (const weir_helper& helper : helpers) {
    if (helper.name == nullptr) return Error(ErrorCode::kUsage, "a helper has no name");
    HelperDeclaration declaration;
    declaration.number = helper.number;
    declaration.name = helper.name;
    // The same calling convention; weir_call is the ExecContext.
    declaration.function = reinterpret_cast<HelperFn>(helper.function);
    for (const weir_argument argument : helper.arguments) {
      WEIR_TRY(const HelperArgument kind, argument_of(argument));
      if (kind == HelperArgument::kNone) break;
      declaration.arguments.push_back(kind);
    }
    if (helper.moves_data != 0) declaration.effect = HelperEffect::kMovesPacket;
    declarations.push_back(std::move(declaration));
  }
  WEIR_TRY(const HelperSet set, register_helpers(declarations));
  return static_cast<uint32_t>(set);
}

}  // namespace
}  // namespace weir

int weir_hook_register(const weir_hook_options* options, char** error) {
  return weir::capi::guarded<int>(error, -1, [&]() -> weir::Result<int> {
    WEIR_CHECK(weir::register_hook(weir::capi::options_of(options)));
    return 0;
  });
}

void* weir_call_user(const weir_call* call) {
  return reinterpret_cast<const weir::ExecContext*>(call)->host;
}

void* weir_call_context(uint64_t argument) {
  return reinterpret_cast<void*>(argument + weir::kHostContextOffset);
}

uint32_t weir_helpers_register(const weir_helper* helpers, size_t count, char** error) {
  return weir::capi::guarded<uint32_t>(error, 0,
                                       [&] { return weir::register_set({helpers, count}); });
}
