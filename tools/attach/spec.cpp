// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/attach/spec.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "frontend/support/text.h"
#include "tools/attach/dgram_port.h"
#include "tools/attach/packet_port.h"
#include "tools/attach/stream_port.h"
#include "tools/attach/tap_port.h"

namespace weir::attach {

namespace {

constexpr std::array<std::pair<std::string_view, uint8_t>, 3> kDirections = {
    {{"all", kBothWays}, {"rx", kRxOnly}, {"tx", kTxOnly}}};
constexpr std::array<std::pair<std::string_view, NotTaken>, 3> kNotTaken = {
    {{"pass", NotTaken::kPass}, {"drop", NotTaken::kDrop}, {"arp", NotTaken::kArpOnly}}};

struct Parts {
  std::string kind, first, second;
};

Parts split(const std::string& text) {
  Parts out;
  const size_t colon = text.find(':');
  out.kind = text.substr(0, colon);
  if (colon == std::string::npos) return out;
  const size_t comma = text.find(',', colon);
  out.first = text.substr(colon + 1, comma == std::string::npos ? comma : comma - colon - 1);
  if (comma != std::string::npos) out.second = text.substr(comma + 1);
  return out;
}

Error bad(const std::string& text, std::string_view expected) {
  return Error(ErrorCode::kUsage,
               fmt::format("'{}' is no port: expected {}", printable(text, 300), expected));
}

Result<std::unique_ptr<Port>> make_port(const std::string& text, size_t queue_bytes) {
  const Parts parts = split(text);
  std::unique_ptr<Port> made;
  if (parts.kind == "stream" || parts.kind == "stream-connect") {
    if (parts.first.empty() || !parts.second.empty()) return bad(text, parts.kind + ":PATH");
    made = std::make_unique<StreamPort>(
        parts.first, parts.kind == "stream" ? Connects::kFromPath : Connects::kToPath, queue_bytes);
  } else if (parts.kind == "dgram") {
    if (parts.first.empty() || parts.second.empty()) return bad(text, "dgram:LOCAL,REMOTE");
    made = std::make_unique<DgramPort>(parts.first, parts.second, queue_bytes);
  } else if (parts.kind == "tap") {
    if (parts.first.empty() || (!parts.second.empty() && parts.second != "vnet"))
      return bad(text, "tap:NAME or tap:NAME,vnet");
    made = std::make_unique<TapPort>(parts.first, parts.second == "vnet", queue_bytes);
  } else if (parts.kind == "interface") {
    if (parts.first.empty() || !parts.second.empty()) return bad(text, "interface:NAME");
    made = std::make_unique<PacketPort>(parts.first, queue_bytes);
  } else {
    return bad(text, "stream:, stream-connect:, dgram:, tap: or interface:");
  }
  return made;
}

}  // namespace

Result<Ports> make_ports(const LinkSpec& spec) {
  Ports out;
  const Parts parts = split(spec.guest);
  if (parts.kind != "redirector") {
    WEIR_TRY(out.guest, make_port(spec.guest, spec.queue_bytes));
    WEIR_TRY(out.net, make_port(spec.net, spec.queue_bytes));
    // Of a tap device the user has asked for such frames; of an interface, the kernel decides.
    const auto bytes = [](const Port& port) { return port.vnet_bytes().value_or(0); };
    if ((bytes(*out.guest) == kTapVnetBytes && bytes(*out.net) == 0) ||
        (bytes(*out.net) == kTapVnetBytes && bytes(*out.guest) == 0)) {
      return Error(ErrorCode::kUsage,
                   fmt::format("{} and {}: only one of them takes long frames without checksums",
                               out.guest->text(), out.net->text()))
          .with_hint("leave ,vnet away, or use it at both sides");
    }
    return out;
  }
  if (!spec.net.empty()) return bad(spec.net, "nothing: a redirector is both sides");
  const auto queue = parts.second.empty() ? kBothWays : directions_from_name(parts.second);
  if (parts.first.empty() || !queue) return bad(spec.guest, "redirector:DIR[,all|rx|tx]");
  const auto path = [&](uint8_t direction, const char* name) {
    return (*queue & direction) != 0 ? parts.first + "/" + name : std::string();
  };
  // What leaves the guest comes out of rx-out at the guest's side, and is sent on by the other.
  out.guest = std::make_unique<RedirectorPort>(path(kRxOnly, "rx-out"), path(kTxOnly, "tx-in"),
                                               spec.queue_bytes);
  out.net = std::make_unique<RedirectorPort>(path(kTxOnly, "tx-out"), path(kRxOnly, "rx-in"),
                                             spec.queue_bytes);
  return out;
}

std::optional<uint8_t> directions_from_name(std::string_view name) {
  for (const auto& [text, value] : kDirections)
    if (text == name) return value;
  return std::nullopt;
}

std::string_view directions_name(uint8_t directions) {
  for (const auto& [text, value] : kDirections)
    if (value == directions) return text;
  return "none";
}

std::optional<NotTaken> not_taken_from_name(std::string_view name) {
  for (const auto& [text, value] : kNotTaken)
    if (text == name) return value;
  return std::nullopt;
}

std::string_view not_taken_name(NotTaken rule) {
  for (const auto& [text, value] : kNotTaken)
    if (value == rule) return text;
  return "";
}

Status check_name(std::string_view what, std::string_view name) {
  const bool good =
      !name.empty() && name.size() <= 63 && std::ranges::all_of(name, [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '.';
      });
  if (good) return {};
  return Error(ErrorCode::kUsage,
               fmt::format("'{}' is no name of a {}: 1 to 63 letters, digits, '_', '-' and '.'",
                           printable(name), what));
}

}  // namespace weir::attach
