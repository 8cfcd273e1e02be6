// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What is registered is checked once, then never changes and never goes: readers take a pointer
// from an atomic slot and no lock.
#include "runtime/abi/host_hooks.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <set>

#include <fmt/format.h>

#include "frontend/support/text.h"

namespace weir {

namespace {

struct HostSet {
  HelperSet base;
  std::vector<HelperDeclaration> declarations;  // ascending by number
  std::vector<HelperInfo> infos;                // parallel; names are the declarations'
  std::string identity;
};

// Freed by nobody: code may be running on it until the process ends.
struct Registry {
  std::mutex mutex;
  std::array<std::atomic<const ContextDescription*>, kMaxContexts> contexts{};
  std::array<std::atomic<const HostSet*>, kMaxHelperSets> sets{};
};
Registry& registry() {
  static Registry& instance = *new Registry;
  return instance;
}

const HostSet* host_set(HelperSet set) {
  const auto index = static_cast<size_t>(set);
  if (index < kHelperSetCount || index >= kMaxHelperSets) return nullptr;
  return registry().sets[index].load(std::memory_order_acquire);
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= 32 && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

bool is_power_of_two(uint32_t n) {
  return n != 0 && (n & (n - 1)) == 0;
}

// What is wrong with a field, or nothing.
std::string field_problem(const ContextField& field, uint32_t bytes) {
  if (field.name.empty() || field.name.size() > 64) return "has no name, or a very long one";
  if (field.size == 0 || field.offset + uint32_t{field.size} > bytes)
    return fmt::format("lies outside of the structure of {} bytes", bytes);
  if (field.kind != FieldKind::kNumber) {
    if (field.size != 4 && field.size != 8) return "is a pointer of neither 4 nor 8 bytes";
    if (field.width != FieldWidth::kWhole || field.writable)
      return "is a pointer, which is read as a whole and never written";
  } else if (field.width != FieldWidth::kBytes &&
             (field.size > 8 || !is_power_of_two(field.size))) {
    return "is a number of neither 1, 2, 4 nor 8 bytes";
  }
  if (field.width != FieldWidth::kBytes && field.offset % field.size != 0) return "is not aligned";
  return {};
}

Error refused(std::string what) {
  return {ErrorCode::kUsage, std::move(what)};
}

Status check_context(const ContextDescription& description) {
  const std::string name = printable(description.name);
  if (!is_name(description.name)) {
    return refused(fmt::format("'{}' is no name of a hook", name))
        .with_hint("1 to 32 of a-z, 0-9 and _; programs are in sections custom/NAME");
  }
  if (description.shape != ContextShape::kPacket) {
    return refused(fmt::format("the hook '{}' has no structure", name))
        .with_hint("bytes without a structure are the hook kind 'memory'");
  }
  if (description.bytes == 0 || description.bytes > kMaxHostContextBytes) {
    return refused(
        fmt::format("the structure of the hook '{}' has {} bytes, but 1 to {} are allowed", name,
                    description.bytes, kMaxHostContextBytes));
  }
  if (description.fields.size() > kMaxContextFields) {
    return Error(ErrorCode::kLimit,
                 fmt::format("the hook '{}' has {} fields, at most {} are allowed", name,
                             description.fields.size(), kMaxContextFields));
  }
  std::vector<bool> taken(description.bytes);
  for (const ContextField& field : description.fields) {
    std::string problem = field_problem(field, description.bytes);
    for (uint32_t i = 0; problem.empty() && i < field.size; ++i) {
      if (taken[field.offset + i]) problem = "overlaps with another";
      taken[field.offset + i] = true;
    }
    if (!problem.empty()) {
      return refused(
          fmt::format("the field '{}' of the hook '{}' {}", printable(field.name), name, problem));
    }
  }
  if (description.result && description.result->min > description.result->max)
    return refused(fmt::format("no result of the hook '{}' is allowed", name));
  return {};
}

std::string identity_of(const ContextDescription& d) {
  std::string out = fmt::format("{}[{}{}", d.name, d.bytes, d.packet_writable ? "w" : "r");
  for (const ContextField& field : d.fields) {
    out += fmt::format(";{}@{}+{}:{}{}{}{}", printable(field.name, 64), field.offset, field.size,
                       static_cast<int>(field.kind), static_cast<int>(field.width),
                       field.readable ? "r" : "", field.writable ? "w" : "");
  }
  if (d.result) out += fmt::format("={}..{}", d.result->min, d.result->max);
  if (d.helpers) {
    out += '|';
    for (const uint32_t number : *d.helpers) out += fmt::format("{},", number);
  }
  return out + ']';
}

bool takes_size(HelperArgument argument) {
  return argument == HelperArgument::kMemory || argument == HelperArgument::kMemoryOut ||
         argument == HelperArgument::kMemoryOrNull || argument == HelperArgument::kMemoryOutOrNull;
}
bool is_size(HelperArgument argument) {
  return argument == HelperArgument::kSize || argument == HelperArgument::kSizeOrZero;
}

// What is wrong with the arguments, or nothing.
std::string arguments_problem(const HelperDeclaration& helper) {
  if (helper.arguments.size() > 5) return "has more than five arguments";
  bool map = false;
  for (size_t i = 0; i < helper.arguments.size(); ++i) {
    const HelperArgument argument = helper.arguments[i];
    const bool sized = i > 0 && takes_size(helper.arguments[i - 1]);
    if (is_size(argument) != sized) {
      return fmt::format("has as argument {} {}", i + 1,
                         sized ? "no size, although bytes come before it"
                               : "a size, although no bytes come before it");
    }
    switch (argument) {
      case HelperArgument::kMap:
        if (map) return "takes two maps";
        map = true;
        break;
      case HelperArgument::kMapKey:
      case HelperArgument::kMapValue:
      case HelperArgument::kMapValueOut:
        if (!map)
          return fmt::format("has as argument {} what goes with a map, but none before it", i + 1);
        break;
      case HelperArgument::kAnything:
      case HelperArgument::kContext:
      case HelperArgument::kMemory:
      case HelperArgument::kMemoryOut:
      case HelperArgument::kMemoryOrNull:
      case HelperArgument::kMemoryOutOrNull:
      case HelperArgument::kSize:
      case HelperArgument::kSizeOrZero:
      case HelperArgument::kIntOut:
      case HelperArgument::kLongOut:
      case HelperArgument::kString: break;
      default:
        return fmt::format("has as argument {} {}, which only Linux's helpers take", i + 1,
                           helper_argument_text(argument));
    }
  }
  if (!helper.arguments.empty() && takes_size(helper.arguments.back()))
    return "ends with bytes whose size nothing gives";
  if (helper.result == HelperResult::kMapValueOrNull && !map)
    return "gives a value of a map, but takes none";
  return {};
}

std::string helper_problem(const HelperDeclaration& helper) {
  if (!is_name(helper.name)) return "has a name that is not 1 to 32 of a-z, 0-9 and _";
  if (helper.number < kFirstHostHelper || helper.number >= kHelperSlots ||
      helper.number == kMapAdvanceHelper) {
    return fmt::format("has the number {}, but a host's are {} to {} without {}", helper.number,
                       kFirstHostHelper, kHelperSlots - 1, kMapAdvanceHelper);
  }
  if (helper.function == nullptr) return "has no function";
  if (helper.result != HelperResult::kInteger && helper.result != HelperResult::kVoid &&
      helper.result != HelperResult::kMapValueOrNull) {
    return "gives what only Linux's helpers give";
  }
  if (helper.effect != HelperEffect::kReturns && helper.effect != HelperEffect::kUnwinds &&
      helper.effect != HelperEffect::kMovesPacket) {
    return "does what only Linux's helpers do";
  }
  return arguments_problem(helper);
}

Result<std::unique_ptr<HostSet>> make_set(std::span<const HelperDeclaration> helpers,
                                          HelperSet base) {
  if (base != HelperSet::kNone && base != HelperSet::kKernel)
    return refused("a host's helpers can be added to Linux's, or to none");
  auto set = std::make_unique<HostSet>();
  set->base = base;
  set->declarations.assign(helpers.begin(), helpers.end());
  std::ranges::sort(set->declarations, {}, &HelperDeclaration::number);
  set->identity = helper_set_name(base);
  std::set<std::string_view> names;
  const HelperDeclaration* last = nullptr;
  for (const HelperDeclaration& helper : set->declarations) {
    std::string problem = helper_problem(helper);
    if (problem.empty() && last && last->number == helper.number)
      problem = fmt::format("has the number of '{}'", printable(last->name));
    if (problem.empty() && !names.insert(helper.name).second) problem = "has the name of another";
    if (!problem.empty())
      return refused(fmt::format("the helper '{}' {}", printable(helper.name), problem));
    last = &helper;

    // As Linux's are: what they take is more than numbers.
    HelperInfo info{.number = helper.number,
                    .name = helper.name,
                    .set = HelperSet::kKernel,
                    .hooks = helper.hooks.empty() ? ~uint64_t{0} : 0,
                    .result = helper.result,
                    .effect = helper.effect,
                    .arguments = {},
                    .argument_count = static_cast<uint8_t>(helper.arguments.size())};
    std::ranges::copy(helper.arguments, info.arguments.begin());
    std::string hooks;
    for (const ContextKind kind : helper.hooks) {
      info.hooks |= uint64_t{1} << static_cast<unsigned>(kind);
      hooks += fmt::format(" {}", describe_context(kind).name);
    }
    set->infos.push_back(info);
    set->identity += fmt::format("+{}#{}(", helper.name, helper.number);
    for (const HelperArgument argument : helper.arguments)
      set->identity += fmt::format("{},", static_cast<int>(argument));
    set->identity += fmt::format("){}{}{}", static_cast<int>(helper.result),
                                 static_cast<int>(helper.effect), hooks);
  }
  return set;
}

bool same_functions(const HostSet& a, const HostSet& b) {
  return std::ranges::equal(a.declarations, b.declarations, {}, &HelperDeclaration::function,
                            &HelperDeclaration::function);
}

}  // namespace

Result<ContextKind> register_context(ContextDescription description) {
  WEIR_CHECK(check_context(description));
  description.native_offset = kHostContextOffset;
  description.name.insert(0, kHostSection);
  std::ranges::sort(description.fields, {}, &ContextField::offset);
  const std::string identity = identity_of(description);
  if (identity.size() > kMaxHostIdentity)
    return Error(ErrorCode::kLimit, "the names of the hook's fields are too long");
  Registry& all = registry();
  const std::lock_guard lock(all.mutex);
  for (uint8_t kind = kContextCount; kind < kMaxContexts; ++kind) {
    const ContextDescription* there = all.contexts[kind].load(std::memory_order_relaxed);
    if (there == nullptr) {
      all.contexts[kind].store(new ContextDescription(std::move(description)),
                               std::memory_order_release);
      return static_cast<ContextKind>(kind);
    }
    if (there->name != description.name) continue;
    if (identity_of(*there) == identity) return static_cast<ContextKind>(kind);
    return refused(fmt::format("another hook '{}' is registered", description.name));
  }
  return Error(ErrorCode::kLimit,
               fmt::format("a process can have {} hooks of its own", kMaxContexts - kContextCount));
}

const ContextDescription* find_host_context(ContextKind kind) {
  const auto index = static_cast<uint8_t>(kind);
  if (index < kContextCount || index >= kMaxContexts) return nullptr;
  return registry().contexts[index].load(std::memory_order_acquire);
}

std::optional<ContextKind> host_context_named(std::string_view name) {
  for (uint8_t kind = kContextCount; kind < kMaxContexts; ++kind) {
    const ContextDescription* there = find_host_context(static_cast<ContextKind>(kind));
    if (there == nullptr) break;
    if (there->name == name) return static_cast<ContextKind>(kind);
  }
  return std::nullopt;
}

Result<HelperSet> register_helpers(std::span<const HelperDeclaration> helpers, HelperSet base) {
  WEIR_TRY(std::unique_ptr<HostSet> set, make_set(helpers, base));
  if (set->identity.size() > kMaxHostIdentity)
    return Error(ErrorCode::kLimit, "the names of the helpers are too long");
  Registry& all = registry();
  const std::lock_guard lock(all.mutex);
  for (uint8_t index = kHelperSetCount; index < kMaxHelperSets; ++index) {
    const HostSet* there = all.sets[index].load(std::memory_order_relaxed);
    if (there == nullptr) {
      all.sets[index].store(set.release(), std::memory_order_release);
      return static_cast<HelperSet>(index);
    }
    if (there->identity == set->identity && same_functions(*there, *set))
      return static_cast<HelperSet>(index);
  }
  return Error(ErrorCode::kLimit, fmt::format("a process can have {} helper sets of its own",
                                              kMaxHelperSets - kHelperSetCount));
}

bool is_host_set(HelperSet set) {
  return host_set(set) != nullptr;
}

std::span<const HelperInfo> host_helpers(HelperSet set) {
  const HostSet* host = host_set(set);
  return host ? std::span<const HelperInfo>(host->infos) : std::span<const HelperInfo>();
}

HelperFn host_helper_function(HelperSet set, uint32_t number) {
  const HostSet* host = host_set(set);
  if (host == nullptr) return nullptr;
  const auto found =
      std::ranges::lower_bound(host->declarations, number, {}, &HelperDeclaration::number);
  return found != host->declarations.end() && found->number == number ? found->function : nullptr;
}

HelperSet base_set(HelperSet set) {
  const HostSet* host = host_set(set);
  return host ? host->base : set;
}

bool may_call(const HelperInfo& helper, ContextKind kind) {
  if (!helper.offered_at(kind)) return false;
  const auto& allowed = describe_context(kind).helpers;
  return !allowed || helper.number >= kFirstHostHelper || helper.set != HelperSet::kKernel ||
         std::ranges::find(*allowed, helper.number) != allowed->end();
}

std::string context_identity(ContextKind kind) {
  const ContextDescription& description = describe_context(kind);
  return is_host_context(kind) ? identity_of(description) : description.name;
}

std::string helper_set_identity(HelperSet set) {
  const HostSet* host = host_set(set);
  return host ? host->identity : std::string(helper_set_name(set));
}

std::optional<ContextKind> context_from_identity(std::string_view identity) {
  for (uint8_t kind = 0; kind < kMaxContexts; ++kind) {
    if (kind >= kContextCount && !find_host_context(static_cast<ContextKind>(kind))) break;
    if (context_identity(static_cast<ContextKind>(kind)) == identity)
      return static_cast<ContextKind>(kind);
  }
  return std::nullopt;
}

std::optional<HelperSet> helper_set_from_identity(std::string_view identity) {
  for (uint8_t set = 0; set < kMaxHelperSets; ++set) {
    if (set >= kHelperSetCount && !host_set(static_cast<HelperSet>(set))) break;
    if (helper_set_identity(static_cast<HelperSet>(set)) == identity)
      return static_cast<HelperSet>(set);
  }
  return std::nullopt;
}

}  // namespace weir
