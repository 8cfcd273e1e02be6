// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// BTF (the kernel's Documentation/bpf/btf.rst): the C types of a BPF object, checked, behind
// libbpf's BTF API. Types are known by their id, 1 to type_count(); 0 is void.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "frontend/support/bytes.h"
#include "frontend/support/result.h"

struct btf;       // libbpf
struct btf_type;  // <linux/btf.h>

namespace weir {

// How many typedefs, qualifiers and arrays may be nested where we follow them; libbpf's own cap.
inline constexpr int kMaxBtfDepth = 32;
// Longer strings are cut: many records may share one string, so that reading all of each would take
// time quadratic in the size of the file.
inline constexpr size_t kMaxBtfString = 4'096;

class Btf {
 public:
  // Checks everything that can be checked without a kernel: the header, each type's kind, length
  // and names, that each type id exists. kBtfMalformed otherwise. `raw` is copied.
  static Result<Btf> parse(ByteSpan raw);

  uint32_t type_count() const;
  // Null for void and for ids that do not exist.
  const btf_type* type(uint32_t id) const;
  // The string at an offset, its first kMaxBtfString bytes; empty if there is none.
  std::string_view string(uint32_t offset) const;
  // Id of the first type of a kind (BTF_KIND_*) and name.
  std::optional<uint32_t> find(uint32_t kind, const char* name) const;
  // The type behind typedefs and const/volatile/restrict/type tags; an error if they do not end.
  Result<uint32_t> skip_modifiers(uint32_t id) const;
  // In bytes; an error for types that have none (void, functions, forward declarations).
  Result<uint32_t> size_of(uint32_t id) const;

 private:
  struct Free {
    void operator()(btf* b) const;
  };
  explicit Btf(btf* b) : btf_(b) {}
  std::unique_ptr<btf, Free> btf_;
};

}  // namespace weir
