# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# cmake -DOUTPUT=assets.cpp -DHTML=... -DCSS=... -DJS=a.js,b.js -P embed.cmake: the files as strings of C++.
# A raw string literal may end at no place in them, and compilers limit its length: pieces of one line each.
function(as_string variable)
  set(text "")
  foreach(file IN LISTS ARGN)
    file(READ ${file} content)
    string(APPEND text "${content}")
  endforeach()
  string(REPLACE "\\" "\\\\" text "${text}")
  string(REPLACE "\"" "\\\"" text "${text}")
  string(REPLACE "?" "\\?" text "${text}")  # no trigraphs
  string(REPLACE "\n" "\\n\"\n    \"" text "${text}")
  set(${variable} "\"${text}\"" PARENT_SCOPE)
endfunction()

string(REPLACE "," ";" scripts "${JS}")
as_string(html ${HTML})
as_string(css ${CSS})
as_string(js ${scripts})
file(WRITE ${OUTPUT} "// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include \"tools/compare/report/assets.h\"

namespace weir::tool {

using namespace std::literals;

constexpr std::string_view kReportHtml =
    ${html}sv;

constexpr std::string_view kReportCss =
    ${css}sv;

constexpr std::string_view kReportJs =
    \"(() => {\\n\\\"use strict\\\";\\n\"
    ${js}
    \"})();\\n\"sv;

}  // namespace weir::tool
")
