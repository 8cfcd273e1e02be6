// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The types that CO-RE relocations are matched with: those of a kernel, or of whatever else has the
// structures that a program looks into.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "frontend/object/btf.h"

namespace weir {

class CoreTarget {
 public:
  // Raw BTF, as in /sys/kernel/btf/vmlinux; copied. `name` is used in messages.
  static Result<CoreTarget> parse(ByteSpan raw, std::string name);
  static Result<CoreTarget> load(const std::string& path);
  // The running kernel's, or null if it has none that can be read. Takes some 50 ms: who links many
  // programs gets it once and gives it in LinkOptions.
  static std::shared_ptr<const CoreTarget> running_kernel();

  const Btf& btf() const { return btf_; }
  const std::string& name() const { return name_; }
  // Ids of the types of a name, without their flavours, ascending.
  std::vector<uint32_t> named(std::string_view essential_name) const;

 private:
  CoreTarget(Btf btf, std::string name);
  std::string name_;
  Btf btf_;
  std::vector<std::pair<std::string_view, uint32_t>> index_;  // sorted; names are btf_'s
};

// A name without its flavour: "task_struct" of "task_struct___old".
std::string_view essential_name(std::string_view name);

}  // namespace weir
