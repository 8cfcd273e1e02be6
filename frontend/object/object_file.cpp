// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Questions to an ObjectFile: which programs it has, and what is at an offset.
#include "frontend/object/object_file.h"

#include <algorithm>

#include <fmt/format.h>

#include "frontend/support/text.h"

namespace weir {

namespace {

constexpr size_t kMaxListed = 20;

// "'a' (xdp), 'b' (tc)", at most kMaxListed of them.
std::string list_programs(const ObjectFile& object,
                          const std::vector<const FunctionSymbol*>& programs) {
  std::string out;
  for (size_t i = 0; i < programs.size(); ++i) {
    if (i == kMaxListed) {
      out += fmt::format(" and {} more", programs.size() - i);
      break;
    }
    out += fmt::format("{}'{}' ({})", i == 0 ? "" : ", ", printable(programs[i]->name),
                       printable(object.sections[programs[i]->section].name));
  }
  return out;
}

}  // namespace

std::vector<const FunctionSymbol*> ObjectFile::programs() const {
  std::vector<const FunctionSymbol*> out;
  for (const FunctionSymbol& function : functions) {
    if (function.entry) out.push_back(&function);
  }
  return out;
}

Result<const FunctionSymbol*> ObjectFile::find_program(std::string_view name) const {
  const std::vector<const FunctionSymbol*> all = programs();
  if (all.empty()) {
    return Error(ErrorCode::kElfNoProgram, "the file has no program: no section holds instructions")
        .in_file(path)
        .with_hint(
            "put the function in a section that names its hook, e.g. SEC(\"xdp\"), and compile "
            "with clang -target bpf -c");
  }
  if (name.empty()) {
    if (all.size() == 1) return all.front();
    return Error(ErrorCode::kUsage,
                 fmt::format("the file has {} programs: {}", all.size(), list_programs(*this, all)))
        .in_file(path)
        .with_hint("say which one by its name");
  }

  auto matching = [&](auto&& matches) {
    std::vector<const FunctionSymbol*> out;
    std::copy_if(all.begin(), all.end(), std::back_inserter(out), matches);
    return out;
  };
  auto found = matching([&](const FunctionSymbol* f) { return f->name == name; });
  const bool by_name = !found.empty();
  if (!by_name) {
    found = matching([&](const FunctionSymbol* f) { return sections[f->section].name == name; });
  }
  if (found.size() == 1) return found.front();
  if (found.empty()) {
    return Error(ErrorCode::kNotFound,
                 fmt::format("no program or section is named '{}'; there is {}", printable(name),
                             list_programs(*this, all)))
        .in_file(path);
  }
  return Error(ErrorCode::kUsage, fmt::format("{} programs {} '{}': {}", found.size(),
                                              by_name ? "are named" : "are in section",
                                              printable(name), list_programs(*this, found)))
      .in_file(path)
      .with_hint(by_name ? "say which one by its section" : "say which one by its name");
}

const FunctionSymbol* ObjectFile::function_at(uint32_t section, uint64_t offset) const {
  auto after = std::upper_bound(functions.begin(), functions.end(), std::pair(section, offset),
                                [](const auto& at, const FunctionSymbol& f) {
                                  return at < std::pair(f.section, uint64_t{f.offset});
                                });
  if (after == functions.begin()) return nullptr;
  auto it = std::prev(after);
  if (it->section != section || offset - it->offset >= it->size) return nullptr;
  while (it != functions.begin() && std::prev(it)->section == section &&
         std::prev(it)->offset == it->offset) {
    --it;  // the first of several aliases
  }
  return &*it;
}

const SourceLine* ObjectFile::line_at(uint32_t section, uint64_t offset) const {
  const FunctionSymbol* function = function_at(section, offset);
  if (function == nullptr) return nullptr;
  auto after = std::upper_bound(lines.begin(), lines.end(), std::pair(section, offset),
                                [](const auto& at, const SourceLine& l) {
                                  return at < std::pair(l.section, uint64_t{l.offset});
                                });
  if (after == lines.begin()) return nullptr;
  auto it = std::prev(after);
  return it->section == section && it->offset >= function->offset ? &*it : nullptr;
}

}  // namespace weir
