// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the commands take as a program: a BPF object as clang writes it, a native object of weir, or
// one bare program as assembler text, hex digits or raw bytes, or a classic filter (tcpdump -ddd;
// "pcap:EXPR" in place of a file). Which of these a file is, its bytes tell; only text and raw
// bytes also go by the name (.s, .asm, .hex, .bin, .cbpf).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/isa/program.h"
#include "frontend/object/object_file.h"
#include "frontend/support/bytes.h"
#include "runtime/native/native_object.h"
#include "tools/classic_input.h"
#include "tools/options.h"

namespace weir::tool {

// A program of an Input.
struct ProgramRef {
  std::string name, section;  // raw bytes
  size_t index = 0;           // in Input::programs()
};

class Input {
 public:
  enum class Kind : uint8_t { kObject, kNative, kBare, kClassic };

  // "-" is standard input; "pcap:EXPR" is a filter expression of libpcap's. Errors carry the path.
  static Result<Input> read(const std::string& path);
  // What a file holds, however it was read; the path's ending counts.
  static Result<Input> from_bytes(std::vector<uint8_t> bytes, const std::string& path);
  // `shown` stands for the path in messages.
  static Result<Input> from_hex(std::string_view hex, const std::string& shown);

  Kind kind() const { return kind_; }
  const std::string& path() const { return path_; }
  // Of kind kObject: its .BTF; else empty.
  ByteSpan btf() const { return object_ ? ByteSpan(object_->btf) : ByteSpan(); }
  const std::vector<std::string>& warnings() const { return warnings_; }
  // Of kind kNative.
  const NativeObject& native() const { return *native_; }
  // Of kind kClassic.
  const ClassicFilter& classic() const { return *classic_; }

  // All programs, in file order. An error if there is none.
  Result<std::vector<ProgramRef>> programs() const;
  // Those that were asked for: all if nothing was said. An error if there is none.
  Result<std::vector<ProgramRef>> choose(const ProgramChoice& choice) const;
  // The one that was asked for, or the only one; a usage error that lists them otherwise.
  Result<ProgramRef> choose_one(const ProgramChoice& choice) const;
  // Linked and checked. Of a native object: the bytecode that it carries. `at` is the hook kind
  // that was asked for, which a classic filter is made for; else that of its section.
  Result<Program> load(const ProgramRef& ref, std::optional<ContextKind> at = {}) const;

 private:
  Input() = default;

  Kind kind_ = Kind::kObject;
  std::string path_;
  std::vector<std::string> warnings_;
  std::optional<ObjectFile> object_;
  std::optional<NativeObject> native_;
  std::optional<Program> bare_;
  std::optional<ClassicFilter> classic_;
};

// All bytes of a file, for data that a program runs on; "-" is standard input.
Result<std::vector<uint8_t>> read_data(const std::string& path);

// A path without folders and without what stands for its kind: "ip_dst" of "a/ip_dst.bpf.o".
std::string file_stem(std::string_view path);

// "ip_dst (filter/ip)": a program for people.
std::string program_label(std::string_view name, std::string_view section);

}  // namespace weir::tool
