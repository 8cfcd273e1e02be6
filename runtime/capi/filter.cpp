// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <algorithm>

#include <fmt/format.h>

#include "runtime/capi/handles.h"

namespace weir {
namespace {

// The C struct is the C++ one: a batch crosses the border as it is.
static_assert(sizeof(weir_packet) == sizeof(Packet));
static_assert(offsetof(weir_packet, rx_queue) == offsetof(Packet, rx_queue));
static_assert(offsetof(weir_packet, gso_size) == offsetof(Packet, gso_size));
static_assert(offsetof(weir_packet, gso_segments) == offsetof(Packet, gso_segments));
static_assert(offsetof(weir_packet, context) == offsetof(Packet, context));
static_assert(offsetof(weir_packet, action) == offsetof(Packet, action));
static_assert(offsetof(weir_packet, result) == offsetof(Packet, result));
static_assert(offsetof(weir_packet, trap_instruction) == offsetof(Packet, trap_instruction));
static_assert(offsetof(weir_packet, trap_program) == offsetof(Packet, trap_program));
static_assert(offsetof(weir_packet, redirect_map) == offsetof(Packet, redirect_map));
static_assert(offsetof(weir_packet, redirect_flags) == offsetof(Packet, redirect_flags));
static_assert(WEIR_DROP == static_cast<int>(Action::kDrop));
static_assert(WEIR_REDIRECT == static_cast<int>(Action::kRedirect));
static_assert(WEIR_LATENCY_BUCKETS == kLatencyBuckets);
static_assert(WEIR_DEFAULT_PRIORITY == kDefaultChainPriority);

Result<OnError> on_error(weir_on_error choice, const char* member) {
  switch (choice) {
    case WEIR_PASS_IT: return OnError::kPass;
    case WEIR_DROP_IT: return OnError::kDrop;
    default: break;
  }
  return Error(ErrorCode::kUsage,
               fmt::format("{} is not set, expected WEIR_PASS_IT or WEIR_DROP_IT", member));
}

Result<FilterOptions> filter_options(const weir_filter_options& options) {
  FilterOptions out;
  if (options.hook == nullptr) return Error(ErrorCode::kUsage, "the hook is not set");
  const auto hook = context_from_name(options.hook);
  if (!hook) {
    return Error(ErrorCode::kUsage, fmt::format("there is no hook kind '{}'", options.hook))
        .with_hint("weir feature lists them");
  }
  out.hook = *hook;
  WEIR_TRY(out.on_trap, on_error(options.on_trap, "on_trap"));
  if (options.on_other != WEIR_UNSET) {
    WEIR_TRY(out.on_other, on_error(options.on_other, "on_other"));
  }
  if (options.on_empty != WEIR_UNSET) {
    WEIR_TRY(out.on_empty, on_error(options.on_empty, "on_empty"));
  }
  out.ethernet = options.no_ethernet == 0;
  if (options.budget != 0) out.budget = options.budget;
  out.measure_every = options.measure_every;
  if (options.history != 0) out.history = options.history;
  return out;
}

VerdictSet verdicts_of(uint32_t bits) {
  constexpr uint32_t kUnspecBit = 31;
  VerdictSet set;
  for (uint32_t i = 0; i < kUnspecBit; ++i) {
    if ((bits >> i & 1) != 0) set.insert(i);
  }
  if ((bits >> kUnspecBit & 1) != 0) set.insert(UINT32_MAX);
  return set;
}

// 0, or -1 and `error`.
int changed(char** error, auto&& change) {
  return capi::guarded<int>(error, -1, [&]() -> Result<int> {
    WEIR_CHECK(change());
    return 0;
  });
}

void fill(weir_link_info& out, const LinkInfo& link) {
  out = {.link = link.id,
         .priority = link.rules.priority,
         .since = link.since,
         .runs = link.counts.runs,
         .bytes = link.counts.bytes,
         .traps = link.counts.traps,
         .measured = link.counts.measured,
         .measured_ns = link.counts.measured_ns};
  const std::string& name = link.program->name();
  std::memcpy(out.name, name.data(), std::min(name.size(), sizeof out.name - 1));
  std::ranges::copy(link.counts.decided, out.actions);
  std::ranges::copy(link.counts.results, out.results);
  std::ranges::copy(link.counts.latency, out.latency);
}

std::string traps_text(const LinkInfo& link) {
  std::string text;
  for (const TrapCounts::Place& place : link.traps) {
    const Trap trap{static_cast<TrapCode>(place.code), place.instruction};
    const ProgramSet& programs = link.program->programs();
    if (place.program >= programs.size()) continue;
    text += fmt::format("{} times: {}\n", place.count,
                        programs.executable(place.program).describe(trap).to_string());
  }
  if (link.traps_elsewhere != 0) text += fmt::format("{} times elsewhere\n", link.traps_elsewhere);
  if (!text.empty()) text.pop_back();
  return text;
}

}  // namespace
}  // namespace weir

using weir::capi::guarded;

weir_filter* weir_filter_open(weir_host* host, const weir_filter_options* options, char** error) {
  return guarded<weir_filter*>(error, nullptr, [&]() -> weir::Result<weir_filter*> {
    WEIR_TRY(const auto made, weir::filter_options(weir::capi::options_of(options)));
    return new weir_filter(*host->host, made);
  });
}

void weir_filter_close(weir_filter* filter) {
  delete filter;
}

int weir_filter_attach(weir_filter* filter, const weir_program* program,
                       const weir_attach_options* given, uint32_t* link, char** error) {
  return weir::changed(error, [&]() -> weir::Status {
    const weir_attach_options options = weir::capi::options_of(given);
    weir::Attachment attachment{.program = program->instance};
    if (options.priority != 0) attachment.priority = options.priority;
    if (options.go_on != 0) attachment.go_on = weir::verdicts_of(options.go_on);
    WEIR_TRY(const uint32_t id, filter->filter.attach(attachment));
    if (link != nullptr) *link = id;
    return {};
  });
}

int weir_filter_replace(weir_filter* filter, uint32_t link, const weir_program* program,
                        char** error) {
  return weir::changed(error, [&] { return filter->filter.replace(link, program->instance); });
}

int weir_filter_detach(weir_filter* filter, uint32_t link, char** error) {
  return weir::changed(error, [&] { return filter->filter.detach(link); });
}

int weir_filter_rollback(weir_filter* filter, char** error) {
  return weir::changed(error, [&] { return filter->filter.rollback(); });
}

uint64_t weir_filter_generation(const weir_filter* filter) {
  return filter->filter.generation();
}

size_t weir_filter_run(weir_worker* worker, weir_filter* filter, weir_packet* packets,
                       size_t count) {
  return filter->filter.run(*worker->worker, {reinterpret_cast<weir::Packet*>(packets), count});
}

void weir_filter_get_counts(const weir_filter* filter, weir_filter_counts* counts) {
  const weir::FilterCounts have = filter->filter.counts();
  *counts = {
      .packets = have.packets, .bytes = have.bytes, .others = have.others, .trapped = have.trapped};
  std::ranges::copy(have.actions, counts->actions);
}

size_t weir_filter_get_links(const weir_filter* filter, weir_link_info* links, size_t count) {
  return guarded<size_t>(nullptr, 0, [&]() -> weir::Result<size_t> {
    const std::vector<weir::LinkInfo> have = filter->filter.links();
    for (size_t i = 0; i < std::min(count, have.size()); ++i) weir::fill(links[i], have[i]);
    return have.size();
  });
}

char* weir_filter_explain_traps(const weir_filter* filter, uint32_t link) {
  return guarded<char*>(nullptr, nullptr, [&]() -> weir::Result<char*> {
    const std::vector<weir::LinkInfo> links = filter->filter.links();
    const auto found = std::ranges::find(links, link, &weir::LinkInfo::id);
    if (found == links.end()) return nullptr;
    const std::string text = weir::traps_text(*found);
    return text.empty() ? nullptr : weir::capi::copy_text(text);
  });
}
