// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Native objects in a cache: one program an entry, under a key made from everything the machine
// code depends on (abi/compile_key.h). The cache only ever saves time. Whatever is wrong with it is
// kept in a CacheReport for whoever wants to tell the user, and the program is compiled as if there
// were no cache.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cache/store.h"
#include "cache/trust.h"
#include "runtime/abi/compile_options.h"
#include "runtime/engine/compiler_provider.h"
#include "runtime/native/native_object.h"

namespace weir {

enum class CacheOutcome : uint8_t {
  kNotUsed,      // no cache was given, or the engine needs none
  kHit,          // the entry was there and is what was asked for
  kMiss,         // there was no entry
  kDamaged,      // there was one, but not a usable one
  kUnavailable,  // the cache could not be asked
  kRefused,      // there was one that the host does not trust
};
// "not-used", "hit", "miss", "damaged", "unavailable", "refused".
std::string_view cache_outcome_name(CacheOutcome outcome);

struct CacheReport {
  CacheOutcome outcome = CacheOutcome::kNotUsed;
  std::optional<Digest> key;
  // kHit: where the entry came from.
  Origin origin = Origin::kLocal;
  // Of a hit: the remote store it came from; empty for a local one.
  std::string from;
  // The entry is in the cache now.
  bool stored = false;
  // Where a damaged entry was moved; empty if it was not.
  std::string set_aside;
  // Why a lookup gave nothing or a put failed. Never a reason to fail.
  std::vector<Error> problems;
};

// What one compilation is known by.
struct NativeKey {
  Digest digest;
  std::vector<KeyField> fields;
  std::vector<uint8_t> program_bytes;  // program_to_bytes()
};
NativeKey native_key(const Program& program, const CompileOptions& options);

// That `object` is what a compilation of this program with these options gives. Error:
// CacheDamaged, with what it was made for instead.
Status check_native(const NativeObject& object, const NativeKey& key, const Program& program,
                    const CompileOptions& options);

// The object of an earlier compilation, or nothing. A hit is compared with what is asked for
// (bytecode, options, one program) before it is believed: the key should see to that, and machine
// code is not a thing to be wrong about. Then the host's policy has its say; null: there is none.
std::optional<NativeObject> find_native(const NativeKey& key, const Program& program,
                                        const CompileOptions& options, Store& cache,
                                        const Trust* trust, CacheReport& report);

// Compiles one program. The result has been parsed: what a compiler gives is checked like a file.
Result<NativeObject> compile_native(const VerifiedProgram& program, CompilerProvider* compiler);

// Puts a compiled object into the cache, or reports why that failed.
void keep_native(const NativeKey& key, const NativeObject& object, Store& cache,
                 CacheReport& report);

// All of the above: the object of a program, from the cache or else compiled and put there.
struct PrecompileOptions {
  CompileOptions compile;
  Store* cache = nullptr;                // null: no cache
  CompilerProvider* compiler = nullptr;  // null: what is not in the cache is an error
  const Trust* trust = nullptr;          // null: no host policy
};
Result<NativeObject> precompile(const Program& program, const PrecompileOptions& options,
                                CacheReport& report);

}  // namespace weir
