// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A header is a row of fields at bit offsets, in network order. Layers are laid down from the
// outermost on; then, from the innermost outwards, lengths and checksums are known.
#include "tools/testing/packet_builder.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <span>

#include <fmt/format.h>

#include "frontend/support/text.h"
#include "tools/hex.h"

namespace weir::tool {

namespace {

using Bytes = std::vector<uint8_t>;
constexpr size_t kMaxPacket = 65'536;

enum class Form : uint8_t { kNumber, kMac, kIpv4, kIpv6 };
struct Field {
  std::string_view name;
  uint16_t bit;
  uint8_t bits;
  Form form = Form::kNumber;
  uint64_t initial = 0;
};

constexpr Field kEthernet[] = {
    {"dst", 0, 48, Form::kMac, 2}, {"src", 48, 48, Form::kMac, 1}, {"type", 96, 16}};
constexpr Field kVlan[] = {{"pcp", 0, 3}, {"dei", 3, 1}, {"id", 4, 12}, {"type", 16, 16}};
constexpr Field kIpv4[] = {{"version", 0, 4, Form::kNumber, 4},
                           {"ihl", 4, 4, Form::kNumber, 5},
                           {"tos", 8, 8},
                           {"length", 16, 16},
                           {"id", 32, 16},
                           {"flags", 48, 3},
                           {"offset", 51, 13},
                           {"ttl", 64, 8, Form::kNumber, 64},
                           {"protocol", 72, 8},
                           {"checksum", 80, 16},
                           {"src", 96, 32, Form::kIpv4, 0x0a000001},
                           {"dst", 128, 32, Form::kIpv4, 0x0a000002}};
constexpr Field kIpv6[] = {{"version", 0, 4, Form::kNumber, 6},
                           {"class", 4, 8},
                           {"flow", 12, 20},
                           {"length", 32, 16},
                           {"next", 48, 8},
                           {"hops", 56, 8, Form::kNumber, 64},
                           {"src", 64, 128, Form::kIpv6, 1},
                           {"dst", 192, 128, Form::kIpv6, 2}};
constexpr Field kUdp[] = {{"sport", 0, 16, Form::kNumber, 10000},
                          {"dport", 16, 16, Form::kNumber, 20000},
                          {"length", 32, 16},
                          {"checksum", 48, 16}};
constexpr Field kTcp[] = {{"sport", 0, 16, Form::kNumber, 10000},
                          {"dport", 16, 16, Form::kNumber, 20000},
                          {"seq", 32, 32, Form::kNumber, 1},
                          {"ack", 64, 32},
                          {"data_offset", 96, 4, Form::kNumber, 5},
                          {"flags", 104, 8, Form::kNumber, 2},
                          {"window", 112, 16, Form::kNumber, 65535},
                          {"checksum", 128, 16},
                          {"urgent", 144, 16}};
constexpr Field kIcmp[] = {{"type", 0, 8, Form::kNumber, 8},
                           {"code", 8, 8},
                           {"checksum", 16, 16},
                           {"id", 32, 16, Form::kNumber, 1},
                           {"seq", 48, 16, Form::kNumber, 1}};

struct Header {
  std::string_view name;
  std::span<const Field> fields;
  uint8_t bytes;
  uint16_t ether_type;  // as an EtherType names it; 0: none does
  uint8_t protocol;     // as IP names it
};
constexpr Header kHeaders[] = {{"ethernet", kEthernet, 14, 0x6558, 143},
                               {"vlan", kVlan, 4, 0x8100, 0},
                               {"ipv4", kIpv4, 20, 0x0800, 4},
                               {"ipv6", kIpv6, 40, 0x86dd, 41},
                               {"udp", kUdp, 8, 0, 17},
                               {"tcp", kTcp, 20, 0, 6},
                               {"icmp", kIcmp, 8, 0, 1},
                               {"icmpv6", kIcmp, 8, 0, 58}};

struct Layer {
  const Header* header;
  size_t start;
  Json given;
  bool has(const char* name) const { return given.contains(name); }
};

void put(Bytes& packet, size_t start, const Field& field, uint64_t value) {
  for (unsigned i = 0; i < field.bits; ++i) {
    const size_t bit = start * 8 + field.bit + field.bits - 1 - i;
    const auto mask = static_cast<uint8_t>(0x80 >> (bit % 8));
    if (i < 64 && (value >> i & 1) != 0)
      packet[bit / 8] |= mask;
    else
      packet[bit / 8] &= static_cast<uint8_t>(~mask);
  }
}

const Field* find_field(const Header& header, std::string_view name) {
  const auto found = std::ranges::find(header.fields, name, &Field::name);
  return found == header.fields.end() ? nullptr : &*found;
}

void put(Bytes& packet, const Layer& layer, std::string_view name, uint64_t value) {
  put(packet, layer.start, *find_field(*layer.header, name), value);
}

Error unfit(const Header& header, const Field& field, const Json& value) {
  return Error(ErrorCode::kUsage,
               fmt::format("{}: '{}' cannot be {}", header.name, field.name,
                           printable(value.dump(-1, ' ', false, Json::error_handler_t::replace))));
}

Status put_given(Bytes& packet, const Layer& layer, const Field& field, const Json& value) {
  const size_t at = layer.start + field.bit / 8;
  if (value.is_number_unsigned()) {
    const auto number = value.get<uint64_t>();
    if (field.bits < 64 && number >> field.bits != 0) return unfit(*layer.header, field, value);
    put(packet, layer.start, field, number);
    return {};
  }
  if (!value.is_string()) return unfit(*layer.header, field, value);
  const auto text = value.get<std::string>();
  switch (field.form) {
    case Form::kNumber: break;
    case Form::kIpv4:
      if (::inet_pton(AF_INET, text.c_str(), packet.data() + at) == 1) return {};
      break;
    case Form::kIpv6:
      if (::inet_pton(AF_INET6, text.c_str(), packet.data() + at) == 1) return {};
      break;
    case Form::kMac:
      if (auto bytes = parse_hex(text, "address"); bytes && bytes->size() == 6) {
        std::ranges::copy(*bytes, packet.begin() + static_cast<ptrdiff_t>(at));
        return {};
      }
      break;
  }
  return unfit(*layer.header, field, value);
}

Status add_layer(Bytes& packet, std::vector<Layer>& layers, const std::string& name,
                 const Json& given) {
  const auto header = std::ranges::find(kHeaders, name, &Header::name);
  if (header == std::end(kHeaders)) {
    return Error(ErrorCode::kUsage, fmt::format("there is no header '{}'", printable(name)))
        .with_hint("ethernet, vlan, ipv4, ipv6, udp, tcp, icmp, icmpv6, payload, pad");
  }
  layers.push_back({header, packet.size(), given.is_object() ? given : Json::object()});
  packet.resize(packet.size() + header->bytes);
  const Layer& layer = layers.back();
  for (const Field& field : header->fields) {
    if (field.form == Form::kMac) {
      put(packet, layer.start, field, 0x020000000000 | field.initial);
    } else if (field.form == Form::kIpv6) {
      put(packet, layer.start, {field.name, field.bit, 64}, 0xfd00'0000'0000'0000);
      put(packet, layer.start, {field.name, static_cast<uint16_t>(field.bit + 64), 64},
          field.initial);
    } else {
      put(packet, layer.start, field, field.initial);
    }
  }
  for (const auto& [key, value] : layer.given.items()) {
    const Field* const field = find_field(*header, key);
    if (field == nullptr) {
      return Error(ErrorCode::kUsage,
                   fmt::format("{}: there is no field '{}'", name, printable(key)));
    }
    WEIR_CHECK(put_given(packet, layer, *field, value));
  }
  return {};
}

uint32_t sum(ByteSpan bytes, uint32_t start = 0) {
  uint32_t total = start;
  for (size_t i = 0; i < bytes.size(); ++i)
    total += i % 2 == 0 ? uint32_t{bytes[i]} << 8 : uint32_t{bytes[i]};
  return total;
}
uint16_t folded(uint32_t total) {
  while (total >> 16 != 0) total = (total & 0xffff) + (total >> 16);
  return static_cast<uint16_t>(~total);
}

// Types of what follows; true for a layer that IP carries.
void link_types(Bytes& packet, const std::vector<Layer>& layers) {
  for (size_t i = 0; i + 1 < layers.size(); ++i) {
    const Layer& outer = layers[i];
    const Header& next = *layers[i + 1].header;
    const std::string_view name = outer.header->name;
    if ((name == "ethernet" || name == "vlan") && !outer.has("type"))
      put(packet, outer, "type", next.ether_type);
    if (name == "ipv4" && !outer.has("protocol")) put(packet, outer, "protocol", next.protocol);
    if (name == "ipv6" && !outer.has("next")) put(packet, outer, "next", next.protocol);
  }
}

// The sum of the pseudo header for what lies behind an IP header.
uint32_t pseudo_sum(const Bytes& packet, const Layer& ip, uint8_t protocol, size_t length) {
  const bool v4 = ip.header->name == "ipv4";
  const ByteSpan addresses = ByteSpan(packet).subspan(ip.start + (v4 ? 12 : 8), v4 ? 8 : 32);
  return sum(addresses, protocol + static_cast<uint32_t>(length));
}

void finish(Bytes& packet, const std::vector<Layer>& layers) {
  link_types(packet, layers);
  for (size_t i = layers.size(); i-- > 0;) {
    const Layer& layer = layers[i];
    const std::string_view name = layer.header->name;
    const size_t length = packet.size() - layer.start;
    if (name == "udp" && !layer.has("length")) put(packet, layer, "length", length);
    if (name == "ipv4" && !layer.has("length")) put(packet, layer, "length", length);
    if (name == "ipv6" && !layer.has("length")) put(packet, layer, "length", length - 40);
    const bool checked = find_field(*layer.header, "checksum") != nullptr;
    if (!checked || layer.has("checksum")) continue;
    const ByteSpan whole = ByteSpan(packet).subspan(layer.start);
    const bool over_ip =
        i > 0 && (layers[i - 1].header->name == "ipv4" || layers[i - 1].header->name == "ipv6");
    uint16_t value = 0;
    if (name == "ipv4") {
      value = folded(sum(whole.first(20)));
    } else if (name == "icmp") {
      value = folded(sum(whole));
    } else if (over_ip) {
      value = folded(
          sum(whole, pseudo_sum(packet, layers[i - 1], layer.header->protocol, whole.size())));
      if (name == "udp" && value == 0) value = 0xffff;
    }
    put(packet, layer, "checksum", value);
  }
}

}  // namespace

Result<Bytes> build_packet(const Json& json) {
  if (!json.is_array())
    return Error(ErrorCode::kUsage, "\"build\" is no list of headers, outermost first");
  Bytes packet;
  std::vector<Layer> layers;
  size_t pad = 0;
  for (const Json& item : json) {
    // {"udp": {...}}, or just "udp".
    const bool bare = item.is_string();
    if (!bare && (!item.is_object() || item.size() != 1))
      return Error(ErrorCode::kUsage, "an item of \"build\" names one header");
    const std::string name = bare ? item.get<std::string>() : item.begin().key();
    const Json& given = bare ? Json() : item.begin().value();
    if (name == "payload" && given.is_string()) {
      const auto text = given.get<std::string>();
      Bytes bytes(text.begin(), text.end());
      if (text.starts_with("hex:")) {
        WEIR_TRY(bytes, parse_hex(std::string_view(text).substr(4), "payload"));
      }
      packet.insert(packet.end(), bytes.begin(), bytes.end());
    } else if (name == "payload" && given.is_number_unsigned() && given <= kMaxPacket) {
      // So many bytes, none like the one before.
      for (size_t i = 0; i < given.get<size_t>(); ++i) packet.push_back(static_cast<uint8_t>(i));
    } else if (name == "pad" && given.is_number_unsigned() && given <= kMaxPacket) {
      pad = given.get<size_t>();
    } else {
      WEIR_CHECK(add_layer(packet, layers, name, given));
    }
    if (packet.size() > kMaxPacket)
      return Error(ErrorCode::kLimit, fmt::format("a packet of more than {} bytes", kMaxPacket));
  }
  finish(packet, layers);
  packet.resize(std::max(packet.size(), pad));
  return packet;
}

}  // namespace weir::tool
