// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Changes of a filter. filter_run.cpp has what packets see.
#include "runtime/hooks/filter.h"

#include <algorithm>

#include <fmt/format.h>

#include "runtime/hooks/filter_state.h"

namespace weir {

Filter::Filter(Host& host, const FilterOptions& options)
    : host_(host), options_(options), totals_(new Totals[host.options().workers]) {
  generations_.push_back(std::make_shared<Generation>(0, options.hook, LinkList()));
  current_.store(generations_.back().get(), std::memory_order_release);
}

Filter::~Filter() = default;

Status Filter::check(const Attachment& attachment) const {
  if (attachment.program == nullptr) return Error(ErrorCode::kUsage, "there is no program");
  const ContextKind kind = attachment.program->context();
  // tc's two kinds are one hook; bytes are bytes.
  const auto same_hook = [](ContextKind a, ContextKind b) {
    const auto is_tc = [](ContextKind k) {
      return k == ContextKind::kSchedCls || k == ContextKind::kSchedAct;
    };
    return a == b || (is_tc(a) && is_tc(b));
  };
  if (same_hook(kind, options_.hook)) return {};
  if (kind == ContextKind::kMemory && context_shape(options_.hook) == ContextShape::kRaw) return {};
  return Error(ErrorCode::kUsage, fmt::format("a program for {} cannot run at {}",
                                              context_name(kind), context_name(options_.hook)))
      .in_program(attachment.program->name())
      .in_file(attachment.program->path());
}

std::shared_ptr<Filter::Link> Filter::make_link(uint32_t id, const Attachment& attachment) const {
  const ChainRules rules =
      chain_rules(options_.hook, attachment.program->executable().info().run_config,
                  attachment.priority, attachment.go_on);
  return make_link(id, attachment.program, rules);
}

std::shared_ptr<Filter::Link> Filter::make_link(uint32_t id,
                                                std::shared_ptr<const Instance> program,
                                                const ChainRules& rules) const {
  return std::make_shared<Link>(id, std::move(program), rules, next_generation_,
                                host_.options().workers);
}

void Filter::publish(LinkList links) {
  // All that may fail comes before the first packet sees it.
  Epochs::Room room = Epochs::make_room();
  generations_.push_back(
      std::make_shared<Generation>(next_generation_++, options_.hook, std::move(links)));
  current_.store(generations_.back().get(), std::memory_order_seq_cst);
  if (generations_.size() <= options_.history + 1) return;
  std::shared_ptr<const Generation> old = std::move(generations_.front());
  generations_.pop_front();
  host_.epochs().retire(std::move(room), std::move(old));
}

Status Filter::no_link(uint32_t link) const {
  return Error(ErrorCode::kNotFound, fmt::format("the filter has no link {}", link));
}

Result<uint32_t> Filter::attach(const Attachment& attachment) {
  WEIR_CHECK(check(attachment));
  const std::scoped_lock lock(mutex_);
  LinkList links = generations_.back()->attached;
  const uint32_t id = next_link_++;
  links.push_back(make_link(id, attachment));
  publish(std::move(links));
  return id;
}

Status Filter::replace(uint32_t link, std::shared_ptr<const Instance> program) {
  WEIR_CHECK(check({.program = program}));
  const std::scoped_lock lock(mutex_);
  LinkList links = generations_.back()->attached;
  const auto found = std::ranges::find(links, link, [](const auto& l) { return l->id; });
  if (found == links.end()) return no_link(link);
  *found = make_link(link, std::move(program), (*found)->rules);
  publish(std::move(links));
  return {};
}

Status Filter::detach(uint32_t link) {
  const std::scoped_lock lock(mutex_);
  LinkList links = generations_.back()->attached;
  if (std::erase_if(links, [link](const auto& l) { return l->id == link; }) == 0) {
    return no_link(link);
  }
  publish(std::move(links));
  return {};
}

Result<std::vector<uint32_t>> Filter::set(std::span<const Attachment> attachments) {
  for (const Attachment& attachment : attachments) WEIR_CHECK(check(attachment));
  const std::scoped_lock lock(mutex_);
  LinkList links;
  std::vector<uint32_t> ids;
  for (const Attachment& attachment : attachments) {
    ids.push_back(next_link_++);
    links.push_back(make_link(ids.back(), attachment));
  }
  publish(std::move(links));
  return ids;
}

Status Filter::rollback() {
  const std::scoped_lock lock(mutex_);
  if (generations_.size() < 2) {
    return Error(ErrorCode::kNotFound, "the filter has no earlier generation to go back to");
  }
  Epochs::Room room = Epochs::make_room();
  std::shared_ptr<const Generation> old = std::move(generations_.back());
  generations_.pop_back();
  current_.store(generations_.back().get(), std::memory_order_seq_cst);
  host_.epochs().retire(std::move(room), std::move(old));
  return {};
}

uint64_t Filter::generation() const {
  const std::scoped_lock lock(mutex_);
  return generations_.back()->number;
}

std::vector<LinkInfo> Filter::links() const {
  std::shared_ptr<const Generation> generation;
  {
    const std::scoped_lock lock(mutex_);
    generation = generations_.back();
  }
  std::vector<LinkInfo> out;
  for (const ChainLink& entry : generation->chain.links()) {
    const Link& link = *generation->attached[entry.program];
    out.push_back({.id = link.id,
                   .program = link.program,
                   .rules = link.rules,
                   .since = link.since,
                   .counts = link.counters.sum(),
                   .traps = link.traps.places(),
                   .traps_elsewhere = link.traps.elsewhere()});
  }
  return out;
}

FilterCounts Filter::counts() const {
  FilterCounts out;
  const auto get = [](const Counters::Count& count) {
    return count.load(std::memory_order_relaxed);
  };
  for (uint32_t i = 0; i < host_.options().workers; ++i) {
    out.packets += get(totals_[i].packets);
    out.bytes += get(totals_[i].bytes);
    out.others += get(totals_[i].others);
    out.trapped += get(totals_[i].trapped);
    for (size_t a = 0; a < kActions; ++a) out.actions[a] += get(totals_[i].actions[a]);
  }
  return out;
}

}  // namespace weir
