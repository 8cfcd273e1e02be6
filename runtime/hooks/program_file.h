// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A file with programs, as a host is given it: what `clang -target bpf` writes, or a native object.
// Read and checked once; its programs are then loaded by name, as often as there are hooks for
// them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cache/digest.h"
#include "frontend/object/object_file.h"
#include "runtime/engine/executable.h"

namespace weir {

class ProgramFile {
 public:
  // Errors carry the path, or what stands for it.
  static Result<ProgramFile> read(const std::string& path);
  static Result<ProgramFile> parse(std::vector<uint8_t> bytes, const std::string& shown);

  const std::string& path() const { return path_; }
  // Of all its bytes: two files with the same digest have the same programs.
  const Digest& digest() const { return digest_; }
  bool is_native() const { return native_.has_value(); }

  struct Entry {
    std::string name, section;  // raw bytes
  };
  // In file order.
  std::vector<Entry> programs() const;
  // Index in programs(); an empty name takes the only one. Errors list the names.
  Result<size_t> find(std::string_view name) const;
  // Linked and checked; of a native object, the bytecode that it carries.
  Result<Program> program(size_t index) const;
  // Ready to run. An eBPF program is looked up in options.cache, else compiled if options.compiler
  // can, else interpreted (engine kAuto). options.compile.context and .helpers are the section's,
  // unless `at` says at what kind of bytes a program of no kernel's kind runs, and `helpers` what
  // an eBPF program may call.
  Result<std::shared_ptr<const Executable>> load(size_t index, LoadOptions options,
                                                 std::optional<ContextKind> at,
                                                 std::optional<HelperSet> helpers) const;
  // The object's BTF; empty for native objects.
  ByteSpan btf() const { return object_ ? ByteSpan(object_->btf) : ByteSpan(); }

 private:
  ProgramFile() = default;
  std::string path_;
  Digest digest_;
  std::optional<ObjectFile> object_;
  std::optional<NativeObject> native_;
};

}  // namespace weir
