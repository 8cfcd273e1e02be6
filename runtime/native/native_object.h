// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Native objects at run time: bytes -> NativeObject (checked, still data) -> Image (mapped, can
// run). No LLVM, no libelf: the layout is ours (abi/artifact.h, abi/object_layout.h) and is read
// strictly. native_file.h reads the bytes from a file.
#pragma once

#include <memory>

#include "cache/signature.h"
#include "frontend/isa/program.h"
#include "runtime/abi/artifact.h"
#include "runtime/abi/exec_context.h"

namespace weir {

// A parsed native object. Parsing takes bytes that nobody has checked and gives an Error for
// anything that is not exactly as codegen writes it. That it parses does not make its code
// trustworthy: see Image.
class NativeObject {
 public:
  // Keeps the bytes. Signatures that follow the object (cache/signature.h) are set apart, and not
  // judged.
  static Result<NativeObject> parse(std::vector<uint8_t> bytes);

  const Manifest& manifest() const { return manifest_; }
  // Empty only if the object was moved from.
  ByteSpan text() const {
    return bytes_.empty() ? ByteSpan() : ByteSpan(bytes_).subspan(text_offset_, text_size_);
  }
  // The object, without signatures.
  ByteSpan bytes() const { return bytes_; }
  const std::vector<Signature>& signatures() const { return signatures_; }
  // What they are over; a digest of bytes(), made on each call.
  SignedBody signed_body() const;
  // The bytecode of manifest().programs[index], decoded and checked anew on each call.
  Result<Program> program(size_t index) const;
  // Index of the program of that name; an empty name takes the only one. If none or several have
  // it, the error lists the names.
  Result<size_t> find(std::string_view name) const;

 private:
  NativeObject() = default;
  std::vector<uint8_t> bytes_;
  std::vector<Signature> signatures_;
  Manifest manifest_;
  size_t text_offset_ = 0, text_size_ = 0;
  struct Blob {
    size_t offset, size;
  };
  std::vector<Blob> programs_;
};

// Code in memory: read and execute, never writable again. Holds no pointer to anything outside
// itself, so any number of threads and instances can run it at once.
class Image {
 public:
  // Maps the code of `object`. TRUSTS IT: machine code cannot be checked, so the bytes must come
  // from a compiler run of this user (the cache checks owner, mode and digest) or carry a signature
  // that the host accepts (engine/admission.h). Refuses another architecture and CPU features that
  // this machine lacks; another ABI does not get past parse().
  static Result<std::shared_ptr<const Image>> map_trusted(const NativeObject& object);
  ~Image();
  Image(const Image&) = delete;
  Image& operator=(const Image&) = delete;

  // Of manifest().programs[program]; null if there is none. Valid as long as the Image.
  EntryFn entry(size_t program) const;
  size_t program_count() const { return entries_.size(); }

 private:
  Image() = default;
  void* base_ = nullptr;  // of the mapping
  size_t size_ = 0;
  std::vector<uint32_t> entries_;  // offsets from base_
};

}  // namespace weir
