// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/testing/test_case.h"

#include <algorithm>

#include <fmt/format.h>

#include "frontend/support/text.h"
#include "tools/hex.h"

namespace weir::tool {

namespace {

struct MemberRow {
  std::string_view name;
  ContextMember member;
};
// struct xdp_md: xdp_convert_md_to_buff(). struct __sk_buff: convert___skb_to_skb().
constexpr MemberRow kXdpMembers[] = {{"ingress_ifindex", {12}}, {"rx_queue_index", {16}}};
constexpr MemberRow kSkbMembers[] = {
    {"mark", {8}},       {"priority", {32}},    {"ingress_ifindex", {36}}, {"ifindex", {40}},
    {"cb[0]", {48}},     {"cb[1]", {52}},       {"cb[2]", {56}},           {"cb[3]", {60}},
    {"cb[4]", {64}},     {"tstamp", {152, 8}},  {"wire_len", {160}},       {"gso_segs", {164}},
    {"gso_size", {176}}, {"hwtstamp", {184, 8}}};

// The first byte in which two byte strings differ, for a line of text.
std::string byte_difference(const Bytes& a, const Bytes& b) {
  const auto [at, other] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  if (at == a.end() && other == b.end()) return {};
  const auto offset = static_cast<size_t>(at - a.begin());
  const auto from = [&](const Bytes& bytes) {
    const ByteSpan rest = ByteSpan(bytes).subspan(std::min(offset, bytes.size()));
    return rest.empty() ? "nothing" : to_hex(rest.first(std::min<size_t>(rest.size(), 16)));
  };
  if (a.size() != b.size() && (at == a.end() || other == b.end()))
    return fmt::format("{} bytes against {}", a.size(), b.size());
  return fmt::format("from byte {}: {} against {}", offset, from(a), from(b));
}

void compare_maps(const TestOutcome& a, const TestOutcome& b, std::string_view left,
                  std::string_view right, std::vector<std::string>& out) {
  for (const MapContents& mine : a.maps) {
    const auto theirs = std::ranges::find(b.maps, mine.name, &MapContents::name);
    if (theirs == b.maps.end()) continue;  // that side does not have it as a map
    const auto key_of = [](const auto& entry) -> const Bytes& { return entry.first; };
    const auto report = [&](const Bytes& key, std::string_view what) {
      out.push_back(fmt::format("map {}: key {}: {}", printable(mine.name), to_hex(key), what));
    };
    for (const auto& [key, value] : mine.entries) {
      const auto match = std::ranges::find(theirs->entries, key, key_of);
      if (match == theirs->entries.end())
        report(key, fmt::format("{} has {}, {} has no such entry", left, to_hex(value), right));
      else if (match->second != value)
        report(key, fmt::format("{} has {}, {} has {}", left, to_hex(value), right,
                                to_hex(match->second)));
    }
    for (const auto& [key, value] : theirs->entries) {
      if (std::ranges::find(mine.entries, key, key_of) == mine.entries.end())
        report(key, fmt::format("{} has no such entry, {} has {}", left, right, to_hex(value)));
    }
  }
}

}  // namespace

Result<ContextMember> context_member(ContextKind kind, const std::string& name) {
  std::string all;
  if (context_struct_bytes(kind) != 0) {
    for (const FieldName& field : number_fields(kind)) {
      if (field.size > 8) continue;  // no number: it comes with the bytes of the context
      if (field.name == name) return ContextMember{field.offset, static_cast<uint8_t>(field.size)};
      all += fmt::format("{}{}", all.empty() ? "" : ", ", field.name);
    }
    return Error(ErrorCode::kUsage, fmt::format("the context of '{}' has no member '{}'",
                                                context_name(kind), printable(name)))
        .with_hint(all.empty() ? "give its bytes" : "it has " + all);
  }
  const std::span<const MemberRow> rows =
      kind == ContextKind::kXdp ? std::span<const MemberRow>(kXdpMembers) : kSkbMembers;
  std::string known;
  for (const MemberRow& row : rows) {
    if (row.name == name) return row.member;
    known += fmt::format("{}{}", known.empty() ? "" : ", ", row.name);
  }
  return Error(ErrorCode::kUsage, fmt::format("a test run at '{}' cannot set '{}' in the context",
                                              context_name(kind), printable(name)))
      .with_hint("it can set " + known);
}

std::vector<std::string> differences(const TestOutcome& a, const TestOutcome& b,
                                     std::string_view left, std::string_view right) {
  std::vector<std::string> out;
  for (size_t i = 0; i < std::min(a.runs.size(), b.runs.size()); ++i) {
    const PacketOutcome &x = a.runs[i], &y = b.runs[i];
    if (x.trapped || (x.refused != 0) != (y.refused != 0)) {
      const auto told = [](const PacketOutcome& run) {
        return run.note.empty() ? fmt::format("returned {}", run.retval) : run.note;
      };
      out.push_back(fmt::format("packet {}: {}: {}; {}: {}", i, left, told(x), right, told(y)));
      continue;
    }
    if (x.refused != 0) continue;
    if (x.retval != y.retval)
      out.push_back(
          fmt::format("packet {}: {} returned {}, {} {}", i, left, x.retval, right, y.retval));
    if (x.decided != y.decided) {
      out.push_back(fmt::format("packet {}: {}: decided by {}, {}: by {}", i, left,
                                printable(x.decided), right, printable(y.decided)));
    }
    if (const std::string bytes = byte_difference(x.out, y.out); !bytes.empty())
      out.push_back(
          fmt::format("packet {}: the packet after {} and {}: {}", i, left, right, bytes));
  }
  compare_maps(a, b, left, right, out);
  return out;
}

std::string redirect_text(const RedirectTarget& target) {
  if (target.map.empty()) return fmt::format("interface {}", target.ifindex);
  return fmt::format("entry {} of map {}", target.key, printable(target.map));
}

std::vector<std::string> not_compared(const TestOutcome& weir) {
  const auto redirected = std::ranges::count_if(
      weir.runs, [](const PacketOutcome& run) { return run.redirect.has_value(); });
  if (redirected == 0) return {};
  return {fmt::format(
      "where {} packets are redirected to, which the kernel's test runs do not tell", redirected)};
}

}  // namespace weir::tool
