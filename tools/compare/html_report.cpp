// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The page is a template with places for what it is made of: the style, the comparison, the script.
// Its Content-Security-Policy forbids every request, and lets run exactly the style and the script
// that are compiled in here, by their hashes; whatever a program is called, it is data.
#include "tools/compare/html_report.h"

#include <array>
#include <string_view>

#include <sodium.h>

#include "tools/compare/report/assets.h"

namespace weir::tool {
namespace {

// 'sha256-...', as the policy names what may run.
std::string source_hash(std::string_view text) {
  std::array<unsigned char, crypto_hash_sha256_BYTES> hash;
  crypto_hash_sha256(hash.data(), reinterpret_cast<const unsigned char*>(text.data()), text.size());
  constexpr auto kVariant = sodium_base64_VARIANT_ORIGINAL;
  std::array<char, sodium_base64_ENCODED_LEN(crypto_hash_sha256_BYTES, kVariant)> encoded;
  sodium_bin2base64(encoded.data(), encoded.size(), hash.data(), hash.size(), kVariant);
  return std::string("'sha256-") + encoded.data() + "'";
}

// JSON that can stand in a script element: without '<' nothing can end it or begin a comment. What
// is no UTF-8 is replaced; a name may be anything.
std::string embedded_json(const nlohmann::ordered_json& value) {
  const std::string text =
      value.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  std::string safe;
  safe.reserve(text.size());
  for (char c : text) {
    if (c == '<') {
      safe += "\\u003c";
    } else {
      safe += c;
    }
  }
  return safe;
}

struct Place {
  std::string_view marker;
  std::string text;
};

// In one pass from front to back: what is put in is not looked at again.
template <size_t N>
std::string fill(std::string_view page, const std::array<Place, N>& places) {
  std::string filled;
  for (const Place& place : places) {
    const size_t at = page.find(place.marker);
    filled += page.substr(0, at);
    filled += place.text;
    page.remove_prefix(at + place.marker.size());
  }
  filled += page;
  return filled;
}

}  // namespace

std::string html_report(const nlohmann::ordered_json& comparison) {
  return fill(kReportHtml, std::array{
                               Place{"@script-hash@", source_hash(kReportJs)},
                               Place{"@style-hash@", source_hash(kReportCss)},
                               Place{"@style@", std::string(kReportCss)},
                               Place{"@comparison@", embedded_json(comparison)},
                               Place{"@script@", std::string(kReportJs)},
                           });
}

}  // namespace weir::tool
