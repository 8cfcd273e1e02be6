// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What can be said of the page without a browser: nothing in a comparison gets out of its place.
#include "tools/compare/html_report.h"

#include <gtest/gtest.h>

#include "tools/compare/report/assets.h"

namespace weir::tool {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kOpening = "<script type=\"application/json\" id=\"comparison\">";

// What a browser takes for the comparison: up to the first end of a script.
std::string embedded(const std::string& page) {
  const size_t begin = page.find(kOpening);
  if (begin == std::string::npos) return "";
  const size_t from = begin + kOpening.size();
  return page.substr(from, page.find("</script", from) - from);
}

TEST(HtmlReport, TheComparisonIsThere) {
  const Json comparison = {{"format", 1}, {"title", "a \"title\" \\ \n \xe2\x80\xa8 & more"}};
  EXPECT_EQ(Json::parse(embedded(html_report(comparison))), comparison);
}

TEST(HtmlReport, NoTextEndsTheScriptOrBeginsAnother) {
  for (const char* text : {"</script><script>alert(1)</script>", "<!--<script>", "]]>", "@script@",
                           "@style@", "@comparison@", "@script-hash@"}) {
    const Json comparison = {{"format", 1}, {text, text}};
    const std::string page = html_report(comparison);
    EXPECT_EQ(Json::parse(embedded(page), nullptr, false), comparison) << text;
    EXPECT_EQ(page.size() - embedded(page).size(),
              html_report({}).size() - embedded(html_report({})).size());
  }
}

TEST(HtmlReport, BytesThatAreNoTextAreReplaced) {
  const Json comparison = {{"title", "a\xff\xfe z"}};
  EXPECT_EQ(Json::parse(embedded(html_report(comparison)))["title"], "a\xef\xbf\xbd\xef\xbf\xbd z");
}

TEST(HtmlReport, EveryPlaceIsFilledAndNothingIsAskedFor) {
  const std::string page = html_report({{"format", 1}});
  EXPECT_NE(page.find(kReportCss), std::string::npos);
  EXPECT_NE(page.find(kReportJs), std::string::npos);
  for (const char* marker : {"@style", "@script", "@comparison"}) {
    EXPECT_EQ(page.find(marker), std::string::npos) << marker;
  }
  EXPECT_NE(page.find("default-src 'none'; script-src 'sha256-"), std::string::npos);
  for (const char* request : {"src=", "@import", "url(http", "<link"}) {
    EXPECT_EQ(page.find(request), std::string::npos) << request;
  }
}

}  // namespace
}  // namespace weir::tool
