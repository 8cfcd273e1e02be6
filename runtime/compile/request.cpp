// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/compile/request.h"

#include <fmt/format.h>

#include "frontend/isa/program_bytes.h"
#include "frontend/support/text.h"
#include "runtime/abi/compile_key.h"
#include "runtime/abi/host_hooks.h"

namespace weir {

namespace {

constexpr size_t kMaxText = 64 * 1024;  // of one text of an error

constexpr ErrorCode kCodes[] = {
#define WEIR_ERROR(name, text) ErrorCode::k##name,
#include "frontend/support/errors.def"
#undef WEIR_ERROR
};

bool one_of(uint8_t arch, Arch one, Arch other) {
  return arch == static_cast<uint8_t>(one) || arch == static_cast<uint8_t>(other);
}

Error no_request(std::string_view what) {
  return Error(ErrorCode::kUsage, fmt::format("this is no request to compile: {}", what));
}

Error unknown_here(std::string_view what, std::string_view name) {
  return Error(
             ErrorCode::kCompilerFailed,
             fmt::format("the compiling process does not know the {} '{}'", what, printable(name)))
      .with_hint("what a host registers itself is compiled in its own process or ahead of time");
}

void write_location(ByteWriter& out, const Location& where) {
  for (const std::string* text :
       {&where.file, &where.section, &where.program, &where.source_file, &where.source_text}) {
    out.write_string(std::string_view(*text).substr(0, kMaxText));
  }
  out.write<uint8_t>(where.instruction.has_value());
  out.write(where.instruction.value_or(0));
  out.write(where.source_line);
}

Location read_location(ByteReader& in) {
  Location where;
  for (std::string* text :
       {&where.file, &where.section, &where.program, &where.source_file, &where.source_text}) {
    *text = in.read_string();
  }
  const bool known = in.read<uint8_t>() != 0;
  const auto instruction = in.read<uint32_t>();
  if (known) where.instruction = instruction;
  where.source_line = in.read<uint32_t>();
  return where;
}

}  // namespace

std::vector<uint8_t> request_to_bytes(const Program& program, const CompileOptions& options) {
  // A new option stops the build here: it has to travel.
  const auto& [policy, opt_level, cpu, context, helpers, debug_info, inlining, profile] = options;
  ByteWriter out;
  out.write_string(compiler_identity());
  out.write_string(policy_name(policy));
  out.write(opt_level);
  out.write(static_cast<uint8_t>(cpu.arch));
  out.write(cpu.features);
  out.write_string(context_name(context));
  out.write_string(context_identity(context));
  out.write_string(helper_set_name(helpers));
  out.write_string(helper_set_identity(helpers));
  out.write(static_cast<uint8_t>(debug_info));
  out.write<uint8_t>(inlining);
  out.write<uint8_t>(profile != nullptr);
  write_profile(out, profile ? *profile : BranchProfile());
  out.write_block(program_to_bytes(program));
  // What the manifest says of a program beside its code.
  const RunConfig run_config = program.run_config.value_or(RunConfig());
  out.write<uint8_t>(program.run_config.has_value());
  out.write(run_config.priority);
  out.write(run_config.chain_call_actions);
  return out.take();
}

Result<CompileRequest> request_from_bytes(ByteSpan bytes) {
  ByteReader in(bytes);
  CompileRequest request;
  CompileOptions& options = request.options;
  const std::string identity = in.read_string();
  if (in.ok() && identity != compiler_identity()) {
    return Error(ErrorCode::kCompilerFailed,
                 fmt::format("the request is of '{}', the compiler is '{}'", printable(identity),
                             compiler_identity()))
        .with_hint("run both from one build of weir");
  }
  const auto policy = policy_from_name(in.read_string());
  options.opt_level = in.read<uint8_t>();
  const auto arch = in.read<uint8_t>();
  options.cpu.arch = static_cast<Arch>(arch);
  options.cpu.features = in.read<decltype(options.cpu.features)>();
  const std::string context = in.read_string(), context_is = in.read_string();
  const std::string helpers = in.read_string(), helpers_are = in.read_string();
  const auto debug_info = in.read<uint8_t>();
  const auto inlining = in.read<uint8_t>();
  const bool has_profile = in.read<uint8_t>() != 0;
  BranchProfile profile = read_profile(in);
  const ByteSpan program = in.read_block();
  const auto has_run_config = in.read<uint8_t>();
  RunConfig run_config;
  run_config.priority = in.read<uint32_t>();
  run_config.chain_call_actions = in.read<uint32_t>();
  if (!in.done()) return no_request("it is cut short, or something follows it");
  if (!policy || options.opt_level > kOptLevelSize || inlining > 1 ||
      !one_of(arch, Arch::kX86_64, Arch::kAarch64) ||
      debug_info > static_cast<uint8_t>(DebugInfo::kInstructions)) {
    return no_request("an option is out of its range");
  }
  if (has_run_config > 1 || (has_run_config == 0 && run_config != RunConfig()))
    return no_request("it says how to run among others what it does not say");
  options.policy = *policy;
  options.debug_info = static_cast<DebugInfo>(debug_info);
  options.inlining = inlining != 0;
  if (has_profile) options.profile = std::make_shared<const BranchProfile>(std::move(profile));
  const auto kind = context_from_name(context);
  if (!kind || context_identity(*kind) != context_is) return unknown_here("hook kind", context);
  options.context = *kind;
  const auto set = helper_set_from_name(helpers);
  if (!set || helper_set_identity(*set) != helpers_are) return unknown_here("helpers", helpers);
  options.helpers = *set;
  WEIR_TRY(request.program, program_from_bytes(program));
  if (has_run_config != 0) request.program.run_config = run_config;
  return request;
}

std::vector<uint8_t> message(MessageKind kind, ByteSpan body) {
  ByteWriter out;
  out.write(kMessageMagic);
  out.write(kind);
  out.write<uint64_t>(body.size());
  out.write_bytes(body);
  return out.take();
}

Result<MessageHeader> read_header(ByteSpan bytes, uint64_t most) {
  ByteReader in(bytes);
  const auto magic = in.read<uint32_t>();
  MessageHeader header;
  header.kind = in.read<MessageKind>();
  header.size = in.read<uint64_t>();
  if (!in.done() || magic != kMessageMagic || header.kind > MessageKind::kDied)
    return Error(ErrorCode::kIo, "what came is no message of a compile server");
  if (header.size > most) {
    return Error(ErrorCode::kLimit,
                 fmt::format("a message of {} bytes: at most {} are taken", header.size, most));
  }
  return header;
}

std::vector<uint8_t> error_to_bytes(const Error& error) {
  ByteWriter out;
  out.write_string(error_code_name(error.code()));
  out.write_string(std::string_view(error.message()).substr(0, kMaxText));
  out.write_string(std::string_view(error.hint()).substr(0, kMaxText));
  write_location(out, error.where());
  return out.take();
}

Error error_from_bytes(ByteSpan bytes) {
  ByteReader in(bytes);
  const std::string name = in.read_string();
  std::string text = in.read_string(), hint = in.read_string();
  const Location where = read_location(in);
  if (!in.done())
    return Error(ErrorCode::kCompilerFailed, "the compile server's error cannot be read");
  ErrorCode code = ErrorCode::kInternal;
  for (const ErrorCode each : kCodes) {
    if (error_code_name(each) == name) code = each;
  }
  return Error(code, std::move(text)).with_hint(std::move(hint)).at(where);
}

}  // namespace weir
