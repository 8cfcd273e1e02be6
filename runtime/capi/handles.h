// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the C interface's handles are, and how an error gets across. Nothing C++ crosses this
// border: no exception (running out of memory becomes a failure like any other), no type.
#pragma once

#include <cstring>
#include <exception>
#include <new>
#include <optional>
#include <string_view>

#include "cache/local_store.h"
#include "cache/trust.h"
#include "runtime/capi/weir.h"
#include "runtime/compile/background_compiler.h"
#include "runtime/compile/process_compiler.h"
#include "runtime/hooks/filter.h"

struct weir_host {
  std::shared_ptr<const weir::Trust> trust;
  std::optional<weir::LocalStore> cache;
  // Behind the cache, which it writes to.
  std::unique_ptr<weir::ProcessCompiler> compiler;
  std::optional<weir::BackgroundCompiler> later;
  weir::HostServices services;
  void (*print)(void* user, const char* text, size_t bytes) = nullptr;
  void* user = nullptr;
  std::optional<weir::Host> host;  // last: it uses the others
};
struct weir_program {
  std::shared_ptr<const weir::Instance> instance;
};
struct weir_worker {
  std::unique_ptr<weir::Worker> worker;
};
struct weir_filter {
  weir_filter(weir::Host& host, const weir::FilterOptions& options) : filter(host, options) {}
  weir::Filter filter;
};
// weir_map is weir::Map itself.

namespace weir::capi {

// What weir_string_free() takes; without memory a text that says so and is nobody's to free.
char* copy_text(std::string_view text) noexcept;
void free_text(char* text) noexcept;

// Runs `make`, which gives a Result<T>; of an Error or an exception, `error` gets the text and the
// result is `failed`.
template <typename T, typename Make>
T guarded(char** error, T failed, Make&& make) {
  if (error != nullptr) *error = nullptr;
  try {
    auto made = make();
    if (made) return std::move(*made);
    if (error != nullptr) *error = copy_text(made.error().to_string());
  } catch (const std::bad_alloc&) {
    if (error != nullptr) *error = copy_text("error: out of memory [out-of-memory]");
  } catch (const std::exception& unexpected) {
    if (error != nullptr) *error = copy_text(unexpected.what());
  }
  return failed;
}

// The options that the caller knows of; the rest is 0.
template <typename Options>
Options options_of(const Options* given) {
  Options options{};
  if (given != nullptr && given->size >= sizeof(size_t))
    std::memcpy(&options, given, std::min(given->size, sizeof(Options)));
  return options;
}

}  // namespace weir::capi
