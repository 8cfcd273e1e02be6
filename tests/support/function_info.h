// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the kernel wants to be told of programs that take a function's address: BTF with a static
// function for each that there is. It calls nothing else back.
#pragma once

#include <bpf/btf.h>
#include <linux/bpf.h>

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace weir::test {

struct FunctionInfo {
  std::vector<uint8_t> btf;          // to be loaded; empty: the program takes no address
  std::vector<bpf_func_info> infos;  // for the program
};

inline FunctionInfo function_info(const std::vector<bpf_insn>& insns) {
  FunctionInfo out;
  std::set<uint32_t> starts = {0};
  bool takes_address = false;
  for (size_t i = 0; i < insns.size(); ++i) {
    const auto target = static_cast<uint32_t>(static_cast<int64_t>(i) + insns[i].imm + 1);
    const bool wide = insns[i].code == (BPF_LD | BPF_IMM | BPF_DW);
    const bool address = wide && insns[i].src_reg == BPF_PSEUDO_FUNC;
    takes_address |= address;
    if (address || (insns[i].code == (BPF_JMP | BPF_CALL) && insns[i].src_reg == BPF_PSEUDO_CALL))
      starts.insert(target);
    if (wide) ++i;
  }
  const std::unique_ptr<::btf, decltype(&btf__free)> types(btf__new_empty(), btf__free);
  if (!takes_address || !types) return out;
  const int number = btf__add_int(types.get(), "int", 4, BTF_INT_SIGNED);
  for (const uint32_t start : starts) {
    const int proto = btf__add_func_proto(types.get(), number);
    const std::string name = "f" + std::to_string(start);
    const int id = btf__add_func(types.get(), name.c_str(), BTF_FUNC_STATIC, proto);
    out.infos.push_back({.insn_off = start, .type_id = static_cast<uint32_t>(id)});
  }
  uint32_t size = 0;
  const auto* bytes = static_cast<const uint8_t*>(btf__raw_data(types.get(), &size));
  out.btf.assign(bytes, bytes + size);
  return out;
}

}  // namespace weir::test
