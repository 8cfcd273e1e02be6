// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Walks along a native object from front to back, section by section, in the order and with the
// headers that abi/object_layout.h fixes. Whatever is not there, or not so, is an Error that names
// the section. Reads headers only; what the sections hold is native_object.cpp's business.
#pragma once

#include <span>

#include "frontend/support/bytes.h"
#include "frontend/support/result.h"
#include "runtime/abi/object_layout.h"

namespace weir {

class ObjectReader {
 public:
  struct Section {
    std::string_view name;
    size_t offset = 0;  // in the file
    ByteSpan bytes;
    uint32_t link = 0, info = 0;
  };

  // Checks the ELF header, that the section table ends the file, and the section names.
  // Keeps the span.
  static Result<ObjectReader> open(ByteSpan file);

  Arch arch() const { return arch_; }
  uint32_t section_count() const { return count_; }
  uint32_t remaining() const { return count_ - next_; }

  // The next section, which must be of that part. `number` is that of a program section.
  Result<Section> next(Part part, uint32_t number = 0);

  // After the last section: nothing lies between it and the section table.
  Status finish() const;

 private:
  ObjectReader() = default;
  Elf64_Shdr header(uint32_t index) const;
  Status check_zero(uint64_t from, uint64_t to) const;

  ByteSpan file_;
  ByteSpan names_;         // .shstrtab
  uint64_t table_ = 0;     // offset of the section table
  uint64_t end_ = 0;       // of the section before
  uint32_t name_end_ = 1;  // end of its name in names_
  uint32_t count_ = 0, next_ = 1;
  Arch arch_ = Arch::kX86_64;
};

}  // namespace weir
