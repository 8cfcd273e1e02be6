// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/engine/native_cache.h"

#include <algorithm>

#include <fmt/format.h>

#include "frontend/support/text.h"
#include "frontend/verifier/verifier.h"
#include "runtime/abi/compile_key.h"
#include "runtime/abi/host_hooks.h"
#include "runtime/engine/admission.h"
#include "runtime/native/object_reader.h"

namespace weir {

namespace {

constexpr std::string_view kOutcomeNames[] = {"not-used", "hit",         "miss",
                                              "damaged",  "unavailable", "refused"};

// The bytecode that the object carries for its first program, undecoded.
Result<ByteSpan> carried_program(const NativeObject& object) {
  WEIR_TRY(ObjectReader reader, ObjectReader::open(object.bytes()));
  WEIR_CHECK(reader.next(Part::kText));
  WEIR_CHECK(reader.next(Part::kManifest));
  WEIR_TRY(const ObjectReader::Section section, reader.next(Part::kProgram, 0));
  return section.bytes;
}

Error mismatch(std::string_view what) {
  return Error(ErrorCode::kCacheDamaged,
               fmt::format("the entry is whole, but made for another {}", what));
}

Result<NativeObject> parse_hit(std::vector<uint8_t> bytes, const NativeKey& key,
                               const Program& program, const CompileOptions& options) {
  WEIR_TRY(NativeObject object, NativeObject::parse(std::move(bytes)));
  WEIR_CHECK(check_native(object, key, program, options));
  return object;
}

}  // namespace

std::string_view cache_outcome_name(CacheOutcome outcome) {
  return kOutcomeNames[static_cast<size_t>(outcome)];
}

Status check_native(const NativeObject& object, const NativeKey& key, const Program& program,
                    const CompileOptions& options) {
  const Manifest& manifest = object.manifest();
  if (manifest.programs.size() != 1) return mismatch("number of programs");
  const ManifestProgram& entry = manifest.programs.front();
  if (entry.name != program.name || entry.section != program.section) return mismatch("program");
  if (entry.context != options.context) return mismatch("hook kind");
  if (helper_set_identity(entry.helpers) != helper_set_identity(options.helpers))
    return mismatch("helper set");
  if (manifest.policy != options.policy) return mismatch("policy");
  if (manifest.opt_level != options.opt_level) return mismatch("optimisation level");
  if (manifest.cpu != options.cpu) return mismatch("CPU");
  if (manifest.compiler != compiler_identity()) return mismatch("compiler");
  WEIR_TRY(const ByteSpan carried, carried_program(object));
  if (!std::ranges::equal(carried, key.program_bytes)) return mismatch("bytecode");
  return {};
}

NativeKey native_key(const Program& program, const CompileOptions& options) {
  NativeKey key;
  KeyBuilder builder;
  for (CompileKeyField& field : compile_key_fields(program, options)) {
    if (field.text) {
      builder.add(field.tag, as_text(field.value));
    } else {
      builder.add(field.tag, ByteSpan(field.value));
    }
    if (field.tag == "program") key.program_bytes = std::move(field.value);
  }
  key.digest = builder.finish();
  key.fields = builder.fields();
  return key;
}

std::optional<NativeObject> find_native(const NativeKey& key, const Program& program,
                                        const CompileOptions& options, Store& cache,
                                        const Trust* trust, CacheReport& report) {
  report.key = key.digest;
  auto found = cache.lookup(key.digest);
  if (!found) {
    report.outcome = found.error().code() == ErrorCode::kCacheOwner ? CacheOutcome::kRefused
                                                                    : CacheOutcome::kUnavailable;
    report.problems.push_back(found.take_error());
    return std::nullopt;
  }
  if (found->absent()) {
    report.outcome = CacheOutcome::kMiss;
    return std::nullopt;
  }
  if (found->damaged()) {
    report.outcome = CacheOutcome::kDamaged;
    report.set_aside = std::move(found->set_aside);
    if (found->damage) report.problems.push_back(std::move(*found->damage));
    return std::nullopt;
  }
  const Origin origin = found->origin;
  auto object = parse_hit(std::move(found->object), key, program, options);
  if (!object) {
    // The store found nothing wrong with it, so it stays where it is until a put replaces it.
    report.outcome = CacheOutcome::kDamaged;
    report.problems.push_back(object.take_error());
    return std::nullopt;
  }
  if (trust != nullptr) {
    Status admitted = admit_object(*trust, *object, 0, origin);
    if (!admitted) {
      report.outcome = CacheOutcome::kRefused;
      report.problems.push_back(admitted.take_error());
      return std::nullopt;
    }
  }
  report.outcome = CacheOutcome::kHit;
  report.origin = origin;
  report.from = std::move(found->from);
  report.stored = true;
  return std::move(*object);
}

Result<NativeObject> compile_native(const VerifiedProgram& program, CompilerProvider* compiler) {
  if (compiler == nullptr) {
    return Error(ErrorCode::kCompilerFailed,
                 "the program is not compiled yet, and there is no compiler here")
        .in_program(program.program().name);
  }
  WEIR_TRY(std::vector<uint8_t> bytes, compiler->compile_object(std::span(&program, 1)));
  return NativeObject::parse(std::move(bytes));
}

void keep_native(const NativeKey& key, const NativeObject& object, Store& cache,
                 CacheReport& report) {
  Description description;
  description.key_fields = key.fields;
  const ManifestProgram& program = object.manifest().programs.front();
  description.note("name", program.name);
  description.note("section", program.section);
  description.note("accesses", std::to_string(program.accesses));
  description.note("proven", std::to_string(program.proven));
  description.note("code", fmt::format("{} bytes", object.manifest().code_size));
  report.key = key.digest;
  Status put = cache.put(key.digest, object.bytes(), description);
  report.stored = put.has_value();
  // A cache that could not be asked cannot be written either; once is enough.
  if (!put && report.outcome != CacheOutcome::kUnavailable) {
    report.problems.push_back(put.take_error());
  }
}

Result<NativeObject> precompile(const Program& program, const PrecompileOptions& options,
                                CacheReport& report) {
  if (options.trust != nullptr) WEIR_CHECK(admit_program(*options.trust, program, options.compile));
  std::optional<NativeKey> key;
  if (options.cache != nullptr) {
    key = native_key(program, options.compile);
    if (auto hit =
            find_native(*key, program, options.compile, *options.cache, options.trust, report)) {
      return std::move(*hit);
    }
  }
  WEIR_TRY(const VerifiedProgram verified, verify(program, options.compile));
  WEIR_TRY(NativeObject object, compile_native(verified, options.compiler));
  if (key) keep_native(*key, object, *options.cache, report);
  return object;
}

}  // namespace weir
